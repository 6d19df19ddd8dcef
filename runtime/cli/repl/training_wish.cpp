#include "runtime/cli/repl/training_wish.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/verbs.hpp"

namespace ganglion::cli {

namespace {

constexpr std::array<std::string_view, 17> train_options{
  "batch", "optimizer",    "rate",    "lr",       "momentum", "decay",
  "loss",  "decay-biases", "clip",    "schedule", "warmup",   "seed",
  "label", "header",       "targets", "missing",  "scale"};

bool is_number(const std::string& x) {
  return x.find_first_not_of("0123456789") == std::string::npos;
}

caf::error take_schedule(const named_values& from, training_wish& to) {
  std::string text = "constant";
  from.take("schedule", text);
  auto parsed = parse_schedule(text);
  if (!parsed)
    return parsed.error();
  to.schedule = *parsed;
  return from.take("warmup", to.warmup);
}

/// "10 epochs", where it is said, and takes it off.
caf::error take_amount(const workspace& w, std::span<const std::string>& left,
                       training_wish& to) {
  auto is_unit = [](const std::string& x) {
    return x == "epochs" || x == "epoch" || x == "steps" || x == "step";
  };
  if (left.empty() || !is_number(left[0]))
    return {};
  if (left.size() < 2 || !is_unit(left[1]))
    return expected_instead(fmt::format(
      "train: expected epochs or steps after {}, such as: train {} epochs {}",
      left[0], left[0], w.position ? w.position->name : "FILE.csv"));
  auto amount = to_count(left[0], "train");
  if (!amount)
    return amount.error();
  if (*amount == 0 || *amount > 1'000'000'000)
    return expected_instead("train: expected 1 to 1000000000 epochs or steps");
  to.amount = *amount;
  to.steps = left[1].starts_with("step");
  left = left.subspan(2);
  return {};
}

/// How the data is read. Of the same data, what was said before holds.
caf::error take_table(const workspace& w, const named_values& from,
                      training_wish& to) {
  table_text table;
  from.take("label", table.label);
  from.take("targets", table.targets);
  from.take("header", table.header);
  from.take("missing", table.missing);
  from.take("scale", table.scale);
  scaling_kind kind{};
  if (!table.scale.empty() && !from_string(table.scale, kind))
    return expected_instead("scale: expected standard, minmax or none");
  auto said = !(table == table_text{});
  auto same = w.position && w.position->name == to.data;
  to.table = same && !said ? w.position->table : table.options(nullptr);
  return {};
}

/// The data that are named, and takes the name off; else those of before.
caf::error take_data(const workspace& w, std::span<const std::string>& left,
                     training_wish& to) {
  auto is_option = [](const std::string& x) {
    return std::find(train_options.begin(), train_options.end(), x)
           != train_options.end();
  };
  if (!left.empty() && !is_option(left[0])) {
    to.data = left[0];
    left = left.subspan(1);
  } else if (w.position) {
    to.data = w.position->name;
  } else {
    return usage_of("train");
  }
  return {};
}

caf::error take_numbers(const named_values& from, optimizer_options& to) {
  if (from.has("rate") && from.has("lr"))
    return expected_instead("rate and lr are the same: expected one of them");
  for (auto [name, value] :
       {std::pair{"rate", &to.learning_rate},
        std::pair{"lr", &to.learning_rate}, std::pair{"momentum", &to.momentum},
        std::pair{"decay", &to.weight_decay}, std::pair{"clip", &to.clip_norm}})
    if (auto err = from.take(name, *value))
      return err;
  return {};
}

caf::error take_decay_biases(const named_values& from, bool& to) {
  if (!from.has("decay-biases"))
    return {};
  std::string answer;
  from.take("decay-biases", answer);
  if (answer != "yes" && answer != "no")
    return expected_instead("decay-biases: expected yes or no");
  to = answer == "yes";
  return {};
}

} // namespace

caf::expected<training_wish> wish_from(const workspace& w, const words& args) {
  training_wish result;
  std::span<const std::string> left{args};
  if (auto err = take_amount(w, left, result))
    return err;
  if (auto err = take_data(w, left, result))
    return err;
  auto given = named_values::parse(left, train_options);
  if (!given)
    return given.error();
  result.training = w.on->training();
  result.batch = w.position ? w.position->batch : 0;
  if (auto err = take_training(*given, result.training))
    return err;
  if (auto err = given->take("batch", result.batch))
    return err;
  if (auto err = take_schedule(*given, result))
    return err;
  if (given->has("batch") && result.batch == 0)
    return expected_instead("batch: expected 1 sample or more");
  if (auto err = take_table(w, *given, result))
    return err;
  return result;
}

caf::error take_training(const named_values& from, training_options& to) {
  auto result = to;
  std::string loss{to_string(to.loss)};
  std::string optimizer{to_string(to.optimizer.kind)};
  from.take("loss", loss);
  from.take("optimizer", optimizer);
  auto kind = parse_optimizer(optimizer);
  auto wanted = parse_loss(loss);
  if (!kind || !wanted)
    return kind ? wanted.error() : kind.error();
  result.loss = *wanted;
  if (*kind != to.optimizer.kind || from.has("optimizer")) {
    result.optimizer.learning_rate = usual_rate(*kind);
    result.optimizer.weight_decay = usual_decay(*kind);
  }
  result.optimizer.kind = *kind;
  if (auto err = take_numbers(from, result.optimizer))
    return err;
  if (auto err = from.take("seed", result.seed))
    return err;
  if (auto err = take_decay_biases(from, result.optimizer.decay_biases))
    return err;
  if (auto err = check(result))
    return err;
  to = result;
  return {};
}

} // namespace ganglion::cli
