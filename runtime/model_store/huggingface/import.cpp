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
#include "runtime/model_store/huggingface/array_layout.hpp"
#include "runtime/model_store/huggingface/in_place.hpp"

namespace ganglion {

namespace {

/// A part of a layer's rows, and the array it is made of.
struct part_values {
  hf_layout layout;
  /// Empty where there is none.
  std::vector<float> values;
};

caf::error check_shape(const network& net, const hf_source& x,
                       const tensor_info& info) {
  auto shape = hf_layout{net, x}.shape();
  if (info.shape == shape && size_of(info.type) > 0)
    return {};
  return make_failure(
    errc::bad_argument,
    fmt::format("the array {} is {} [{}], and the configuration says [{}] of "
                "float32, float16 or bfloat16",
                printable(info.name), printable(info.type_name),
                fmt::join(info.shape, " x "), fmt::join(shape, " x ")));
}

caf::error check_all(const published_model& from, const network& net,
                     const std::vector<hf_source>& all,
                     const hf_import_options& options) {
  std::set<std::string> used;
  for (const auto& x : all) {
    if (x.tensor.empty())
      continue;
    used.insert(from.own_name(x.tensor));
    const auto* info = from.find(x.tensor);
    if (!info)
      return make_failure(
        errc::bad_argument,
        fmt::format("the files have no array {}, which the configuration asks "
                    "for",
                    from.own_name(x.tensor)));
    if (auto err = check_shape(net, x, *info))
      return err;
  }
  for (const auto& name : from.own_names())
    if (!used.contains(name) && !options.ignore_others)
      return make_failure(errc::bad_argument,
                          fmt::format("nothing is made of the array {}: leave "
                                      "it out with --ignore",
                                      printable(name)));
  return {};
}

caf::expected<row_source> open_layer(published_model& from, const network& net,
                                     const std::vector<hf_source>& all,
                                     layer_id layer) {
  auto parts = std::make_shared<std::vector<part_values>>();
  for (const auto& x : all) {
    if (x.layer != layer)
      continue;
    part_values next{{net, x}, {}};
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
        auto own = to.first(x.layout.columns());
        if (x.values.empty())
          std::ranges::fill(own, 0.0f);
        else
          x.layout.take(x.values, *neuron, own);
        to = to.subspan(own.size());
      }
    }
    return {};
  }};
}

} // namespace

caf::expected<manifest> import_hf(file_system& files, published_model& from,
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
                    x.tensor.empty() ? std::string{} : from.own_name(x.tensor));
  row_import rows{
    options.who,
    [&](layer_id layer) { return open_layer(from, *net, all, layer); },
    options.not_finite,
    {}};
  if (options.in_place)
    rows.refer = [&](layer_id layer) {
      return locate_layer(files, from, *net, all, layer, dir);
    };
  return make_or_undo(files, dir,
                      [&](file_system& on) -> caf::expected<manifest> {
                        auto made = import_rows(on, dir, *net, rows);
                        if (made)
                          if (auto err = from.put_companions(on, dir))
                            return err;
                        return made;
                      });
}

} // namespace ganglion
