// The options that train and verify share, and what becomes of them: network,
// data, placement request, training. Nothing is started here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <caf/expected.hpp>

#include "metadata/peer_timeout.hpp"
#include "runtime/cli/text_training.hpp"
#include "runtime/data/dataset.hpp"
#include "runtime/data/table_options.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/model_store/huggingface/config.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion::cli {

/// As the user typed them.
struct placement_text {
  std::string network;
  /// Instead, and instead of a block size: that of a model.
  std::optional<ganglion::network> net;
  std::string nodes = "inside:1";
  std::string by = "layers";
  std::string within;
  bool exact = false;
  std::uint64_t block_size = 0;
  std::uint64_t group_size = 0;
  /// Of edges that are there twice: refuse, sum.
  std::string doubled = "refuse";
};

/// What is to be known of a table of data; empty where the user said nothing.
struct table_text {
  std::string label;
  std::string targets;
  std::string header;
  std::string missing;
  std::string scale;

  bool operator==(const table_text&) const = default;

  /// `model`: what a model learned of its data, or null.
  [[nodiscard]] table_options options(const data_description* model) const;
};

struct training_text {
  placement_text placement;
  std::string data;
  table_text table;
  language_text language;
  /// Empty: as the data want it.
  std::string loss;
  std::string optimizer = "adam";
  std::optional<double> learning_rate;
  double momentum = 0.9;
  /// Of adam, adamw and lion; empty: the usual ones.
  std::vector<double> betas;
  std::optional<double> weight_decay;
  bool decay_biases = false;
  double clip = 0;
  std::string schedule;
  std::uint64_t warmup = 0;
  /// Instead: that of a model.
  std::optional<rate_schedule> model_schedule;
  /// A fraction of the training samples, or a file; empty: none.
  std::string validation;
  std::uint32_t epochs = 5;
  /// Instead of epochs; 0: it was not said.
  std::uint64_t steps = 0;
  /// See trainer_options::judge_every.
  std::uint64_t validate_every = 0;
  std::uint64_t batch = 128;
  std::uint32_t micro_batches = 1;
  std::uint64_t seed = 1;
  std::string on_nan = "stop";
  std::uint32_t threads = 0;
  bool any_arithmetic = false;
  std::chrono::seconds::rep peer_timeout = default_peer_timeout.count();
  std::string log_level = "warning";
};

/// Checked and loaded.
struct training_setup {
  session_options session;
  trainer_options trainer;
  dataset_bundle data;
  /// Of a language model that is new: what it is to its users.
  std::optional<hf_config> language;
};

void add_table_options(CLI::App& app, table_text& out);
void add_placement_options(CLI::App& app, placement_text& out);
/// What an optimizer step is.
void add_step_options(CLI::App& app, training_text& out);
/// What any run needs: batch, seed, threads.
void add_run_options(CLI::App& app, training_text& out);
/// All of these and the data.
void add_training_options(CLI::App& app, training_text& out);
/// The same for a model, which says what network it is.
void add_model_placement(CLI::App& app, placement_text& out);

/// What nodes are told, whatever they do: threads, peers, --log-level.
void add_node_options(CLI::App& app, training_text& out);

void add_log_level(CLI::App& app, std::string& out);
/// In seconds.
void add_peer_timeout(CLI::App& app, std::chrono::seconds::rep& out);

/// Whether progress is not wanted.
bool is_quiet(const std::string& log_level);

/// "train on HOST, process 7": whom others find on busy nodes.
std::string owner_name(std::string_view command);

caf::expected<optimizer_options> optimizer_from(const training_text& text);

/// Everything but the data.
caf::expected<session_options> prepare_session(const training_text& text,
                                               std::string_view command);

caf::expected<training_setup> prepare(const training_text& wanted,
                                      std::string_view command);

} // namespace ganglion::cli
