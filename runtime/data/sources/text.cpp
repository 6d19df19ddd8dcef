// A text, whose tokens a network learns to say: by a tokenizer, or else its
// bytes.
#include <array>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/gz_reader.hpp"
#include "runtime/data/sources/data_source.hpp"
#include "runtime/data/tokens/byte_vocabulary.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

namespace ganglion {

namespace {

constexpr std::string_view text_prefix = "text:";

/// What is read at a time where bytes are the tokens.
constexpr std::size_t text_piece = std::size_t{1} << 20;

/// What others than bytes are made of needs the whole text, and many times its
/// bytes.
constexpr std::size_t longest_file = std::size_t{1} << 28;

constexpr std::size_t longest_tokenizer = std::size_t{1} << 28;

bool is_text_file(const std::string& spec) {
  return spec.starts_with(text_prefix);
}

/// Calls `use` for each piece of a file.
template <class F>
caf::error each_piece(const std::string& path, F use) {
  auto from = gz_reader::open(path);
  if (!from)
    return from.error();
  std::string piece(text_piece, '\0');
  for (;;) {
    auto got = from->read(std::as_writable_bytes(std::span{piece}));
    if (!got)
      return got.error();
    if (auto err = use(std::string_view{piece}.substr(0, *got)))
      return err;
    if (*got < piece.size())
      return {};
  }
}

caf::expected<byte_set> bytes_of_file(const std::string& path) {
  byte_set result;
  auto err = each_piece(path, [&](std::string_view piece) {
    for (auto c : piece)
      result.set(static_cast<unsigned char>(c));
    return caf::error{};
  });
  if (err)
    return err;
  if (result.none())
    return bad_source(fmt::format("'{}' is empty: name a file with a text",
                                  printable_path(path)));
  return result;
}

/// The tokenizer.json that was asked for, or one of bytes.
caf::expected<std::string> tokenizer_for(const std::string& path,
                                         const window_options& x) {
  if (x.known)
    return *x.known;
  if (x.tokenizer == "bytes")
    return byte_tokenizer(byte_set{}.set());
  if (!x.tokenizer.empty())
    return read_tokenizer(x.tokenizer);
  auto bytes = bytes_of_file(path);
  if (!bytes)
    return bytes.error();
  return byte_tokenizer(*bytes);
}

caf::expected<std::vector<token_id>> encode_file(const std::string& path,
                                                 const tokenizer& with) {
  std::vector<token_id> result;
  std::string whole;
  auto err = each_piece(path, [&](std::string_view piece) -> caf::error {
    if (!with.is_of_bytes()) {
      whole += piece;
      return whole.size() <= longest_file
               ? caf::error{}
               : bad_source(fmt::format(
                 "'{}' has more than {} bytes: give its tokens as tokens:FILE",
                 printable_path(path), longest_file));
    }
    auto next = with.encode(piece);
    if (!next)
      return next.error();
    result.insert(result.end(), next->begin(), next->end());
    return {};
  });
  if (err)
    return err;
  return with.is_of_bytes() ? std::move(result) : with.encode(whole);
}

caf::expected<dataset_bundle> load_text(const data_request& x) {
  auto path = x.spec.substr(text_prefix.size());
  auto words = tokenizer_for(path,
                             x.options.windows.value_or(window_options{}));
  if (!words)
    return words.error();
  auto with = tokenizer::parse(*words);
  if (!with)
    return with.error();
  auto tokens = encode_file(path, *with);
  if (!tokens)
    return bad_source(
      fmt::format("'{}': {}", printable_path(path), explain(tokens.error())));
  auto note = fmt::format("{} tokens, {} different ones are known{}",
                          tokens->size(), with->size(),
                          with->is_of_bytes() ? ": bytes" : "");
  auto result = load_windows(x, std::move(*tokens), with->size());
  if (!result)
    return result;
  result->train.tokenizer = std::make_shared<const std::string>(
    std::move(*words));
  result->train.notes.push_back(std::move(note));
  return result;
}

} // namespace

caf::expected<std::string> read_tokenizer(const std::string& path) {
  auto file = is_folder(path) ? path + "/tokenizer.json" : path;
  return read_input(file, errc::bad_data, longest_tokenizer);
}

caf::expected<dataset_bundle> load_windows(const data_request& x,
                                           std::vector<token_id> tokens,
                                           std::uint64_t classes) {
  auto name = printable_path(x.spec);
  if (!x.options.windows)
    return bad_source(fmt::format("'{}' is a text: learn from it with "
                                  "'ganglion train', and go on with others "
                                  "with 'ganglion generate'",
                                  name));
  auto context = x.options.windows->context;
  if (context == 0)
    return make_failure(errc::bad_argument,
                        fmt::format("'{}' is cut into windows, and nothing "
                                    "says of how many tokens: give --context",
                                    name));
  if (tokens.size() <= context)
    return bad_source(fmt::format("'{}' has {} tokens, and a window of {} "
                                  "needs one more than that: use a longer text "
                                  "or a smaller --context",
                                  name, tokens.size(), context));
  dataset_bundle result;
  result.train.name = x.spec;
  result.train.windows = token_windows{
    std::make_shared<const std::vector<token_id>>(std::move(tokens)), context};
  result.train.classes = classes;
  if (result.train.size() >= std::numeric_limits<std::uint32_t>::max())
    return bad_source(fmt::format("'{}' has {} windows, and 2^32 are too many: "
                                  "choose a larger --context",
                                  name, result.train.size()));
  return result;
}

const data_source& text_source() {
  static constexpr data_source result{"text:FILE", is_text_file, load_text};
  return result;
}

} // namespace ganglion
