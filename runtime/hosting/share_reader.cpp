#include "runtime/hosting/share_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/values/buffer_pool.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters that are read at a time.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 23;

store part_of(const parameters& x, neuron_range range, std::uint64_t run,
              std::uint64_t step) {
  auto rows = [&](const tensor& y) {
    return y.rows(range.first - x.range.first, range.count);
  };
  store result{{run, step, range, rows(x.weights), {}}};
  for (const auto& array : x.state)
    result.slice.state.push_back(rows(array));
  return result;
}

} // namespace

caf::expected<model_reader> open_model_at(file_system& files, std::string path,
                                          const std::string& network_hash) {
  auto result = model_reader::open(files, std::move(path));
  if (result && result->network_hash() != network_hash)
    return make_failure(errc::not_found,
                        fmt::format("'{}' is another model here: mount the "
                                    "same share on every server",
                                    result->dir()));
  return result;
}

caf::expected<share_reader> share_reader::open(file_system& files,
                                               std::string path,
                                               const load_local& asked) {
  auto from = open_model_at(files, std::move(path),
                            asked.what.model.network_hash);
  if (!from)
    return from.error();
  auto what = from->find(asked.what.commit);
  if (!what)
    return what.error();
  return share_reader{std::move(*from), std::move(*what), asked};
}

share_reader::share_reader(model_reader from, manifest what,
                           const load_local& asked)
  : from_(std::move(from)),
    what_(std::move(what)),
    run_(asked.what.run),
    wanted_(asked.what.weights_only ? wanted_arrays::weights
                                    : wanted_arrays::all),
    groups_(asked.routes->local_groups()) {
  // nop
}

/// Groups of one layer without a gap, from the first that is left.
std::span<const group_route> share_reader::first_run() const {
  auto left = std::span{groups_}.subspan(next_);
  const auto& net = from_.net();
  auto end = net.range_of(*net.layer_of(left[0].range.first)).end();
  std::size_t i = 1;
  while (i < left.size() && left[i].range.first < end
         && left[i].range.first == left[i - 1].range.end())
    ++i;
  return left.first(i);
}

/// Nothing is stored of such groups; they learn the step.
std::vector<share_reader::part>
share_reader::without_parameters(std::span<const group_route> run) {
  std::vector<part> result;
  for (const auto& x : run)
    result.push_back({x.handle,
                      {{run_,
                        what_.id.step,
                        x.range,
                        matrix{x.range.count, 0}.freeze(),
                        {}}}});
  next_ += run.size();
  return result;
}

caf::expected<std::vector<share_reader::part>> share_reader::read() {
  auto run = first_run();
  const auto& net = from_.net();
  auto begin = run.front().range.first;
  // Pieces of another layer have another size.
  if (begin >= read_)
    drop_pooled_buffers();
  auto row = net.parameters_per_neuron(*net.layer_of(begin)) * sizeof(float);
  if (row == 0)
    return without_parameters(run);
  begin = std::max(begin, read_);
  auto count = std::max<std::uint64_t>(piece_size / row, 1);
  neuron_range piece{begin, std::min(count, run.back().range.end() - begin)};
  auto values = from_.load_parameters(what_, piece, wanted_);
  if (!values)
    return values.error();
  std::vector<part> result;
  for (const auto& x : run) {
    if (x.range.first >= piece.end())
      break;
    result.push_back({x.handle, part_of(*values, intersection(x.range, piece),
                                        run_, what_.id.step)});
    // The last one may have more in the next piece.
    if (x.range.end() <= piece.end())
      ++next_;
  }
  read_ = piece.end();
  return result;
}

} // namespace ganglion
