#include "runtime/model_store/export.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/model_store/posix_files.hpp"

namespace ganglion {

namespace {

static_assert(std::endian::native == std::endian::little);

/// Bytes of parameters that are read at a time.
constexpr std::uint64_t piece_size = std::uint64_t{1} << 24;

/// Columns of a layer's rows that make one array of the file.
struct array_plan {
  std::string name;
  layer_id layer = 0;
  std::uint64_t first_column = 0;
  std::uint64_t columns = 0;
  bool bias = false;
};

std::vector<array_plan> plan_of(const network& net) {
  std::vector<array_plan> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    const auto& x = net.at(id);
    std::uint64_t column = 0;
    for (auto input : x.inputs) {
      auto name = x.name + ".weight";
      if (x.inputs.size() > 1)
        name += "." + net.at(input).name;
      result.push_back({name, id, column, net.width_of(input)});
      column += net.width_of(input);
    }
    if (!x.inputs.empty())
      result.push_back({x.name + ".bias", id, column, 1, true});
  }
  return result;
}

std::uint64_t bytes_of(const network& net, const array_plan& x) {
  return net.at(x.layer).neurons * x.columns * sizeof(float);
}

/// Eight bytes of length, then JSON: name -> type, shape, where.
std::string header_of(const network& net, const manifest& what,
                      const std::vector<array_plan>& plan) {
  nlohmann::ordered_json json;
  json["__metadata__"] = {{"format", "pt"},
                          {"ganglion.commit", to_string(what.id)},
                          {"ganglion.network", what.network_hash}};
  std::uint64_t offset = 0;
  for (const auto& x : plan) {
    auto end = offset + bytes_of(net, x);
    auto shape = nlohmann::json::array({net.at(x.layer).neurons});
    if (!x.bias)
      shape.push_back(x.columns);
    json[x.name] = {
      {"dtype", "F32"}, {"shape", shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  auto text = json.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  auto size = std::uint64_t{text.size()};
  return std::string{reinterpret_cast<const char*>(&size), sizeof(size)} + text;
}

caf::error write_array(const model_reader& from, const manifest& what,
                       const array_plan& x, new_file& to) {
  const auto& net = from.net();
  auto row = net.parameters_per_neuron(x.layer) * sizeof(float);
  auto left = net.range_of(x.layer);
  std::vector<float> values;
  while (!left.empty()) {
    auto count = std::clamp<std::uint64_t>(piece_size / row, 1, left.count);
    auto piece = from.load_parameters(what, {left.first, count});
    if (!piece)
      return piece.error();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
      auto part = piece->weights.row(i).subspan(x.first_column, x.columns);
      values.insert(values.end(), part.begin(), part.end());
    }
    if (auto err = to.write(std::as_bytes(std::span{values})))
      return err;
    left = range_between(left.first + count, left.end());
  }
  return {};
}

} // namespace

caf::error export_safetensors(const model_reader& from, const manifest& what,
                              const std::string& path) {
  auto files = make_posix_files();
  auto out = new_file::make(*files, path);
  if (!out)
    return out.error();
  auto plan = plan_of(from.net());
  auto header = header_of(from.net(), what, plan);
  if (auto err = out->write(std::as_bytes(std::span{header})))
    return err;
  for (const auto& x : plan)
    if (auto err = write_array(from, what, x, *out))
      return err;
  if (auto err = out->finish())
    return err;
  auto made = out->publish(path);
  if (!made)
    return made.error();
  if (*made)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("{} exists: choose another name, or remove "
                                  "it first",
                                  path));
}

} // namespace ganglion
