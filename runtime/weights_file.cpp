#include "runtime/weights_file.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/input.hpp"
#include "metadata/names.hpp"
#include "runtime/model_store/checksum.hpp"
#include "runtime/model_store/posix_files.hpp"
#include "runtime/model_store/text_file.hpp"
#include "runtime/writable_file.hpp"

namespace ganglion {

namespace {

namespace fs = std::filesystem;

/// The first line of a file is this and the version of its format, the second
/// the length of what describes the network.
constexpr std::string_view magic = "ganglion-weights ";

/// Files of version 1 have no checksums.
constexpr std::uint32_t format_version = 2;

/// Bytes of parameters that are fetched or read at a time.
constexpr std::uint64_t part_size = std::uint64_t{1} << 24;

/// The last line.
std::string checksum_line(const running_checksum& of) {
  return fmt::format("xxh3 {:016x}\n", of.value());
}

constexpr std::uint64_t checksum_line_size = 22;

caf::error damaged(const std::string& path, std::string_view why) {
  return make_failure(errc::bad_model,
                      fmt::format("'{}' {}: save it again with 'ganglion train "
                                  "--save'",
                                  printable(path), why));
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

/// Whether all weights of a network take so many bytes.
bool takes(const network& net, std::uint64_t bytes) {
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto row = net.parameters_per_neuron(id) * sizeof(float);
    auto neurons = net.range_of(id).count;
    if (row > bytes / neurons)
      return false;
    bytes -= row * neurons;
  }
  return bytes == 0;
}

caf::error write_all(session& on, output_file& out) {
  running_checksum sum;
  auto write = [&](std::span<const std::byte> bytes) {
    sum.add(bytes);
    return out.write(bytes);
  };
  auto described = to_text(on.net());
  auto head = fmt::format("{}{}\n{}\n{}", magic, format_version,
                          described.size(), described);
  if (auto err = write(std::as_bytes(std::span{head})))
    return err;
  auto err = for_each_piece(on.net(), [&](neuron_range range, std::uint64_t) {
    auto piece = on.ask<parameters>(get_parameters{range});
    if (!piece)
      return piece.error();
    return write(
      std::as_bytes(std::span{piece->weights.data(), piece->weights.size()}));
  });
  if (err)
    return err;
  auto last = checksum_line(sum);
  if (auto failed = out.write(std::as_bytes(std::span{last})))
    return failed;
  if (auto failed = out.sync())
    return failed;
  return out.close();
}

/// A file of weights that is read: what is where in it.
class weights_reader {
public:
  static caf::expected<weights_reader> open(const std::string& path) {
    if (auto err = check_input(path, errc::bad_model))
      return err;
    weights_reader result{path};
    auto file = result.files_->open(path);
    if (!file)
      return file.error();
    result.file_ = std::move(*file);
    if (auto err = result.read_head())
      return err;
    return result;
  }

  [[nodiscard]] const network& net() const noexcept {
    return net_;
  }

  /// Reads through all of it, before anything is made of it.
  caf::error verify() {
    if (!takes(net_, end_ - begin_))
      return bad("has more or fewer weights than its network");
    if (version_ == 1)
      return {};
    running_checksum sum;
    std::vector<std::byte> piece(std::min(part_size, end_));
    for (std::uint64_t at = 0; at < end_;) {
      auto part = std::span{piece}.first(std::min(part_size, end_ - at));
      if (auto err = read(at, part))
        return err;
      sum.add(part);
      at += part.size();
    }
    std::string last(checksum_line_size, '\0');
    if (auto err = read(end_, std::as_writable_bytes(std::span{last})))
      return err;
    return last == checksum_line(sum)
             ? caf::error{}
             : bad("is damaged: it has another checksum than its last line");
  }

  /// The next weights, from the first on.
  caf::error next(std::span<float> out) {
    auto bytes = std::as_writable_bytes(out);
    auto err = read(begin_, bytes);
    begin_ += bytes.size();
    return err;
  }

private:
  explicit weights_reader(const std::string& path) : path_(path) {
    // nop
  }

  [[nodiscard]] caf::error bad(std::string_view why) const {
    return damaged(path_, why);
  }

  caf::error read(std::uint64_t at, std::span<std::byte> out) {
    auto got = file_->read_at(at, out);
    if (!got)
      return got.error();
    return *got == out.size() ? caf::error{} : bad("has become shorter");
  }

  /// The number that a line consists of, and takes the line off; 0 where it is
  /// none.
  static std::uint64_t take_number(std::string_view& from) {
    std::uint64_t result = 0;
    auto end = from.find('\n');
    auto last = from.data() + (end == from.npos ? 0 : end);
    auto [stop, code] = std::from_chars(from.data(), last, result);
    if (code != std::errc{} || stop != last)
      return 0;
    from.remove_prefix(end + 1);
    return result;
  }

  caf::error read_head() {
    auto size = file_->size();
    if (!size)
      return size.error();
    constexpr std::uint64_t most = 64;
    std::string start(std::min(most, *size), '\0');
    if (auto err = read(0, std::as_writable_bytes(std::span{start})))
      return err;
    std::string_view rest{start};
    if (!rest.starts_with(magic))
      return bad("is not a file of weights");
    rest.remove_prefix(magic.size());
    version_ = take_number(rest);
    if (version_ > format_version)
      return make_failure(
        errc::incompatible,
        fmt::format("'{}' has version {} of the format of weights, but this "
                    "program knows versions up to {}: use the version of "
                    "ganglion that wrote it, or a newer one",
                    printable(path_), version_, format_version));
    auto length = take_number(rest);
    begin_ = start.size() - rest.size();
    auto tail = version_ == 1 ? 0 : checksum_line_size;
    if (version_ == 0 || length == 0 || *size < begin_ + tail
        || length > std::min(*size - begin_ - tail, max_whole_file))
      return bad("is damaged at its start");
    end_ = *size - tail;
    return read_network(length);
  }

  caf::error read_network(std::uint64_t length) {
    std::string text(length, '\0');
    if (auto err = read(begin_, std::as_writable_bytes(std::span{text})))
      return err;
    begin_ += length;
    auto net = version_ == 1 ? network_of_archive(path_, text + "\n")
                             : from_text<network>(path_, text);
    if (!net)
      return bad(fmt::format("describes no network that can be read ({})",
                             explain(net.error())));
    net_ = std::move(*net);
    return {};
  }

  std::string path_;
  std::unique_ptr<file_system> files_ = make_posix_files();
  std::unique_ptr<input_file> file_;
  std::uint64_t version_ = 0;
  network net_;
  /// Of the weights.
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
};

} // namespace

caf::error save_weights(session& on, const std::string& path) {
  if (auto err = check_writable(path))
    return err;
  auto files = make_posix_files();
  auto temporary = temporary_name(path);
  auto out = files->create(temporary);
  if (!out)
    return cannot_write(path, explain(out.error()));
  auto err = write_all(on, **out);
  out->reset();
  std::error_code code;
  if (!err)
    fs::rename(temporary, path, code);
  if (code)
    err = cannot_write(path, code.message() + ": check its folder");
  if (err)
    static_cast<void>(files->remove(temporary));
  return err;
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
                                    printable(path)));
  if (auto err = from->verify())
    return err;
  return for_each_piece(
    from->net(), [&](neuron_range range, std::uint64_t row) {
      matrix weights{range.count, row};
      if (auto err = from->next(weights.values()))
        return err;
      auto done = on.ask<stored>(
        put_parameters{{range, std::move(weights).freeze(), {}}});
      return done ? caf::error{} : done.error();
    });
}

} // namespace ganglion
