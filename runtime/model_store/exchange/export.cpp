#include "runtime/model_store/exchange/export.hpp"

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/exchange/export_values.hpp"
#include "runtime/model_store/exchange/tensor_plan.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/formats/safetensors_header.hpp"

namespace ganglion {

namespace {

caf::error write_safetensors(const export_source& from, new_file& out) {
  auto plan = tensors_of(from.net);
  std::vector<safetensors_array> arrays;
  arrays.reserve(plan.size());
  for (const auto& x : plan)
    arrays.push_back({x.name, shape_of(from.net, x)});
  auto header = make_safetensors_header(arrays, notes_of(from));
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

std::vector<std::pair<std::string, std::string>>
notes_of(const export_source& from) {
  std::vector<std::pair<std::string, std::string>> result{
    {"ganglion.network", fingerprint(from.net)}};
  if (!from.commit.empty())
    result.emplace_back("ganglion.commit", from.commit);
  return result;
}

caf::error check_export_name(const std::string& path) {
  if (has_ending(path, ".npz") || has_ending(path, ".safetensors"))
    return {};
  return make_failure(
    errc::bad_argument,
    fmt::format("'{}': the ending says which format is wanted, and weights are "
                "exported as FILE.safetensors (for PyTorch and others) or "
                "FILE.npz (for NumPy), language models also as FOLDER/ (for "
                "transformers)",
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
