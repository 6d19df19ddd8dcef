// What is known of each epoch of a training, as JSON: for the result, and as
// lines of a file that is whole after each epoch. A log that cannot be written
// ends no training.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/hosting/session.hpp"
#include "runtime/training/validation.hpp"

namespace ganglion::cli {

/// Adds "PART_loss" and "PART_accuracy", or "PART_mean_error", "PART_rmse" and
/// "PART_r2", or "PART_perplexity", of what there is; the loss only where it is
/// known.
void add_part(nlohmann::json& out, const std::string& part,
              const std::optional<evaluation>& x);

class epoch_log {
public:
  /// `file`: empty where none is wanted. The session outlives this.
  epoch_log(session& on, std::string file);

  /// A step was done.
  void show(const progress& x);

  /// An epoch was.
  void judged(const epoch_score& x);

  /// The training is over, perhaps within an epoch.
  void finish();

  [[nodiscard]] const std::vector<nlohmann::json>& epochs() const noexcept {
    return epochs_;
  }

private:
  nlohmann::json line_of(const progress& x);
  void add(nlohmann::json line);

  session& on_;
  std::string file_;
  /// Of the epoch that is under way.
  std::optional<progress> last_;
  std::vector<nlohmann::json> epochs_;
  std::string text_;
};

} // namespace ganglion::cli
