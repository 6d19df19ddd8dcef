// plot, picture: samples, weights and the loss to be looked at. They change
// nothing.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "runtime/cli/repl/verbs.hpp"
#include "runtime/cli/showing/confusion_text.hpp"
#include "runtime/cli/showing/picture.hpp"
#include "runtime/model_store/files/writable_file.hpp"

namespace ganglion::cli {

namespace {

/// Columns of a picture of so many values; 0 where they are none.
std::size_t columns_of(const workspace& w, std::size_t values) {
  for (const auto* data : {w.position ? &w.position->data.train : nullptr,
                           w.asked ? &w.asked->data.train : nullptr})
    if (data && std::size_t{data->image_rows} * data->image_columns == values
        && values > 0)
      return data->image_columns;
  auto side = static_cast<std::size_t>(
    std::lround(std::sqrt(static_cast<double>(values))));
  constexpr std::size_t smallest = 4;
  return side >= smallest && side * side == values ? side : 0;
}

caf::error no_picture(std::string_view what, std::size_t values) {
  return expected_instead(fmt::format("{} has {} values, which are no picture: "
                                      "expected those of an image, or a square "
                                      "number from 16 on",
                                      what, values));
}

caf::error picture_of_sample(workspace& w, const words& args) {
  auto found = find_sample(w, args, "picture");
  if (!found)
    return found.error();
  auto pixels = found->data->samples.row(found->number);
  auto wide = columns_of(w, pixels.size());
  if (wide == 0)
    return no_picture("a sample of " + found->data->name, pixels.size());
  fmt::print("{}", picture_text(pixels, wide));
  if (found->data->labelled() && found->data->values == 0)
    fmt::print(
      "  {}\n",
      class_name(*found->data, static_cast<std::uint32_t>(
                                 found->data->labels.row(found->number)[0])));
  return {};
}

caf::error picture_of_weights(workspace& w, neuron_range range) {
  const auto& net = *w.net;
  const auto& inputs = net.at(*net.layer_of(range.first)).inputs;
  auto width = inputs.empty() ? 0 : net.width_of(inputs[0]);
  auto parts = net.parts_of(*net.layer_of(range.first));
  auto wide = !parts.empty() && parts[0].columns == width && !parts[0].ragged
                ? columns_of(w, width)
                : 0;
  if (wide == 0)
    return no_picture(name_of(net, range), width);
  auto values = w.on->ask<parameters>(get_parameters{range});
  if (!values)
    return values.error();
  for (std::uint64_t i = 0; i < range.count; ++i) {
    auto weights = values->weights.row(i).first(width);
    auto [low, high] = std::minmax_element(weights.begin(), weights.end());
    fmt::print("{}, weights from {} to {}\n{}",
               name_of(net, {range.first + i, 1}), value_text(*low),
               value_text(*high), picture_text(weights, wide));
  }
  return {};
}

caf::error run_plot(workspace& w, const words& args) {
  if (args.size() > 1 || (args.size() == 1 && !args[0].ends_with(".svg")))
    return usage_of("plot");
  if (auto err = w.need_deployment())
    return err;
  loss_plot plot{w.losses.points(), {}};
  if (plot.training.empty())
    return expected_instead("nothing was trained since the deployment: "
                            "expected train before plot");
  if (args.empty()) {
    fmt::print("{}", to_text(plot));
    return {};
  }
  if (auto err = write_file(args[0], to_svg(plot)))
    return err;
  fmt::print("drew the loss into {}\n", args[0]);
  return {};
}

} // namespace

const verb& plot_verb() {
  static constexpr verb result{
    "Draw the loss; samples and weights as pictures",
    "plot",
    "[FILE.svg]",
    "Draw the loss of all steps since the deployment",
    "",
    "plot",
    "",
    run_plot};
  return result;
}

namespace {

caf::error run_picture(workspace& w, const words& args) {
  if (args.empty())
    return usage_of("picture");
  if (auto err = w.need_deployment())
    return err;
  if (args[0] == "sample")
    return picture_of_sample(w, args);
  auto neurons = neurons_with_weights(w, args, "picture");
  if (!neurons)
    return neurons.error();
  for (auto range : *neurons)
    if (auto err = picture_of_weights(w, range))
      return err;
  return {};
}

} // namespace

const verb& picture_verb() {
  static constexpr verb result{
    "Draw the loss; samples and weights as pictures",
    "picture",
    "NEURONS... | sample N [of DATA]",
    "Draw a sample, or what neurons read of one, as a picture",
    "From the smallest value (blank) to the largest (@). DATA as for test.",
    "picture sample 3",
    "sample of",
    run_picture};
  return result;
}

} // namespace ganglion::cli
