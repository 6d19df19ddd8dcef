// What ganglion train says at the end: what the network is like, and what the
// training cost; as text or as JSON. Computes nothing that the engine does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include <nlohmann/json.hpp>

#include "runtime/data/dataset.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/training/evaluate.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion::cli {

struct train_result {
  progress last;
  /// False where a model that is resumed has had its epochs.
  bool trained = true;
  std::optional<evaluation> train;
  std::optional<evaluation> test;
  std::optional<evaluation> validation;
  traffic_summary traffic;
  std::string weights_sha256;
  /// Of the model; empty where there is none.
  std::string commit;
  std::string best_commit;
  /// By validation; 0 where there is none.
  std::uint32_t best_epoch = 0;
  double best_loss = 0;
  std::vector<nlohmann::json> epochs;
};

/// What the network is like after its training. Errors: those of the engine.
caf::expected<train_result> measure(session& on, const dataset_bundle& data);

/// On standard output.
void print_json(const session& on, const train_result& x);
void print_text(const train_result& x);

} // namespace ganglion::cli
