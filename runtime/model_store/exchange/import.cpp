#include "runtime/model_store/exchange/import.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/model_store/exchange/import_match.hpp"
#include "runtime/model_store/files/undoable_files.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters in one shard.
constexpr std::uint64_t shard_size = std::uint64_t{1} << 26;

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

caf::error import_layer(file_system& files, const model_writer& writer,
                        layer_id layer, layer_rows rows, commit_draft& draft,
                        std::uint64_t& not_finite) {
  const auto& net = writer.reader().net();
  auto columns = net.parameters_per_neuron(layer);
  auto left = columns > 0 ? net.range_of(layer) : neuron_range{};
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(shard_size / columns / sizeof(float),
                                           1, left.count);
    matrix values{count, columns};
    if (auto err = rows.read(values))
      return err;
    parameters part{{left.first, count}, std::move(values).freeze()};
    not_finite += count_not_finite(part.weights);
    auto entry = write_shard(files, writer.reader().dir(), {writer.fence(), 0},
                             writer.reader().network_hash(), layer, {&part, 1});
    if (!entry)
      return entry.error();
    draft.shards.push_back(std::move(*entry));
    left = range_between(left.first + count, left.end());
  }
  return {};
}

caf::expected<placement> one_node(const network& net) {
  std::vector<assignment> all;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (!net.is_given(id))
      all.push_back({net.range_of(id), 0});
  return placement::make(net, {"import"}, std::move(all));
}

caf::expected<manifest> write_model(file_system& files, tensor_file& from,
                                    const std::string& dir, const network& net,
                                    const std::vector<tensor_match>& all,
                                    const import_options& options) {
  auto where = one_node(net);
  if (!where)
    return where.error();
  auto writer = model_writer::create(files, dir, net, {options.who});
  if (!writer)
    return writer.error();
  commit_draft draft;
  draft.where = std::move(*where);
  draft.loss = std::numeric_limits<double>::quiet_NaN();
  for (auto i = all.begin(); i != all.end();) {
    auto layer = i->what.layer;
    layer_rows rows;
    for (; i != all.end() && i->what.layer == layer; ++i)
      if (auto err = rows.open(from, *i))
        return err;
    std::uint64_t odd = 0;
    if (auto err = import_layer(files, *writer, layer, std::move(rows), draft,
                                odd))
      return err;
    if (odd > 0 && options.not_finite)
      options.not_finite(net.at(layer).name, odd);
  }
  return writer->commit(std::move(draft));
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
  return make_or_undo(files, dir, [&](file_system& on) {
    return write_model(on, from, dir, net, *all, options);
  });
}

} // namespace ganglion
