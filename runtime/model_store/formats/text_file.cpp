#include "runtime/model_store/formats/text_file.hpp"

#include <charconv>
#include <sstream>

#include <boost/archive/text_oarchive.hpp>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/bounded_archive.hpp"
#include "runtime/model_store/formats/checksum.hpp"

namespace ganglion {

namespace {

/// What a kind of file is called in its first line.
template <class T>
constexpr std::string_view kind;
template <>
constexpr std::string_view kind<network> = "network";
template <>
constexpr std::string_view kind<placement> = "placement";
template <>
constexpr std::string_view kind<manifest> = "manifest";
template <>
constexpr std::string_view kind<data_description> = "data";
template <>
constexpr std::string_view kind<lease_record> = "lease";
template <>
constexpr std::string_view kind<base_record> = "base";
template <>
constexpr std::string_view kind<weights_reference> = "reference";

/// The newest, of most of them so far.
template <class T>
constexpr std::uint32_t format_version = 1;
/// 2: with what bends a training's learning rate and its gradients.
/// 3: with the version of the arithmetic.
template <>
constexpr std::uint32_t format_version<manifest> = 3;

/// 2: with names of neurons.
template <>
constexpr std::uint32_t format_version<network> = 2;

/// Which is written: older programs read what they can.
std::uint32_t version_of(const network& x) {
  return x.has_names() ? 2 : 1;
}

template <class T>
std::uint32_t version_of(const T&) {
  return format_version<T>;
}

constexpr std::string_view prefix = "ganglion-";

std::string checksum_line(std::string_view text) {
  return fmt::format("xxh3 {:016x}\n",
                     checksum(std::as_bytes(std::span{text})));
}

template <class T>
std::string encode_text(const T& x) {
  std::ostringstream out;
  out << prefix << kind<T> << ' ' << version_of(x) << '\n';
  {
    boost::archive::text_oarchive archive{out};
    archive << x;
  } // ends with a line feed
  auto text = std::move(out).str();
  text += checksum_line(text);
  return text;
}

/// Checks the last line and gives what is before it.
caf::expected<std::string_view> without_checksum(const std::string& path,
                                                 std::string_view text) {
  auto size = checksum_line({}).size();
  if (text.size() < size)
    return damaged_file(path, text.size(), "it ends before its checksum");
  auto body = text.substr(0, text.size() - size);
  if (!body.ends_with('\n') || text.substr(body.size()) != checksum_line(body))
    return damaged_file(path, body.size(),
                        "its last line is not the checksum of what is before");
  return body;
}

/// Checks the first line and gives its length.
template <class T>
caf::expected<std::size_t> check_first_line(const std::string& path,
                                            std::string_view body) {
  auto line = body.substr(0, body.find('\n'));
  auto start = fmt::format("{}{} ", prefix, kind<T>);
  if (!line.starts_with(start))
    return damaged_file(
      path, 0,
      fmt::format("it does not start with '{}', so that it is no "
                  "{} of a model",
                  start, kind<T>));
  std::uint32_t version = 0;
  auto [end, error] = std::from_chars(line.begin() + start.size(), line.end(),
                                      version);
  if (error != std::errc{} || end != line.end() || version == 0)
    return damaged_file(path, start.size(),
                        "no version of its format is there");
  if (version > format_version<T>)
    return make_failure(
      errc::incompatible,
      fmt::format("'{}' has version {} of the format of a {}, but this program "
                  "knows versions up to {}: use the version of ganglion that "
                  "wrote it, or a newer one",
                  path, version, kind<T>, format_version<T>));
  return line.size() + 1;
}

/// Archives store enumerators as numbers and check none.
template <class Enum>
bool known(Enum x) {
  return from_integer(static_cast<std::uint8_t>(x), x);
}

bool plausible(const network& x) {
  return std::all_of(x.layers().begin(), x.layers().end(), [](const auto& y) {
    return known(y.kind) && known(y.activation);
  });
}

bool plausible(const manifest& x) {
  return known(x.options.loss) && known(x.options.optimizer.kind)
         && known(x.options.schedule.kind);
}

bool plausible(const data_description& x) {
  return known(x.scaling);
}

bool plausible(const weights_reference& x) {
  return problem_of(x).empty();
}

bool plausible(const auto&) {
  return true;
}

} // namespace

std::string to_text(const network& x) {
  return encode_text(x);
}

std::string to_text(const placement& x) {
  return encode_text(x);
}

std::string to_text(const manifest& x) {
  return encode_text(x);
}

std::string to_text(const data_description& x) {
  return encode_text(x);
}

std::string to_text(const lease_record& x) {
  return encode_text(x);
}

std::string to_text(const base_record& x) {
  return encode_text(x);
}

std::string to_text(const weights_reference& x) {
  return encode_text(x);
}

namespace {

/// The archive from `start` to the end of `body`.
template <class T>
caf::expected<T> read_archive(const std::string& path, std::string_view body,
                              std::size_t start) {
  std::istringstream in{std::string{body.substr(start)}};
  auto offset = [&] {
    in.clear();
    return start + static_cast<std::size_t>(in.tellg());
  };
  T result;
  try {
    bounded_iarchive archive{in};
    archive >> result;
  } catch (const std::exception& e) {
    return damaged_file(path, offset(), e.what());
  }
  if (!plausible(result))
    return damaged_file(path, start,
                        "it holds a number that stands for nothing");
  if (in.get() != '\n' || in.peek() != std::istringstream::traits_type::eof())
    return damaged_file(path, offset(), "it goes on where it should end");
  return result;
}

} // namespace

template <class T>
caf::expected<T> from_text(const std::string& path, std::string_view text) {
  auto body = without_checksum(path, text);
  if (!body)
    return body.error();
  auto start = check_first_line<T>(path, *body);
  if (!start)
    return start.error();
  return read_archive<T>(path, *body, *start);
}

caf::expected<network> network_of_archive(const std::string& path,
                                          std::string_view archive) {
  return read_archive<network>(path, archive, 0);
}

template caf::expected<network> from_text(const std::string&, std::string_view);
template caf::expected<placement> from_text(const std::string&,
                                            std::string_view);
template caf::expected<manifest> from_text(const std::string&,
                                           std::string_view);
template caf::expected<data_description> from_text(const std::string&,
                                                   std::string_view);
template caf::expected<lease_record> from_text(const std::string&,
                                               std::string_view);
template caf::expected<base_record> from_text(const std::string&,
                                              std::string_view);
template caf::expected<weights_reference> from_text(const std::string&,
                                                    std::string_view);

} // namespace ganglion
