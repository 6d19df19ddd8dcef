#include "runtime/data/tokens/token_numbers.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/text/names.hpp"
#include "metadata/text/number_text.hpp"
#include "runtime/data/gz_reader.hpp"

namespace ganglion {

namespace {

constexpr std::size_t numbers_piece = std::size_t{1} << 20;
constexpr std::string_view npy_magic{"\x93NUMPY", 6};

class token_reader {
public:
  explicit token_reader(gz_reader from) : from_(std::move(from)) {
    // nop
  }

  caf::expected<token_numbers> read() {
    if (auto err = fill())
      return err;
    auto err = piece_.starts_with(npy_magic) ? read_array() : read_text();
    if (err)
      return err;
    return std::move(result_);
  }

private:
  [[nodiscard]] caf::error fail(std::string_view problem) const {
    return make_failure(errc::bad_data,
                        fmt::format("'{}' {}: give token numbers as an .npy of "
                                    "whole numbers, or as text",
                                    printable_path(from_.path()), problem));
  }

  /// Puts what comes next behind what is there.
  caf::error fill() {
    auto kept = piece_.size();
    piece_.resize(kept + numbers_piece);
    auto got = from_.read(
      std::as_writable_bytes(std::span{piece_}.subspan(kept)));
    if (!got)
      return got.error();
    piece_.resize(kept + *got);
    ended_ = *got < numbers_piece;
    return {};
  }

  caf::error add(std::uint64_t token) {
    if (token >= most_row_numbers)
      return fail(fmt::format("has {} as number {}, and tokens are numbered "
                              "below {}",
                              token, result_.tokens.size(), most_row_numbers));
    result_.tokens.push_back(static_cast<token_id>(token));
    return {};
  }

  // -- text -------------------------------------------------------------------

  static bool separates(char x) {
    return x == ',' || std::isspace(static_cast<unsigned char>(x)) != 0;
  }

  caf::error read_text() {
    result_.what = "a text of numbers";
    for (;;) {
      auto used = piece_.size();
      // A number may go on in the next piece.
      while (!ended_ && used > 0 && !separates(piece_[used - 1]))
        --used;
      if (auto err = add_all(std::string_view{piece_}.substr(0, used)))
        return err;
      piece_.erase(0, used);
      constexpr std::size_t longest = 64;
      if (ended_)
        return {};
      if (piece_.size() > longest)
        return fail(fmt::format("has '{}' where a number is expected",
                                printable(piece_)));
      if (auto err = fill())
        return err;
    }
  }

  caf::error add_all(std::string_view text) {
    while (!text.empty()) {
      auto begin = std::ranges::find_if_not(text, separates);
      auto end = std::find_if(begin, text.end(), separates);
      std::string_view word{begin, end};
      text = {end, text.end()};
      if (word.empty())
        continue;
      auto number = number_from<std::uint64_t>(word);
      if (!number)
        return fail(
          fmt::format("has '{}' where a number is expected", printable(word)));
      if (auto err = add(*number))
        return err;
    }
    return {};
  }

  // -- .npy, see numpy.lib.format ---------------------------------------------

  /// What is behind 'name': in the literal of the header.
  static std::string_view after(std::string_view header,
                                std::string_view name) {
    auto at = header.find(name);
    return at == header.npos ? "" : header.substr(at + name.size());
  }

  caf::error read_array() {
    constexpr std::size_t start = 10;
    auto byte = [this](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(piece_[i]));
    };
    if (piece_.size() < start || byte(6) != 1)
      return fail("is an .npy of another version than 1");
    auto end = start + byte(8) + 256 * byte(9);
    if (piece_.size() < end)
      return fail("ends within its header");
    auto header = piece_.substr(start, end - start);
    piece_.erase(0, end);
    auto type = after(header, "'descr': '");
    type = type.substr(0, type.find('\''));
    result_.what = fmt::format("an array of {}", printable(type));
    if (!is_known(type))
      return fail(fmt::format("is {}", result_.what));
    auto shape = after(header, "'shape': (");
    if (header.find("'fortran_order': False") == header.npos
        && shape.find(", ") < shape.find(')'))
      return fail("is an array in Fortran's order");
    auto count = count_of(shape.substr(0, shape.find(')')));
    if (!count)
      return fail("says no shape");
    return add_values(type[1] == 'i', static_cast<std::size_t>(type[2] - '0'),
                      *count);
  }

  /// Whole numbers, little-endian: "<u2", "|i1".
  static bool is_known(std::string_view type) {
    return type.size() == 3 && (type[0] == '<' || type[0] == '|')
           && (type[1] == 'u' || type[1] == 'i')
           && std::string_view{"1248"}.find(type[2]) != type.npos;
  }

  static std::optional<std::uint64_t> count_of(std::string_view shape) {
    std::uint64_t result = 1;
    while (!shape.empty()) {
      auto end = std::min(shape.find(','), shape.size());
      auto word = shape.substr(0, end);
      word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
      shape.remove_prefix(std::min(end + 1, shape.size()));
      if (word.empty())
        continue;
      auto size = number_from<std::uint64_t>(word);
      if (!size || __builtin_mul_overflow(result, *size, &result))
        return std::nullopt;
    }
    return result;
  }

  caf::error add_values(bool is_signed, std::size_t size, std::uint64_t count) {
    for (; count > 0; piece_.erase(0, piece_.size() / size * size)) {
      while (piece_.size() < size) {
        if (ended_)
          return fail(fmt::format("ends {} numbers too early", count));
        if (auto err = fill())
          return err;
      }
      auto here = std::min<std::uint64_t>(count, piece_.size() / size);
      for (std::uint64_t i = 0; i < here; ++i)
        if (auto err = add(value_at(i * size, is_signed, size)))
          return err;
      count -= here;
    }
    return {};
  }

  /// Negative ones are too large to be tokens.
  [[nodiscard]] std::uint64_t value_at(std::size_t at, bool is_signed,
                                       std::size_t size) const {
    std::uint64_t result = 0;
    for (auto i = size; i > 0; --i)
      result = result << 8 | static_cast<unsigned char>(piece_[at + i - 1]);
    auto sign = size < 8 ? result >> (8 * size - 1) : 0;
    return is_signed && sign != 0 ? UINT64_MAX : result;
  }

  gz_reader from_;
  std::string piece_;
  bool ended_ = false;
  token_numbers result_;
};

} // namespace

caf::expected<token_numbers> read_token_numbers(const std::string& path) {
  auto from = gz_reader::open(path);
  if (!from)
    return from.error();
  return token_reader{std::move(*from)}.read();
}

} // namespace ganglion
