#include "runtime/data/tokens/decoder.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/text/names.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

using decoding_step = token_decoder::step;
using decoded_piece = token_decoder::piece;

/// A token is a word or so.
constexpr std::size_t most_steps_of_decoder = 16;
constexpr std::size_t longest_replacement = 256;

std::string replaced_in(std::string_view text, std::string_view from,
                        std::string_view to) {
  std::string result;
  for (auto i = text.find(from); i != text.npos; i = text.find(from)) {
    result += text.substr(0, i);
    result += to;
    text.remove_prefix(i + from.size());
  }
  return result += text;
}

/// "<0x0A>" -> 10; -1 where it is none.
int byte_of_token(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>')
    return -1;
  int result = 0;
  for (auto c : text.substr(3, 2)) {
    auto digit = c >= '0' && c <= '9'   ? c - '0'
                 : c >= 'A' && c <= 'F' ? c - 'A' + 10
                 : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                        : -1;
    if (digit < 0)
      return -1;
    result = 16 * result + digit;
  }
  return result;
}

caf::expected<decoding_step> make_replacing(const nlohmann::json& from) {
  auto what = token_file::text(token_file::at(from, "pattern"), "String");
  auto by = token_file::text(from, "content");
  if (what.empty() || by.size() > longest_replacement)
    return token_file::bad("the decoder's Replace is not one of a text by "
                           "another short one: others are not known");
  return decoding_step{[what, by](decoded_piece& x) {
    if (!x.bytes)
      x.text = replaced_in(x.text, what, by);
  }};
}

caf::expected<decoding_step> make_byte_fallback(const nlohmann::json&) {
  return decoding_step{[](decoded_piece& x) {
    auto byte = x.bytes ? -1 : byte_of_token(x.text);
    if (byte >= 0)
      x = {std::string(1, static_cast<char>(byte)), x.first, true};
  }};
}

caf::expected<decoding_step> make_stripping(const nlohmann::json& from) {
  auto what = token_file::text(from, "content");
  auto start = token_file::count(from, "start");
  auto stop = token_file::count(from, "stop");
  if (what.empty())
    return token_file::bad("a Strip of the decoder has no content");
  return decoding_step{[=](decoded_piece& x) {
    std::string_view rest = x.text;
    for (std::size_t i = 0; i < start && rest.starts_with(what); ++i)
      rest.remove_prefix(what.size());
    for (std::size_t i = 0; i < stop && rest.ends_with(what); ++i)
      rest.remove_suffix(what.size());
    if (!x.bytes)
      x.text = std::string{rest};
  }};
}

caf::expected<decoding_step> make_unmarking(const nlohmann::json& from) {
  auto mark = token_file::text(from, "replacement");
  auto keeps = token_file::text(from, "prepend_scheme") == "never"
               || !token_file::flag(from, "add_prefix_space", true);
  if (mark.empty())
    return token_file::bad("the Metaspace of the decoder has no replacement");
  return decoding_step{[=](decoded_piece& x) {
    if (!x.bytes)
      x.text = replaced_in(x.text, mark, x.first && !keeps ? "" : " ");
  }};
}

caf::expected<decoding_step> make_bytes(const nlohmann::json&) {
  return decoding_step{[](decoded_piece& x) {
    if (!x.bytes)
      x = {characters::characters_as_bytes(x.text), x.first, true};
  }};
}

caf::expected<decoding_step> make_nothing(const nlohmann::json&) {
  return decoding_step{[](decoded_piece&) {}};
}

struct decoder_kind {
  std::string_view name;
  caf::expected<decoding_step> (*make)(const nlohmann::json&);
  /// Whether it makes one text of all tokens.
  bool fuses = false;
};

constexpr std::array decoder_kinds{
  decoder_kind{"ByteLevel", make_bytes, true},
  decoder_kind{"ByteFallback", make_byte_fallback},
  decoder_kind{"Fuse", make_nothing, true},
  decoder_kind{"Replace", make_replacing},
  decoder_kind{"Strip", make_stripping},
  decoder_kind{"Metaspace", make_unmarking},
};

} // namespace

caf::error token_decoder::read_whole(const nlohmann::json& from,
                                     std::string_view name) {
  if (name == "Fuse")
    return {};
  if (name != "Strip" || most_stripped_ > 0
      || token_file::count(from, "stop") > 0)
    return token_file::bad(fmt::format("the decoder '{}' of a whole text is "
                                       "not known",
                                       printable(name)));
  stripped_ = token_file::text(from, "content");
  most_stripped_ = stripped_.empty() ? 0 : token_file::count(from, "start");
  return {};
}

caf::error token_decoder::read(const nlohmann::json& from, int depth) {
  auto name = token_file::text(from, "type");
  if (name == "Sequence" && depth < token_file::max_depth) {
    for (const auto& x : token_file::at(from, "decoders"))
      if (auto err = read(x, depth + 1))
        return err;
    return {};
  }
  if (fused_)
    return read_whole(from, name);
  auto kind = std::ranges::find(decoder_kinds, name, &decoder_kind::name);
  if (kind == decoder_kinds.end() || steps_.size() == most_steps_of_decoder)
    return token_file::unknown("decoder", from);
  auto made = kind->make(from);
  if (!made)
    return made.error();
  steps_.push_back(std::move(*made));
  fused_ = kind->fuses;
  return {};
}

caf::expected<token_decoder> token_decoder::parse(const nlohmann::json& from) {
  token_decoder result;
  if (from.is_null())
    result.between_ = " ";
  else if (auto err = result.read(from, 0))
    return err;
  return result;
}

void token_decoder::strip(std::string& text, decoded_text& so_far) const {
  std::string_view rest = text;
  while (so_far.strips && !rest.empty()) {
    so_far.strips = so_far.stripped < most_stripped_
                    && rest.starts_with(stripped_);
    if (so_far.strips) {
      rest.remove_prefix(stripped_.size());
      ++so_far.stripped;
    }
  }
  text.erase(0, text.size() - rest.size());
}

std::string token_decoder::next(const std::string& token,
                                decoded_text& so_far) const {
  piece x{token, !so_far.begun, false};
  for (const auto& run : steps_) {
    run(x);
    // No language needs more, but a stranger's file may ask for it.
    x.text.resize(std::min(x.text.size(), 64 * token.size() + 4096));
  }
  if (so_far.begun)
    x.text.insert(0, between_);
  so_far.begun = true;
  strip(x.text, so_far);
  return std::move(x.text);
}

} // namespace ganglion
