#include "runtime/cli/showing/epoch_log.hpp"

#include <filesystem>
#include <utility>

#include "metadata/error.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

/// A FIFO, a terminal: what was written once is gone.
bool takes_lines(const std::string& file) {
  std::error_code ignored;
  return is_standard_output(file)
         || (std::filesystem::exists(file, ignored)
             && !std::filesystem::is_regular_file(file, ignored));
}

} // namespace

void add_part(nlohmann::json& out, const std::string& part,
              const std::optional<evaluation>& x) {
  if (x && x->loss)
    out[part + "_loss"] = *x->loss;
  if (x && x->tokens > 0) {
    out[part + "_perplexity"] = perplexity(*x->loss);
    return;
  }
  if (!x || !x->errors) {
    out[part + "_accuracy"] = x && x->accuracy ? nlohmann::json(*x->accuracy)
                                               : nlohmann::json(nullptr);
    return;
  }
  out[part + "_mean_error"] = x->errors->mean_absolute;
  out[part + "_rmse"] = x->errors->root_mean_squared;
  out[part + "_r2"] = x->errors->r_squared;
}

epoch_log::epoch_log(session& on, std::string file)
  : on_(on), file_(std::move(file)) {
  // nop
}

void epoch_log::show(const progress& x) {
  if (last_ && last_->epoch != x.epoch)
    add(line_of(*last_));
  last_ = x;
}

void epoch_log::judged(const epoch_score& x) {
  auto line = line_of(x.trained);
  add_part(line, "validation", x.validation);
  line["best"] = x.best;
  last_.reset();
  add(std::move(line));
}

void epoch_log::finish() {
  if (last_)
    add(line_of(*std::exchange(last_, std::nullopt)));
}

nlohmann::json epoch_log::line_of(const progress& x) {
  return {{"epoch", x.epoch},
          {"step", x.step},
          {"loss", x.loss},
          {"accuracy", x.accuracy},
          {"learning_rate", shortest(rate_of(on_.training(), x.step))},
          {"samples_per_second", x.samples_per_second}};
}

void epoch_log::add(nlohmann::json line) {
  auto text = json_text(line) + '\n';
  epochs_.push_back(std::move(line));
  if (file_.empty())
    return;
  text_ += text;
  if (auto err = write_file(file_, takes_lines(file_) ? text : text_)) {
    print_aside("ganglion: no log from here on: " + explain(err));
    file_.clear();
  }
}

} // namespace ganglion::cli
