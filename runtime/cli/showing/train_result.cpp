#include "runtime/cli/showing/train_result.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "metadata/values/sha256.hpp"
#include "runtime/cli/showing/epoch_log.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/units.hpp"

namespace ganglion::cli {

namespace {

caf::error evaluate_into(session& on, const std::optional<dataset>& data,
                         std::optional<evaluation>& out) {
  if (!data)
    return {};
  auto result = evaluate(on.self(), on.engine(), *data);
  if (!result)
    return result.error();
  out = std::move(*result);
  return {};
}

caf::error evaluate_all(session& on, const dataset_bundle& data,
                        train_result& out) {
  // Of a text, that takes as long as many steps, and says what the loss does.
  if (!data.train.is_text())
    if (auto err = evaluate_into(on, data.train, out.train))
      return err;
  if (auto err = evaluate_into(on, data.test, out.test))
    return err;
  return evaluate_into(on, data.validation, out.validation);
}

} // namespace

caf::expected<train_result> measure(session& on, const dataset_bundle& data) {
  train_result result;
  auto traffic = on.ask<traffic_summary>(get_traffic{});
  if (!traffic)
    return traffic.error();
  result.traffic = std::move(*traffic);
  auto digests = on.ask<weight_digests>(get_digests{});
  if (!digests)
    return digests.error();
  auto hash = sha256(std::as_bytes(std::span{digests->weights}));
  result.weights_sha256 = to_hex(hash);
  if (auto err = evaluate_all(on, data, result))
    return err;
  return result;
}

void print_json(const session& on, const train_result& x) {
  nlohmann::json out;
  out["placement"] = placement_json(on.net(), on.where());
  out["loss"] = x.trained ? nlohmann::json(x.last.loss) : nlohmann::json{};
  out["steps"] = x.last.step;
  add_part(out, "train", x.train);
  add_part(out, "test", x.test);
  add_part(out, "validation", x.validation);
  out["samples_per_second"] = x.last.samples_per_second;
  out["bytes_between_nodes"] = x.traffic.between_nodes;
  out["bytes_engine"] = x.traffic.engine;
  out["weights_sha256"] = x.weights_sha256;
  if (!x.commit.empty())
    out["commit"] = x.commit;
  if (!x.best_commit.empty())
    out["best_commit"] = x.best_commit;
  if (x.best_epoch > 0) {
    out["best_epoch"] = x.best_epoch;
    out["best_validation_loss"] = x.best_loss;
  }
  out["epochs"] = x.epochs;
  auto links = nlohmann::json::array();
  for (const auto& y : x.traffic.links)
    links.push_back({{"from", y.from}, {"to", y.to}, {"bytes", y.bytes}});
  out["links"] = links;
  fmt::print("{}\n", json_text(out, 2));
}

void print_text(const train_result& x) {
  auto show = [](const std::string& part, const std::optional<evaluation>& y) {
    if (y && y->accuracy)
      fmt::print("{:<20} {:.2f} %\n", part + " accuracy", 100 * *y->accuracy);
    else if (y && y->tokens > 0)
      fmt::print("{:<20} {:.4f}, {}\n", part + " loss", *y->loss, to_text(*y));
    else if (y)
      fmt::print("{:<20} {}\n", part, to_text(*y));
  };
  if (x.trained)
    fmt::print("{:<20} {:.4f}\n", "loss", x.last.loss);
  show("train", x.train);
  show("validation", x.validation);
  show("test", x.test);
  auto of_text = x.validation && x.validation->tokens > 0;
  fmt::print("{:<20} {} {}/s\n", "speed", count_text(x.last.samples_per_second),
             of_text ? "tokens" : "samples");
  fmt::print("{:<20} {} between nodes, {} to and from the engine\n", "traffic",
             bytes_text(static_cast<double>(x.traffic.between_nodes)),
             bytes_text(static_cast<double>(x.traffic.engine)));
  fmt::print("sha256 of weights\n  {}\n", x.weights_sha256);
  if (!x.commit.empty())
    fmt::print("{:<20} {}\n", "commit", x.commit);
  if (x.best_epoch > 0)
    fmt::print("{:<20} epoch {}, validation loss {:.4g}{}\n", "best",
               x.best_epoch, x.best_loss,
               x.best_commit.empty() ? "" : ", commit " + x.best_commit);
}

} // namespace ganglion::cli
