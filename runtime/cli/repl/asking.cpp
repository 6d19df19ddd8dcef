// test, confusion: what the network is like, by samples with known answers.
// They change nothing.
#include <fmt/format.h>

#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/evaluate.hpp"

namespace ganglion::cli {

namespace {

/// What the network has learned of its data; null where that is not known.
const data_description* learned(const workspace& w) {
  if (w.position)
    return &w.position->data.train.description;
  return w.origin ? &w.origin->learned : nullptr;
}

caf::expected<dataset_bundle> load_asked(const workspace& w,
                                         const std::string& name) {
  auto known = learned(w);
  auto table = known ? table_text{}.options(known) : table_options{};
  data_options options{table, std::nullopt};
  std::size_t inputs = 0;
  for (auto id : input_layers(*w.net))
    inputs += w.net->width_of(id);
  if (known)
    options.of = model_data{*known, inputs};
  auto seed = w.origin ? w.origin->seed : w.on->training().seed;
  auto result = load_data(name, seed, options);
  if (result && known && result->train.class_names.empty())
    result->train.class_names = known->class_names;
  return result;
}

/// The part that the network is judged by.
const dataset& judged(const dataset_bundle& x) {
  return x.test ? *x.test : x.train;
}

/// Asks about all samples of what was named, or of what there is.
caf::expected<evaluation> ask_about(workspace& w, const words& args,
                                    std::string_view verb,
                                    const dataset** about) {
  if (args.size() > 1)
    return usage_of(verb);
  if (auto err = w.need_deployment())
    return err;
  auto data = data_to_ask(w, args.empty() ? "" : args[0], verb);
  if (!data)
    return data.error();
  *about = &judged(**data);
  if (!(*about)->labelled())
    return expected_instead(fmt::format("{} does not say what is right: "
                                        "expected samples with labels",
                                        (*about)->name));
  auto loss = w.on->loss();
  if ((*about)->values > 0)
    loss = loss_for_values(loss);
  return evaluate(w.on->self(), w.on->engine(), **about, {}, loss);
}

} // namespace

caf::expected<const dataset_bundle*>
data_to_ask(workspace& w, const std::string& name, std::string_view verb) {
  if (w.position && (name.empty() || name == w.position->name))
    return &w.position->data;
  if (w.asked && (name.empty() || name == w.asked->name))
    return &w.asked->data;
  auto wanted = !name.empty() ? name : w.origin ? w.origin->data_name : "";
  if (wanted.empty())
    return expected_instead(fmt::format(
      "nothing was trained with: expected "
      "data, such as: {} {}FILE.csv",
      verb, verb == "fire" || verb == "picture" ? "sample 3 of " : ""));
  auto data = load_asked(w, wanted);
  if (!data)
    return data.error();
  for (const auto* part : {&data->train, data->test ? &*data->test : nullptr})
    if (part)
      if (auto err = check_asked(*w.net, *part))
        return err;
  w.asked = asked_data{std::move(wanted), std::move(*data)};
  return &w.asked->data;
}

caf::expected<found_sample> find_sample(workspace& w, const words& args,
                                        std::string_view verb) {
  auto named = args.size() == 4 && args[2] == "of";
  if (args.size() != 2 && !named)
    return usage_of(verb);
  auto number = to_count(args[1], "sample");
  if (!number)
    return number.error();
  auto bundle = data_to_ask(w, named ? args[3] : "", verb);
  if (!bundle)
    return bundle.error();
  const auto& data = (*bundle)->train;
  if (*number >= data.size())
    return expected_instead(
      fmt::format("sample {}: expected one from 0 to {} of {}", *number,
                  data.size() - 1, data.name));
  return found_sample{&data, *number};
}

namespace {

caf::error run_test(workspace& w, const words& args) {
  const dataset* data = nullptr;
  auto found = ask_about(w, args, "test", &data);
  if (!found)
    return found.error();
  fmt::print("{}, loss {:.4g} of the {} samples of {}\n", to_text(*found),
             found->loss.value_or(0), data->size(), data->name);
  if (found->not_finite > 0)
    fmt::print("the answers to {} of them are not finite\n", found->not_finite);
  return {};
}

} // namespace

const verb& test_verb() {
  static constexpr verb result{
    "Judge the network by samples with known answers",
    "test",
    "[DATA]",
    "Say how well it does with samples it was not trained "
    "with",
    "The test samples of DATA, or all where there are none; left out, of what\n"
    "was trained with, also by the model that was loaded.",
    "test generate:150x4x3",
    "generate: fashion-mnist",
    run_test};
  return result;
}

namespace {

caf::error run_confusion(workspace& w, const words& args) {
  const dataset* data = nullptr;
  auto found = ask_about(w, args, "confusion", &data);
  if (!found)
    return found.error();
  if (!found->accuracy)
    return expected_instead(fmt::format("{} has values to be learned: expected "
                                        "samples with classes",
                                        data->name));
  fmt::print("{}", confusion_text(*data, found->predictions));
  return {};
}

} // namespace

const verb& confusion_verb() {
  static constexpr verb result{
    "Judge the network by samples with known answers",
    "confusion",
    "[DATA]",
    "Show which classes were taken for which",
    "And precision, recall and F1 of each class. DATA as for test.",
    "confusion generate:150x4x3",
    "generate: fashion-mnist",
    run_confusion};
  return result;
}

} // namespace ganglion::cli
