#include "runtime/model_store/import.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/names.hpp"
#include "metadata/not_finite.hpp"
#include "runtime/model_store/model_writer.hpp"
#include "runtime/model_store/shard.hpp"
#include "runtime/model_store/tensor_plan.hpp"
#include "runtime/model_store/undoable_files.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters in one shard.
constexpr std::uint64_t shard_size = std::uint64_t{1} << 26;

/// Names that an error lists.
constexpr std::size_t listed = 20;

/// What it shows of each, in bytes.
constexpr std::size_t shown_name = 100;

caf::error bad_import(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, " x "));
}

/// An array of the network, and which one of the file it is.
struct match {
  planned_tensor what;
  std::size_t index = 0;
};

class matcher {
public:
  matcher(const tensor_file& from, const network& net,
          const import_options& options)
    : all_(from.tensors()), net_(net), options_(options) {
    for (std::size_t i = 0; i < all_.size(); ++i)
      indexes_.emplace(all_[i].name, i); // the first of a name
  }

  caf::expected<std::vector<match>> run() {
    for (const auto& [layer, ignored] : options_.names)
      if (auto id = net_.find(layer); !id)
        return id.error();
    std::vector<match> result;
    for (auto& x : tensors_of(net_)) {
      auto index = options_.by_order ? next(x) : named(x);
      if (!index)
        return index.error();
      if (auto err = check(x, all_[*index]))
        return err;
      result.push_back({std::move(x), *index});
    }
    return result;
  }

private:
  [[nodiscard]] std::string name_of(const planned_tensor& x) const {
    const auto& layer = net_.at(x.layer).name;
    auto i = options_.names.find(layer);
    return i == options_.names.end() ? x.name
                                     : i->second + x.name.substr(layer.size());
  }

  [[nodiscard]] caf::expected<std::size_t>
  named(const planned_tensor& x) const {
    auto name = name_of(x);
    if (auto i = indexes_.find(name); i != indexes_.end())
      return i->second;
    return bad_import(
      fmt::format("the file has no array '{}' for layer '{}', but {}: "
                  "say what layers are called there with --names "
                  "{}=NAME, or take arrays in their order with "
                  "--by-order",
                  name, net_.at(x.layer).name, list(), net_.at(x.layer).name));
  }

  [[nodiscard]] std::string list() const {
    std::vector<std::string> names;
    for (const auto& x : all_)
      if (names.size() < listed)
        names.push_back(fmt::format("{} [{}]", printable(x.name, shown_name),
                                    shape_text(x.shape)));
    if (all_.size() > listed)
      names.push_back(fmt::format("{} more", all_.size() - listed));
    return names.empty() ? "none at all"
                         : fmt::format("{}", fmt::join(names, ", "));
  }

  caf::expected<std::size_t> next(const planned_tensor& x) {
    auto& at = x.bias ? next_bias_ : next_weight_;
    auto dimensions = std::size_t{x.bias ? 1U : 2U};
    while (at < all_.size() && all_[at].shape.size() != dimensions)
      ++at;
    if (at < all_.size())
      return at++;
    return bad_import(fmt::format("the file has not enough arrays with {} "
                                  "dimension{}: '{}' is left; it has {}",
                                  dimensions, x.bias ? "" : "s", x.name,
                                  list()));
  }

  [[nodiscard]] caf::error check(const planned_tensor& x,
                                 const tensor_info& found) const {
    auto due = shape_of(net_, x);
    if (found.shape != due) {
      auto turned = std::vector<std::uint64_t>{due.rbegin(), due.rend()};
      return bad_import(fmt::format(
        "array '{}' is [{}], but '{}' of the network is "
        "[{}]{}",
        printable(found.name, shown_name), shape_text(found.shape), x.name,
        shape_text(due),
        found.shape == turned ? ": transpose it, a row belongs to a neuron"
                              : ": give the --network that it was made for"));
    }
    if (found.type == value_type::other)
      return bad_import(
        fmt::format("array '{}' has values of type {}: convert it to "
                    "float32 (in NumPy: np.ascontiguousarray(x, "
                    "'<f4'))",
                    printable(found.name, shown_name),
                    printable(found.type_name, shown_name)));
    return {};
  }

  const std::vector<tensor_info>& all_;
  const network& net_;
  const import_options& options_;
  std::unordered_map<std::string_view, std::size_t> indexes_;
  std::size_t next_weight_ = 0;
  std::size_t next_bias_ = 0;
};

/// Reads through everything that has a checksum, before anything is made.
caf::error verify(tensor_file& from, const std::vector<match>& all,
                  const network& net) {
  std::vector<float> piece(std::size_t{1} << 16);
  for (const auto& x : all) {
    auto stream = from.open(x.index);
    if (!stream)
      return stream.error();
    auto left = net.at(x.what.layer).neurons * x.what.columns;
    while (left > 0) {
      auto count = std::min<std::uint64_t>(left, piece.size());
      if (auto err = read_values(**stream, from.tensors()[x.index].type,
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
  caf::error open(tensor_file& from, const match& x) {
    auto stream = from.open(x.index);
    if (!stream)
      return stream.error();
    parts_.push_back(
      {x.what, from.tensors()[x.index].type, std::move(*stream)});
    return {};
  }

  caf::error read(matrix& out) {
    std::vector<float> values;
    for (auto& x : parts_) {
      // Rows of one value are read together: a bias.
      auto together = x.what.columns == 1;
      values.resize(together ? out.rows() : x.what.columns);
      for (std::size_t i = 0; i < out.rows(); ++i) {
        if (i == 0 || !together)
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
  auto left = net.range_of(layer);
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
    if (net.at(id).kind != layer_kind::input)
      all.push_back({net.range_of(id), 0});
  return placement::make(net, {"import"}, std::move(all));
}

caf::expected<manifest> write_model(file_system& files, tensor_file& from,
                                    const std::string& dir, const network& net,
                                    const std::vector<match>& all,
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
  auto all = matcher{from, net, options}.run();
  if (!all)
    return all.error();
  if (auto err = verify(from, *all, net))
    return err;
  return make_or_undo(files, dir, [&](file_system& on) {
    return write_model(on, from, dir, net, *all, options);
  });
}

} // namespace ganglion
