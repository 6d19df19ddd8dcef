#include "runtime/weights_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::string_view magic = "ganglion-weights 1\n";

/// Bytes of parameters that are fetched or read at a time.
constexpr std::uint64_t part_size = std::uint64_t{1} << 24;

caf::error cannot_write(const std::string& path) {
  return make_failure(errc::system,
                      fmt::format("cannot write '{}': {}: check its folder, "
                                  "permissions and free space",
                                  path, std::system_category().message(errno)));
}

caf::error cannot_read(const std::string& path) {
  return make_failure(
    errc::bad_model, fmt::format("cannot read '{}': {}: check the path and its "
                                 "permissions",
                                 path, std::system_category().message(errno)));
}

caf::error damaged(const std::string& path, std::string_view why) {
  return make_failure(errc::bad_model,
                      fmt::format("{} {}: save it again with 'ganglion train "
                                  "--save'",
                                  path, why));
}

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
      if (auto err = f(neuron_range{left.first, count}, row / sizeof(float)))
        return err;
      left = range_between(left.first + count, left.end());
    }
  }
  return {};
}

caf::error write_all(session& on, std::ofstream& out, const std::string& path) {
  std::ostringstream text;
  boost::archive::text_oarchive archive{text};
  const auto& net = on.net();
  archive << net;
  auto header = text.str();
  out << magic << header.size() << '\n' << header;
  auto err = for_each_piece(net, [&](neuron_range range, std::uint64_t) {
    auto piece = on.ask<parameters>(get_parameters{range});
    if (!piece)
      return piece.error();
    out.write(
      reinterpret_cast<const char*>(piece->weights.data()),
      static_cast<std::streamsize>(piece->weights.size() * sizeof(float)));
    return caf::error{};
  });
  out.close();
  if (!err && !out)
    return cannot_write(path);
  return err;
}

/// The network of a file, whose weights are next to be read.
caf::expected<network> read_header(std::ifstream& in, const std::string& path) {
  std::string start(magic.size(), '\0');
  std::size_t size = 0;
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!in || start != magic)
    return damaged(path, "is not a file of weights");
  in >> size;
  in.get();
  if (!in || size > std::filesystem::file_size(path))
    return damaged(path, "is damaged at its start");
  std::string header(size, '\0');
  in.read(header.data(), static_cast<std::streamsize>(size));
  network result;
  try {
    std::istringstream text{header};
    boost::archive::text_iarchive archive{text};
    archive >> result;
  } catch (const std::exception&) {
    return damaged(path, "describes no network that can be read");
  }
  return result;
}

} // namespace

caf::error check_writable(const std::string& path) {
  auto temporary = path + ".new";
  std::ofstream out{temporary, std::ios::binary};
  if (!out)
    return cannot_write(path);
  out.close();
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return {};
}

caf::error save_weights(session& on, const std::string& path) {
  auto temporary = path + ".new";
  std::ofstream out{temporary, std::ios::binary};
  if (!out)
    return cannot_write(path);
  auto err = write_all(on, out, path);
  std::error_code code;
  if (!err)
    std::filesystem::rename(temporary, path, code);
  if (err || code)
    std::filesystem::remove(temporary, code);
  return err;
}

caf::expected<network> network_of_weights(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return in ? read_header(in, path) : cannot_read(path);
}

caf::error load_weights(session& on, const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return cannot_read(path);
  auto net = read_header(in, path);
  if (!net)
    return net.error();
  if (*net != on.net())
    return make_failure(errc::bad_model,
                        fmt::format("{} holds the weights of another network: "
                                    "give the same --network and --block-size",
                                    path));
  auto err = for_each_piece(*net, [&](neuron_range range, std::uint64_t row) {
    matrix weights{range.count, row};
    in.read(reinterpret_cast<char*>(weights.data()),
            static_cast<std::streamsize>(weights.size() * sizeof(float)));
    if (!in)
      return damaged(path, fmt::format("ends before the weights of neurons {}",
                                       to_string(range)));
    auto done = on.ask<stored>(
      put_parameters{{range, std::move(weights).freeze(), {}}});
    return done ? caf::error{} : done.error();
  });
  if (!err && in.peek() != std::char_traits<char>::eof())
    return damaged(path, "goes on after the last weight");
  return err;
}

} // namespace ganglion
