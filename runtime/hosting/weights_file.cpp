#include "runtime/hosting/weights_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/exchange/weights_reader.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/text_file.hpp"

namespace ganglion {

namespace {

/// Bytes of parameters that are fetched or read at a time.
constexpr std::uint64_t part_size = std::uint64_t{1} << 24;

/// Endings of formats that others read.
constexpr std::array<std::string_view, 10> foreign_endings{
  ".npz", ".npy", ".safetensors", ".onnx", ".pt",
  ".pth", ".h5",  ".keras",       ".gguf", ".pkl"};

/// Calls `f` with runs of neurons that make pieces of moderate size.
template <class F>
caf::error for_each_piece(const network& net, F f) {
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto row = net.parameters_per_neuron(id) * sizeof(float);
    if (row == 0)
      continue;
    auto left = net.range_of(id);
    while (!left.empty()) {
      auto count = std::clamp<std::uint64_t>(part_size / row, 1, left.count);
      if (auto err = f(neuron_range{left.first, count}))
        return err;
      left = range_between(left.first + count, left.end());
    }
  }
  return {};
}

caf::error write_all(session& on, writable_file& out) {
  running_checksum sum;
  auto write = [&](std::span<const std::byte> bytes) {
    sum.add(bytes);
    return out.write(bytes);
  };
  auto described = to_text(on.net());
  auto head = fmt::format("{}{}\n{}\n{}", weights_magic, weights_version,
                          described.size(), described);
  if (auto err = write(std::as_bytes(std::span{head})))
    return err;
  auto err = for_each_piece(on.net(), [&](neuron_range range) {
    auto piece = on.ask<parameters>(get_parameters{range});
    if (!piece)
      return piece.error();
    return write(
      std::as_bytes(std::span{piece->weights.data(), piece->weights.size()}));
  });
  if (err)
    return err;
  return out.write(weights_checksum_line(sum));
}

} // namespace

caf::error check_save_name(const std::string& path) {
  for (auto ending : foreign_endings)
    if (has_ending(path, ending))
      return make_failure(
        errc::bad_argument,
        fmt::format(
          "'{}': weights are saved in a format of Ganglion's own; "
          "save them as '{}.weights' and make another format of that "
          "with 'ganglion model export' (.safetensors or .npz)",
          printable_path(path),
          printable_path(path.substr(0, path.size() - ending.size()))));
  return {};
}

caf::error save_weights(session& on, const std::string& path) {
  if (auto err = check_save_name(path))
    return err;
  auto out = writable_file::open(path);
  if (!out)
    return out.error();
  if (auto err = write_all(on, *out))
    return err;
  return out->finish();
}

caf::expected<network> network_of_weights(const std::string& path) {
  auto from = weights_reader::open(path);
  if (!from)
    return from.error();
  return from->net();
}

caf::error load_weights(session& on, const std::string& path) {
  auto from = weights_reader::open(path);
  if (!from)
    return from.error();
  if (from->net() != on.net())
    return make_failure(errc::bad_model,
                        fmt::format("'{}' holds the weights of another "
                                    "network: give the same --network and "
                                    "--block-size",
                                    printable_path(path)));
  if (auto err = from->verify())
    return err;
  return for_each_piece(from->net(), [&](neuron_range range) {
    auto values = from->load(range);
    if (!values)
      return values.error();
    auto done = on.ask<stored>(put_parameters{std::move(*values)});
    return done ? caf::error{} : done.error();
  });
}

} // namespace ganglion
