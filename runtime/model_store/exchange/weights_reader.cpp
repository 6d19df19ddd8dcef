#include "runtime/model_store/exchange/weights_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/formats/text_file.hpp"

namespace ganglion {

namespace {

/// Bytes that are read at a time.
constexpr std::uint64_t verified_part = std::uint64_t{1} << 24;

constexpr std::uint64_t checksum_line_size = 22;

/// The number that a line consists of, and takes the line off; 0 where it is
/// none.
std::uint64_t take_number(std::string_view& from) {
  std::uint64_t result = 0;
  auto end = from.find('\n');
  auto last = from.data() + (end == from.npos ? 0 : end);
  auto [stop, code] = std::from_chars(from.data(), last, result);
  if (code != std::errc{} || stop != last)
    return 0;
  from.remove_prefix(end + 1);
  return result;
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

} // namespace

std::string weights_checksum_line(const running_checksum& of) {
  return fmt::format("xxh3 {:016x}\n", of.value());
}

weights_reader::weights_reader(const std::string& path)
  : path_(path), files_(make_posix_files()) {
  // nop
}

caf::expected<weights_reader> weights_reader::open(const std::string& path) {
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

caf::error weights_reader::verify() const {
  if (!takes(net_, end_ - begin_))
    return bad("has more or fewer weights than its network");
  if (version_ == 1)
    return {};
  running_checksum sum;
  std::vector<std::byte> piece(std::min(verified_part, end_));
  for (std::uint64_t at = 0; at < end_;) {
    auto part = std::span{piece}.first(std::min(verified_part, end_ - at));
    if (auto err = read(at, part))
      return err;
    sum.add(part);
    at += part.size();
  }
  std::string last(checksum_line_size, '\0');
  if (auto err = read(end_, std::as_writable_bytes(std::span{last})))
    return err;
  return last == weights_checksum_line(sum)
           ? caf::error{}
           : bad("is damaged: it has another checksum than its last line");
}

caf::expected<parameters> weights_reader::load(neuron_range range) const {
  auto at = begin_;
  for (layer_id id = 0; id < net_.layers().size(); ++id) {
    auto row = net_.parameters_per_neuron(id);
    auto all = net_.range_of(id);
    if (!all.contains(range)) {
      at += all.count * row * sizeof(float);
      continue;
    }
    matrix weights{range.count, row};
    at += (range.first - all.first) * row * sizeof(float);
    if (auto err = read(at, std::as_writable_bytes(weights.values())))
      return err;
    return parameters{range, std::move(weights).freeze(), {}};
  }
  return bad(fmt::format("has no layer with neurons {}", to_string(range)));
}

caf::error weights_reader::bad(std::string_view why) const {
  return make_failure(errc::bad_model,
                      fmt::format("'{}' {}: save it again with 'ganglion train "
                                  "--save'",
                                  printable_path(path_), why));
}

caf::error weights_reader::read(std::uint64_t at,
                                std::span<std::byte> out) const {
  auto got = file_->read_at(at, out);
  if (!got)
    return got.error();
  return *got == out.size() ? caf::error{} : bad("has become shorter");
}

caf::error weights_reader::read_head() {
  auto size = file_->size();
  if (!size)
    return size.error();
  constexpr std::uint64_t most = 64;
  std::string start(std::min(most, *size), '\0');
  if (auto err = read(0, std::as_writable_bytes(std::span{start})))
    return err;
  std::string_view rest{start};
  if (!rest.starts_with(weights_magic))
    return bad("is not a file of weights");
  rest.remove_prefix(weights_magic.size());
  version_ = take_number(rest);
  if (version_ > weights_version)
    return make_failure(
      errc::incompatible,
      fmt::format("'{}' has version {} of the format of weights, but this "
                  "program knows versions up to {}: use the version of "
                  "ganglion that wrote it, or a newer one",
                  printable_path(path_), version_, weights_version));
  auto length = take_number(rest);
  begin_ = start.size() - rest.size();
  auto tail = version_ == 1 ? 0 : checksum_line_size;
  if (version_ == 0 || length == 0 || *size < begin_ + tail
      || length > std::min(*size - begin_ - tail, max_whole_file))
    return bad("is damaged at its start");
  end_ = *size - tail;
  return read_network(length);
}

caf::error weights_reader::read_network(std::uint64_t length) {
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

bool is_weights_file(const std::string& path) {
  if (check_input(path, errc::bad_model))
    return false;
  auto file = make_posix_files()->open(path);
  if (!file)
    return false;
  std::string start(weights_magic.size(), '\0');
  auto got = (*file)->read_at(0, std::as_writable_bytes(std::span{start}));
  return got && *got == start.size() && start == weights_magic;
}

} // namespace ganglion
