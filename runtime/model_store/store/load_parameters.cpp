// Reading parameters across the borders of shards.
#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/model_reader.hpp"
#include "runtime/model_store/store/shard.hpp"

namespace ganglion {

namespace {

/// The shards that hold some of a range; they are in order.
std::span<const shard_entry> touching(const manifest& from,
                                      neuron_range range) {
  auto first = std::ranges::partition_point(
    from.shards, [&](const auto& x) { return x.range.end() <= range.first; });
  auto last = std::partition_point(
    first, from.shards.end(),
    [&](const auto& x) { return x.range.first < range.end(); });
  return {first, last};
}

caf::error check_range(const network& net, neuron_range range) {
  auto layer = net.layer_of(range.first);
  if (!layer)
    return layer.error();
  auto all = net.range_of(*layer);
  if (!range.empty() && net.parameters_per_neuron(*layer) > 0
      && range.count <= all.end() - range.first)
    return {};
  return make_failure(errc::bad_argument,
                      {fmt::format("neurons {} are not neurons with weights of "
                                   "one layer: ask for each layer by itself",
                                   to_string(range)),
                       {range},
                       {net.at(*layer).name},
                       {}});
}

/// What to do about a shard that is damaged or missing.
caf::error unusable(const caf::error& why) {
  return make_failure(
    errc::bad_model,
    fmt::format("{}; restore it or take another commit", explain(why)));
}

class loader {
public:
  loader(file_system& files, const model_reader& from, neuron_range range,
         wanted_arrays wanted)
    : files_(files), from_(from), range_(range), wanted_(wanted) {
    // nop
  }

  /// Looks at every shard before anything is allocated.
  caf::error prepare(std::span<const shard_entry> shards) {
    std::uint32_t there = 0;
    for (const auto& x : shards) {
      auto shard = open(x);
      if (!shard)
        return shard.error();
      const auto& header = shard->header();
      if (there == 0)
        there = header.arrays;
      columns_ = from_.net().parameters_per_neuron(header.layer);
      if (header.arrays != there || header.columns != columns_)
        return make_failure(
          errc::bad_model,
          fmt::format("shard '{}' is damaged at offset 0: it has {} arrays of "
                      "{} columns, but {} of {} are due",
                      layout::shard_path(from_.dir(), x.name), header.arrays,
                      header.columns, there, columns_));
    }
    arrays_.resize(wanted_ == wanted_arrays::all ? there : 1);
    for (auto& x : arrays_)
      x = matrix{range_.count, columns_};
    return {};
  }

  caf::error read(std::span<const shard_entry> shards) {
    for (const auto& x : shards)
      if (auto err = read(x))
        return err;
    return {};
  }

  parameters finish() {
    parameters result{range_, std::move(arrays_[0]).freeze()};
    for (std::size_t i = 1; i < arrays_.size(); ++i)
      result.state.push_back(std::move(arrays_[i]).freeze());
    return result;
  }

private:
  caf::error read(const shard_entry& x) {
    auto shard = open(x);
    if (!shard)
      return shard.error();
    auto part = intersection(x.range, range_);
    for (std::uint32_t i = 0; i < arrays_.size(); ++i) {
      auto rows = arrays_[i].values().subspan(
        (part.first - range_.first) * columns_, part.count * columns_);
      if (auto err = shard->read_rows(i, part, rows))
        return err;
    }
    return {};
  }

  caf::expected<shard_reader> open(const shard_entry& x) {
    return shard_reader::open(files_, from_.dir(), from_.network_hash(), x);
  }

  file_system& files_;
  const model_reader& from_;
  neuron_range range_;
  wanted_arrays wanted_;
  std::vector<matrix> arrays_;
  std::uint64_t columns_ = 0;
};

} // namespace

caf::expected<parameters>
model_reader::load_parameters(const manifest& from, neuron_range range,
                              wanted_arrays wanted) const {
  if (auto err = check_range(net_, range))
    return err;
  auto shards = touching(from, range);
  loader result{*files_, *this, range, wanted};
  auto err = result.prepare(shards);
  if (!err)
    err = result.read(shards);
  if (!err)
    return result.finish();
  if (err != errc::bad_model
      && (err != errc::not_found || is_gone(from.id, err)))
    return err;
  return unusable(err);
}

} // namespace ganglion
