// What a session at the prompt works on: a network, where it is deployed, what
// was done to it, and how things are shown. Owned by one thread; the commands
// in this folder change it, each leaving it whole, also after an error.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/cli/language.hpp"
#include "runtime/cli/showing/plot.hpp"
#include "runtime/data/dataset.hpp"
#include "runtime/data/table_options.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/stop_signal.hpp"
#include "runtime/training/training.hpp"

namespace ganglion::cli {

/// Samples per step where nobody says another number.
constexpr std::uint64_t usual_batch = 128;

/// Escape sequences, empty where there are to be no colours.
struct palette {
  std::string bold;
  std::string red;
  std::string green;
  std::string reset;
};

/// Steps that were trained, so that they can be done once more elsewhere.
struct trained_steps {
  dataset data;
  trainer_options how;
  training_options training;
};

/// In order, since the deployment: steps, parameters that were replaced, and
/// commits that were loaded.
using deed = std::variant<trained_steps, parameters, load_commit>;

/// Where the training stands in its data.
struct data_position {
  std::string name;
  dataset_bundle data;
  std::uint64_t batch = 0;
  std::uint64_t seed = 0;
  train_position at;
  /// How the data were read.
  table_options table;
};

/// Something that `undo` takes back: how it was before.
struct undoable {
  /// What was done, as it was typed.
  std::string what;
  /// Of neurons that were moved.
  std::optional<placement> where;
  /// Of weights that were changed: parameters and the optimizer's state.
  std::vector<parameters> values;
  /// They were too many to be remembered.
  bool too_many = false;
  std::uint64_t step = 0;
  training_options training;
  std::vector<deed> deeds;
  std::size_t kept = 0;
  std::string kept_in;
  std::optional<data_position> position;
  loss_curve losses;
};

/// What the network is asked about, beside what it is trained with.
struct asked_data {
  std::string name;
  dataset_bundle data;
};

/// What a model that was loaded says of its training, and where it is.
struct model_origin {
  std::string dir;
  std::string data_name;
  std::uint64_t seed = 0;
  data_description learned;
};

struct workspace {
  explicit workspace(stop_signal& signal) : stop(signal) {
    // nop
  }

  /// An error that says what to do unless there is a network, or one that is
  /// deployed.
  [[nodiscard]] caf::error need_network() const;
  [[nodiscard]] caf::error need_deployment() const;
  /// An error unless giving the deployment up loses nothing.
  [[nodiscard]] caf::error need_untouched() const;

  /// Forgets the deployment and what belongs to it.
  void free();

  stop_signal& stop;
  palette paint;
  /// Whether lines may be overwritten.
  bool terminal = false;
  bool ended = false;
  /// Scripts in scripts.
  int depth = 0;
  /// Of scripts that are no part of others: show commands, go on after errors.
  bool echo = false;
  bool keep_going = false;

  std::optional<network> net;
  /// Weights of edges that were given, for the next deployment.
  std::map<edge, float> weights;
  /// Of `deeds`, those that put these weights there.
  std::size_t given = 0;
  /// Of `deeds`, those that a file or a model has kept, and which.
  std::size_t kept = 0;
  std::string kept_in;
  /// What is loaded as soon as the network is deployed.
  std::string pending_load;
  session_options options;
  std::unique_ptr<session> on;
  std::optional<placement> planned;
  /// The last one at the end.
  std::vector<undoable> past;
  /// Of all steps since the deployment.
  loss_curve losses;
  std::optional<asked_data> asked;
  std::optional<model_origin> origin;
  /// Of that model, once it was asked for a text.
  std::optional<language> speaks;
  /// Whether all placements since the deployment kept blocks whole.
  bool whole_blocks = true;
  std::vector<deed> deeds;
  std::vector<neuron_range> watched;
  std::optional<data_position> position;
  tensor last_input;
  std::uint32_t last_ticks = 0;
  tensor last_outputs;
};

} // namespace ganglion::cli
