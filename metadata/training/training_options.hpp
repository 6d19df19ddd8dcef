// What a training is told apart from network, placement and data: seed, loss,
// optimizer. Plain data that travels to every node with the deployment.
#pragma once

#include <cstdint>

#include <caf/error.hpp>

#include "metadata/fields.hpp"
#include "metadata/training/losses.hpp"
#include "metadata/training/optimizers.hpp"
#include "metadata/training/rate_schedule.hpp"

namespace ganglion {

struct optimizer_options {
  optimizer_kind kind = optimizer_kind::adam;
  float learning_rate = 0.001f;
  /// For momentum: v = momentum * v + g; w -= learning_rate * v.
  float momentum = 0.9f;
  /// For Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), and Lion.
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-8f;
  /// L2 term added to the gradient: g += decay * w. Of adamw and lion, instead,
  /// what the weight loses at every update, times the rate: w -= rate * decay *
  /// w.
  float weight_decay = 0.0f;
  /// Whether biases decay, too.
  bool decay_biases = false;
  /// The longest that the gradient of all parameters together may be; a longer
  /// one is shortened to it. 0: any length. Updates wait for all gradients
  /// then.
  float clip_norm = 0.0f;

  static constexpr unsigned archive_version = 1;

  friend bool operator==(const optimizer_options&, const optimizer_options&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"kind", self.kind},
                 field{"learning_rate", self.learning_rate},
                 field{"momentum", self.momentum}, field{"beta1", self.beta1},
                 field{"beta2", self.beta2}, field{"epsilon", self.epsilon},
                 field{"weight_decay", self.weight_decay},
                 field{"decay_biases", self.decay_biases, 1},
                 field{"clip_norm", self.clip_norm, 1});
  }
};

/// Whether an update is w -= learning_rate * g and no more, so that gradients
/// may go to the weights without being summed first.
bool is_plain_descent(const optimizer_options& x) noexcept;

struct training_options {
  std::uint64_t seed = 1;
  loss_kind loss = loss_kind::cross_entropy;
  optimizer_options optimizer;
  rate_schedule schedule;

  static constexpr unsigned archive_version = 1;

  friend bool operator==(const training_options&, const training_options&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"seed", self.seed}, field{"loss", self.loss},
                 field{"optimizer", self.optimizer},
                 field{"schedule", self.schedule, 1});
  }
};

/// The learning rate of update `step`, counted from 1.
float rate_of(const training_options& x, std::uint64_t step);

/// Errors: bad_argument, naming what no training can be done with.
caf::error check(const training_options& x);

} // namespace ganglion
