// What a training is told apart from network, placement and data: seed, loss,
// optimizer. Plain data that travels to every node with the deployment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "metadata/declare_enum.hpp"
#include "metadata/fields.hpp"

namespace ganglion {

enum class loss_kind : std::uint8_t {
  /// Mean over samples and outputs of the squared difference.
  mean_squared_error,
  /// Softmax cross-entropy from raw outputs, mean over samples.
  cross_entropy,
  /// Mean over samples and outputs of the absolute difference.
  mean_absolute_error,
  /// Huber's loss with delta 1 (Huber 1964), mean over samples and outputs:
  /// half
  /// of the squared difference up to 1, beyond it the absolute one less 1/2.
  huber,
};

enum class optimizer_kind : std::uint8_t { sgd, momentum, adam };

GANGLION_DECLARE_ENUM(loss_kind)
GANGLION_DECLARE_ENUM(optimizer_kind)

/// "cross-entropy", "mse", "mae" or "huber"; the error lists what is known.
caf::expected<loss_kind> parse_loss(std::string_view text);

/// "sgd", "momentum" or "adam"; the error lists what is known.
caf::expected<optimizer_kind> parse_optimizer(std::string_view text);

/// Floats that an optimizer keeps for each parameter, beside it.
std::size_t state_arrays(optimizer_kind kind) noexcept;

/// Of any of them.
constexpr std::size_t max_state_arrays = 2;

struct optimizer_options {
  optimizer_kind kind = optimizer_kind::adam;
  float learning_rate = 0.001f;
  /// For momentum: v = momentum * v + g; w -= learning_rate * v.
  float momentum = 0.9f;
  /// For Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1).
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  /// L2 term added to the gradient of weights (not of biases): g += decay * w.
  float weight_decay = 0.0f;

  friend bool operator==(const optimizer_options&, const optimizer_options&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"kind", self.kind},
                 field{"learning_rate", self.learning_rate},
                 field{"momentum", self.momentum}, field{"beta1", self.beta1},
                 field{"beta2", self.beta2}, field{"epsilon", self.epsilon},
                 field{"weight_decay", self.weight_decay});
  }
};

struct training_options {
  std::uint64_t seed = 1;
  loss_kind loss = loss_kind::cross_entropy;
  optimizer_options optimizer;

  friend bool operator==(const training_options&, const training_options&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"seed", self.seed}, field{"loss", self.loss},
                 field{"optimizer", self.optimizer});
  }
};

} // namespace ganglion
