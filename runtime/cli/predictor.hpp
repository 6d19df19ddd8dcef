// What ganglion predict does: has the nodes load a commit of a model, asks them
// about a data set, and says what they predict; again for each newer commit, if
// it is to follow. Then nodes and model may go and come back: it says so, waits
// and goes on. Reads network, manifests and placements, and never a shard. For
// one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/predictions.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/stop_signal.hpp"
#include "runtime/training/evaluate.hpp"

namespace ganglion::cli {

/// As the user typed it.
struct predict_text {
  training_text training;
  std::string model;
  std::string commit;
  table_text table;
  prediction_format format;
  std::string output;
  bool follow = false;
  bool confusion = false;
};

/// Something that is wrong for a while: said once, not with every look.
class trouble {
public:
  void say(const std::string& text);

  /// It is over; whether there was any.
  bool end();

private:
  std::string text_;
};

class predictor {
public:
  /// `text` and `stop` outlive it.
  predictor(const predict_text& text, commit_choice from,
            const stop_signal& stop);

  caf::error run();

private:
  using clock = std::chrono::steady_clock;

  // -- asking (predictor.cpp) -------------------------------------------------
  caf::expected<version> first();
  caf::error prepare(const manifest& what);
  caf::expected<dataset_bundle> load_asked(const training_text& training,
                                           const manifest& what);
  caf::error open();
  /// Loads and shows the first one.
  caf::error begin(version x);
  caf::error load(const version& x);
  /// Has the nodes load it, or the newest one before it of which they can read
  /// all they need.
  caf::expected<version> load_newest(version newest_one);
  caf::error show();
  [[nodiscard]] caf::error show_confusion(const evaluation& x) const;

  // -- following (following.cpp) ----------------------------------------------
  caf::error follow();
  /// The newest commit. None where there is nothing new to be known at the
  /// moment, which is said. Errors: another network, which ends this.
  caf::expected<std::optional<version>> find();
  caf::error look_at_nodes();
  caf::error look_at_model();
  caf::error take(version next);
  /// Goes back to the version that was served.
  caf::error reload();
  /// The nodes have the version: shows it, unless that has been done.
  caf::error serve();
  /// Whether nodes were lost; says so, and lets go of the others.
  bool lost();
  void wait_for_nodes(const caf::error& why);
  /// Whether an error is about the node of which that was said.
  [[nodiscard]] bool names_lost_node(const std::string& text) const;

  const predict_text& text_;
  commit_choice from_;
  const stop_signal& stop_;
  session_options options_;
  dataset data_;
  data_description described_;
  std::string part_;
  /// None while nodes are missing.
  std::unique_ptr<session> on_;
  /// The one that is served.
  std::optional<version> version_;
  /// Whether the nodes have it, and whether it was shown.
  bool loaded_ = false;
  bool shown_ = false;
  /// The newest one that the nodes could not load.
  commit_id failed_;
  /// Whether the model may be another one than that of the version.
  bool renewed_ = false;
  trouble with_model_;
  trouble with_nodes_;
  trouble with_loading_;
  /// Whether it was said that something is waited for.
  bool waiting_ = false;
  /// The nodes as they were when all were there, and which one was lost.
  std::vector<node_info> nodes_;
  std::string lost_;
  clock::duration pause_{};
  clock::time_point next_try_;
};

} // namespace ganglion::cli
