#include "runtime/model_store/exchange/export.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/exchange/export_values.hpp"
#include "runtime/model_store/exchange/tensor_plan.hpp"
#include "runtime/model_store/files/posix_files.hpp"

namespace ganglion {

namespace {

/// Eight bytes of length, then JSON: name -> type, shape, where.
std::string header_of(const export_source& from,
                      const std::vector<planned_tensor>& plan) {
  const auto& net = from.net;
  nlohmann::ordered_json json;
  json["__metadata__"] = {{"format", "pt"},
                          {"ganglion.network", fingerprint(net)}};
  if (!from.commit.empty())
    json["__metadata__"]["ganglion.commit"] = from.commit;
  std::uint64_t offset = 0;
  for (const auto& x : plan) {
    auto end = offset + bytes_of(net, x);
    json[x.name] = {{"dtype", "F32"},
                    {"shape", shape_of(net, x)},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  auto text = json.dump(-1, ' ', false,
                        nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  auto size = std::uint64_t{text.size()};
  return std::string{reinterpret_cast<const char*>(&size), sizeof(size)} + text;
}

caf::error write_safetensors(const export_source& from, new_file& out) {
  auto plan = tensors_of(from.net);
  auto header = header_of(from, plan);
  if (auto err = out.write(std::as_bytes(std::span{header})))
    return err;
  auto write = [&](std::span<const std::byte> bytes) {
    return out.write(bytes);
  };
  for (const auto& x : plan)
    if (auto err = read_values(from, x, write))
      return err;
  return {};
}

} // namespace

caf::error check_export_name(const std::string& path) {
  if (has_ending(path, ".npz") || has_ending(path, ".safetensors"))
    return {};
  return make_failure(
    errc::bad_argument,
    fmt::format("'{}': the ending says which format is wanted, and weights are "
                "exported as FILE.safetensors (for PyTorch and others) or "
                "FILE.npz (for NumPy)",
                printable_path(path)));
}

export_source source_of(const model_reader& from, const manifest& what) {
  return {from.net(), to_string(what.id), [&from, &what](neuron_range range) {
            return from.load_parameters(what, range);
          }};
}

caf::error export_weights(const export_source& from, const std::string& path) {
  if (auto err = check_export_name(path))
    return err;
  auto files = make_posix_files();
  auto out = new_file::make(*files, path);
  if (!out)
    return out.error();
  if (auto err = has_ending(path, ".npz") ? write_npz(from, *out)
                                          : write_safetensors(from, *out))
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
