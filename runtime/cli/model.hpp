// The model that a training writes: opened or made, gone on from, committed to.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "runtime/cli/options.hpp"
#include "runtime/cli/resuming.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/training/commits.hpp"

namespace ganglion::cli {

/// As the user typed it.
struct model_text {
  std::string dir;
  std::string commit_every;
  bool resume = false;
  bool take_over = false;
  /// Commits that stay; none: all.
  std::optional<std::uint64_t> keep;
};

/// The path of a model as other processes understand it. Errors: bad_argument
/// where it is no text.
caf::expected<std::string> absolute(const std::string& dir);

/// Whether a path means a directory: it ends in a slash, or is one.
bool names_directory(const std::string& path);

/// The model of one training.
class training_model {
public:
  /// Finds the model to go on with, takes its lease, and fills in `text`; or
  /// checks that there is none yet. Errors: those of model_writer, of fill_in.
  static caf::expected<std::unique_ptr<training_model>>
  open(const model_text& text, training_text& training,
       const given_options& given);

  /// Checks what would change the result of the training, naming it, and sets
  /// where to go on.
  caf::error prepare(training_setup& setup);

  /// Makes the model where it is new; has the nodes load the commit to go on
  /// from, and begins to commit. Called once.
  caf::error begin(session& on, training_setup& setup);

  /// Waits for the last commit.
  caf::error finish();

  /// The newest commit of this training, or the one to go on from.
  [[nodiscard]] std::string newest() const;

  /// Of this training, the best by validation; empty where there is none.
  [[nodiscard]] std::string best() const;

private:
  training_model() = default;

  [[nodiscard]] const manifest* base() const {
    return base_ ? &*base_ : nullptr;
  }
  caf::error check_new();
  caf::error go_on(training_text& training, const given_options& given);
  caf::error take_table(table_text& text) const;
  caf::error take_language(language_text& text) const;
  caf::error make(const network& net, const training_setup& setup);
  caf::error load(session& on);
  [[nodiscard]] commit_options options_for(const training_setup& setup) const;
  void tell_rate(const training_setup& setup) const;

  std::unique_ptr<file_system> files_ = make_posix_files();
  model_text text_;
  std::string dir_;
  commit_interval interval_;
  std::string data_name_;
  std::string data_fingerprint_;
  bool quiet_ = false;
  std::optional<model_writer> writer_;
  std::optional<manifest> base_;
  /// Written by the thread that commits, until `finish`.
  struct committed {
    std::string newest;
    std::string best;
    double best_loss = std::numeric_limits<double>::infinity();

    void add(const manifest& x);
  };

  std::shared_ptr<committed> made_ = std::make_shared<committed>();
  std::shared_ptr<commits> commits_;
};

} // namespace ganglion::cli
