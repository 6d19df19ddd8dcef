#include "runtime/model_store/exchange/import.hpp"

#include <algorithm>
#include <memory>

#include "runtime/model_store/exchange/import_match.hpp"
#include "runtime/model_store/exchange/import_rows.hpp"

namespace ganglion {

namespace {

/// Reads through everything that has a checksum, before anything is made.
caf::error verify(tensor_file& from, const std::vector<tensor_match>& all,
                  const network& net) {
  std::vector<float> piece(std::size_t{1} << 16);
  for (const auto& x : all) {
    if (!x.index)
      continue;
    auto stream = from.open(*x.index);
    if (!stream)
      return stream.error();
    auto left = net.at(x.what.layer).neurons * x.what.columns;
    while (left > 0) {
      auto count = std::min<std::uint64_t>(left, piece.size());
      if (auto err = read_values(**stream, from.tensors()[*x.index].type,
                                 std::span{piece}.first(count)))
        return err;
      left -= count;
    }
    if (auto err = (*stream)->finish())
      return err;
  }
  return {};
}

/// A layer's arrays side by side, row after row.
class layer_rows {
public:
  caf::error open(tensor_file& from, const tensor_match& x) {
    if (!x.index) {
      parts_.push_back({x.what, value_type::f32, nullptr});
      return {};
    }
    auto stream = from.open(*x.index);
    if (!stream)
      return stream.error();
    parts_.push_back(
      {x.what, from.tensors()[*x.index].type, std::move(*stream)});
    return {};
  }

  caf::error read(matrix& out) {
    std::vector<float> values;
    for (auto& x : parts_) {
      // Rows of one value are read together: a bias.
      auto together = x.what.columns == 1;
      values.assign(together ? out.rows() : x.what.columns, 0);
      for (std::size_t i = 0; i < out.rows(); ++i) {
        // What the file has not is zero.
        if (x.stream && (i == 0 || !together))
          if (auto err = read_values(*x.stream, x.type, values))
            return err;
        std::span<const float> part = values;
        auto to = out.row(i).subspan(x.what.first_column, x.what.columns);
        std::ranges::copy(together ? part.subspan(i, 1) : part, to.begin());
      }
    }
    return {};
  }

private:
  struct source {
    planned_tensor what;
    value_type type;
    std::unique_ptr<byte_stream> stream;
  };

  std::vector<source> parts_;
};

/// The rows of a layer, of the arrays that were matched with it.
caf::expected<row_source> open_layer(tensor_file& from,
                                     const std::vector<tensor_match>& all,
                                     layer_id layer) {
  auto rows = std::make_shared<layer_rows>();
  for (const auto& x : all)
    if (x.what.layer == layer)
      if (auto err = rows->open(from, x))
        return err;
  return row_source{[rows](matrix& out) { return rows->read(out); }};
}

} // namespace

caf::expected<manifest> import_model(file_system& files, tensor_file& from,
                                     const std::string& dir, const network& net,
                                     const import_options& options) {
  auto all = match_tensors(from, net, options);
  if (!all)
    return all.error();
  if (auto err = verify(from, *all, net))
    return err;
  if (options.taken)
    for (const auto& x : *all)
      options.taken(x.what.name,
                    x.index ? from.tensors()[*x.index].name : std::string{});
  return import_rows(
    files, dir, net,
    {options.who,
     [&](layer_id layer) { return open_layer(from, *all, layer); },
     options.not_finite,
     {}});
}

} // namespace ganglion
