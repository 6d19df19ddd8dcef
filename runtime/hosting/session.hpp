// One deployed network and all it took: an actor system, a cluster in it, the
// placement. What a command works with; programs with an actor system of their
// own use `cluster` and the engine directly. Blocks; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include "distributor/request.hpp"
#include "metadata/placement/placement.hpp"
#include "runtime/ask.hpp"
#include "runtime/hosting/cluster.hpp"
#include "runtime/hosting/system.hpp"

namespace ganglion {

struct session_options {
  network net;
  partition_request request;
  training_options training;
  std::string nodes = "inside:1";
  node_set_options node_options;
  std::uint64_t group_size = 0;
  std::uint32_t micro_batches = 1;
  /// See deploy_network.
  float initial_deviation = 0;
  /// See deploy_network: a commit is loaded next.
  bool blank = false;
  /// What others are told who find the nodes busy.
  std::string owner;
  /// Is told what was started and connected, a line at a time.
  std::function<void(const std::string&)> log;
};

class session {
public:
  /// Starts or finds the nodes, places the network, deploys it.
  static caf::expected<std::unique_ptr<session>>
  open(const session_options& options);

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] const network& net() const noexcept {
    return net_;
  }

  [[nodiscard]] const ganglion::cluster& nodes() const noexcept {
    return *nodes_;
  }

  [[nodiscard]] loss_kind loss() const noexcept {
    return training_.loss;
  }

  [[nodiscard]] const training_options& training() const noexcept {
    return training_;
  }

  /// The engine was told of another learning rate (see set_rate): neurons that
  /// are moved later keep it.
  void chose_rate(float rate) noexcept {
    training_.optimizer.learning_rate = rate;
  }

  [[nodiscard]] const placement& where() const noexcept {
    return where_;
  }

  [[nodiscard]] const engine_actor& engine() const noexcept {
    return nodes_->engine();
  }

  /// Who asks the engine, on the caller's thread.
  [[nodiscard]] caf::scoped_actor& self() noexcept {
    return *self_;
  }

  /// Asks the engine and waits.
  template <class Answer, class Message>
  caf::expected<Answer> ask(Message message) {
    return ganglion::ask<Answer>(*self_, engine(), std::move(message));
  }

  /// Whether all nodes are there, as far as the engine knows; does not wait for
  /// a node that hangs. Errors: what ended the run, naming the node.
  caf::error check();

  /// Moves neurons to where the placement says, between two steps, and changes
  /// the training's options; see the engine's message of this name.
  caf::expected<rearranged> rearrange(const placement& where,
                                      const training_options& training);

  /// Takes the network away and puts another, with the same numbers of neurons,
  /// where it was, with initial weights. After an error there is none.
  caf::error replace(const network& net);

private:
  session() = default;

  caf::error start_nodes(const session_options& options);
  caf::error deploy();

  network net_;
  placement where_;
  training_options training_;
  std::unique_ptr<own_system> system_;
  std::unique_ptr<caf::scoped_actor> self_;
  std::optional<ganglion::cluster> nodes_;
  std::uint64_t group_size_ = 0;
  std::uint32_t micro_batches_ = 1;
  float initial_deviation_ = 0;
  bool blank_ = false;
  std::string owner_;
};

} // namespace ganglion
