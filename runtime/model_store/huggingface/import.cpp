#include "runtime/model_store/huggingface/import.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/exchange/import_rows.hpp"
#include "runtime/model_store/files/undoable_files.hpp"
#include "runtime/model_store/huggingface/network.hpp"

namespace ganglion {

namespace {

/// A part of a layer's rows, and the array it is made of.
struct part_values {
  hf_source from;
  /// Values of each neuron, and inputs of each of its rows.
  std::uint64_t columns = 0;
  std::uint64_t inputs = 0;
  std::vector<float> values;
};

/// What an array must hold: rows x inputs, or the other way round.
struct array_shape {
  std::uint64_t rows = 0;
  /// 0: it has one dimension.
  std::uint64_t inputs = 0;
};

array_shape shape_of(const network& net, const hf_source& x) {
  const auto& part = net.parts_of(x.layer)[x.part];
  auto neurons = net.at(x.layer).neurons;
  if (part.input) {
    auto width = net.width_of(net.at(x.layer).inputs[*part.input]);
    return {x.parts * neurons * part.columns / width, width};
  }
  if (x.transposed)
    return {neurons, part.columns};
  return {x.shared ? part.columns : x.parts * neurons * part.columns, 0};
}

caf::error check_shape(const network& net, const hf_source& x,
                       const tensor_info& info) {
  auto wanted = shape_of(net, x);
  std::vector<std::uint64_t> shape{wanted.rows};
  if (wanted.inputs > 0)
    shape.push_back(wanted.inputs);
  if (x.transposed)
    std::ranges::reverse(shape);
  if (info.shape == shape && size_of(info.type) > 0)
    return {};
  return make_failure(
    errc::bad_argument,
    fmt::format("the array {} is {} [{}], and the configuration says [{}] of "
                "float32, float16 or bfloat16",
                printable(info.name), printable(info.type_name),
                fmt::join(info.shape, " x "), fmt::join(shape, " x ")));
}

caf::error check_all(const hf_folder& from, const network& net,
                     const std::vector<hf_source>& all,
                     const hf_import_options& options) {
  std::set<std::string> used;
  for (const auto& x : all) {
    if (x.tensor.empty())
      continue;
    used.insert(x.tensor);
    const auto* info = from.find(x.tensor);
    if (!info)
      return make_failure(
        errc::bad_argument,
        fmt::format("the files have no array {}, which the configuration asks "
                    "for",
                    x.tensor));
    if (auto err = check_shape(net, x, *info))
      return err;
  }
  for (const auto& name : from.names())
    if (!used.contains(name) && !options.ignore_others)
      return make_failure(errc::bad_argument,
                          fmt::format("nothing is made of the array {}: leave "
                                      "it out with --ignore",
                                      printable(name)));
  return {};
}

void copy_values(const part_values& x, std::uint64_t neuron,
                 std::span<float> to) {
  if (x.values.empty()) {
    std::ranges::fill(to, 0.0f);
    return;
  }
  auto own = x.from.place * (x.values.size() / x.from.parts);
  if (!x.from.transposed) {
    auto first = x.from.shared ? 0 : own + neuron * x.columns;
    std::copy_n(x.values.begin() + static_cast<std::ptrdiff_t>(first),
                to.size(), to.begin());
    return;
  }
  // [inputs x outputs]: a neuron has so many neighbouring outputs.
  auto outputs = x.values.size() / x.inputs;
  auto rows = x.columns / x.inputs;
  auto first = x.from.place * (outputs / x.from.parts) + neuron * rows;
  for (std::uint64_t r = 0; r < rows; ++r)
    for (std::uint64_t i = 0; i < x.inputs; ++i)
      to[r * x.inputs + i] = x.values[i * outputs + first + r];
}

caf::expected<row_source> open_layer(hf_folder& from, const network& net,
                                     const std::vector<hf_source>& all,
                                     layer_id layer) {
  auto parts = std::make_shared<std::vector<part_values>>();
  for (const auto& x : all) {
    if (x.layer != layer)
      continue;
    part_values next{
      x, net.parts_of(layer)[x.part].columns, shape_of(net, x).inputs, {}};
    if (!x.tensor.empty()) {
      auto values = from.read(x.tensor);
      if (!values)
        return values.error();
      next.values = std::move(*values);
    }
    parts->push_back(std::move(next));
  }
  auto neuron = std::make_shared<std::uint64_t>(0);
  return row_source{[parts, neuron](matrix& out) -> caf::error {
    for (std::size_t i = 0; i < out.rows(); ++i, ++*neuron) {
      auto to = out.row(i);
      for (const auto& x : *parts) {
        copy_values(x, *neuron, to.first(x.columns));
        to = to.subspan(x.columns);
      }
    }
    return {};
  }};
}

/// What generating needs beside weights.
caf::error copy_companions(file_system& files, const std::string& from,
                           const std::string& to) {
  for (auto name : hf_companions) {
    auto text = read_all(files, fmt::format("{}/{}", from, name));
    if (!text && text.error() == errc::not_found)
      continue;
    if (!text)
      return text.error();
    auto file = files.create(fmt::format("{}/{}", to, name));
    if (!file)
      return file.error();
    auto err = (*file)->write(std::as_bytes(std::span{*text}));
    if (!err)
      err = (*file)->sync();
    if (!err)
      err = (*file)->close();
    if (err)
      return err;
  }
  return files.sync_directory(to);
}

} // namespace

caf::expected<manifest> import_hf(file_system& files, hf_folder& from,
                                  const std::string& dir,
                                  const hf_import_options& options) {
  auto net = network_of(from.config());
  if (!net)
    return net.error();
  auto all = sources_of(from.config(), *net);
  if (auto err = check_all(from, *net, all, options))
    return err;
  if (options.taken)
    for (const auto& x : all)
      options.taken(net->at(x.layer).name + "."
                      + net->parts_of(x.layer)[x.part].name,
                    x.tensor);
  row_import rows{
    options.who,
    [&](layer_id layer) { return open_layer(from, *net, all, layer); },
    options.not_finite};
  return make_or_undo(files, dir,
                      [&](file_system& on) -> caf::expected<manifest> {
                        auto made = import_rows(on, dir, *net, rows);
                        if (made)
                          if (auto err = copy_companions(on, from.path(), dir))
                            return err;
                        return made;
                      });
}

} // namespace ganglion
