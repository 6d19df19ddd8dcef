#include "runtime/model_store/exchange/import_rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "metadata/values/not_finite.hpp"
#include "runtime/model_store/files/undoable_files.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters in one shard.
constexpr std::uint64_t shard_size = std::uint64_t{1} << 26;

caf::error import_layer(file_system& files, const model_writer& writer,
                        layer_id layer, const row_source& rows,
                        commit_draft& draft, std::uint64_t& not_finite) {
  const auto& net = writer.reader().net();
  auto columns = net.parameters_per_neuron(layer);
  auto left = net.range_of(layer);
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(shard_size / columns / sizeof(float),
                                           1, left.count);
    matrix values{count, columns};
    if (auto err = rows(values))
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

caf::error refer_to_layer(file_system& files, const model_writer& writer,
                          layer_id layer, const row_import& from,
                          commit_draft& draft) {
  auto what = from.refer(layer);
  if (!what)
    return what.error();
  what->network_hash = writer.reader().network_hash();
  what->layer = layer;
  what->range = writer.reader().net().range_of(layer);
  auto entry = write_reference(files, writer.reader().dir(),
                               {writer.fence(), 0}, *what);
  if (!entry)
    return entry.error();
  draft.shards.push_back(std::move(*entry));
  return {};
}

/// All rows of a layer, as many shards as that takes.
caf::error copy_layer(file_system& files, const model_writer& writer,
                      layer_id layer, const row_import& from,
                      commit_draft& draft) {
  auto rows = from.open(layer);
  if (!rows)
    return rows.error();
  std::uint64_t odd = 0;
  if (auto err = import_layer(files, writer, layer, *rows, draft, odd))
    return err;
  if (odd > 0 && from.not_finite)
    from.not_finite(writer.reader().net().at(layer).name, odd);
  return {};
}

caf::expected<placement> one_node(const network& net) {
  std::vector<assignment> all;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (!net.is_given(id))
      all.push_back({net.range_of(id), 0});
  return placement::make(net, {"import"}, std::move(all));
}

caf::expected<manifest> write_model(file_system& files, const std::string& dir,
                                    const network& net,
                                    const row_import& from) {
  auto where = one_node(net);
  if (!where)
    return where.error();
  auto writer = model_writer::create(files, dir, net, {from.who});
  if (!writer)
    return writer.error();
  commit_draft draft;
  draft.where = std::move(*where);
  draft.loss = std::numeric_limits<double>::quiet_NaN();
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.parameters_per_neuron(id) == 0)
      continue;
    auto err = from.refer ? refer_to_layer(files, *writer, id, from, draft)
                          : copy_layer(files, *writer, id, from, draft);
    if (err)
      return err;
  }
  return writer->commit(std::move(draft));
}

} // namespace

caf::expected<manifest> import_rows(file_system& files, const std::string& dir,
                                    const network& net,
                                    const row_import& from) {
  return make_or_undo(files, dir, [&](file_system& on) {
    return write_model(on, dir, net, from);
  });
}

} // namespace ganglion
