#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/data/tokens/characters.hpp"
#include "runtime/data/tokens/text_stream.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

using namespace ganglion;
using nlohmann::json;
using tokens = std::vector<token_id>;

namespace {

/// As GPT-2's, in small: a token for each byte, its number, and some merges.
json byte_level() {
  json vocab;
  for (int i = 0; i < 256; ++i)
    vocab[characters::bytes_as_characters(std::string(1, char(i)))] = i;
  auto merges = json::array();
  for (std::string x : {"a b", "ab ab", "abab abab", "\u00c3 \u00a9"}) {
    merges.push_back(x);
    vocab[std::string{x}.erase(x.find(' '), 1)] = vocab.size();
  }
  json level{{"type", "ByteLevel"}, {"add_prefix_space", false}};
  return {{"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}},
          {"pre_tokenizer", level},
          {"decoder", level},
          {"added_tokens", json::array()}};
}

json added(int id, const char* text, const json& more = {}) {
  json result{{"id", id}, {"content", text}, {"special", true}};
  result.update(more.is_null() ? json::object() : more);
  return result;
}

tokenizer made_of(const json& from) {
  auto result = tokenizer::parse(from.dump());
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

std::string refusal(const json& from) {
  auto result = tokenizer::parse(from.dump());
  return result ? std::string{} : explain(result.error());
}

/// Any characters, some of them again and again.
std::string drawn_text(std::mt19937& random) {
  std::string result;
  auto size = random() % 60;
  for (unsigned i = 0; i < size; ++i) {
    auto kind = random() % 4;
    auto c = kind == 0   ? U'a' + random() % 3
             : kind == 1 ? random() % 0x80
             : kind == 2 ? 0x80 + random() % 0x780
                         : 0x10000 + random() % 0x1000;
    if (c < 0x80)
      result += char(c);
    else if (c < 0x800)
      result += {char(0xc0 | c >> 6), char(0x80 | (c & 63))};
    else
      result += {char(0xf0 | c >> 18), char(0x80 | (c >> 12 & 63)),
                 char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
  }
  return result;
}

} // namespace

TEST_CASE("any text comes back from its bytes as it was") {
  auto with = made_of(byte_level());
  std::mt19937 random{7}; // NOLINT: the same texts always
  for (int i = 0; i < 500; ++i) {
    auto text = drawn_text(random);
    auto made = with.encode(text);
    REQUIRE(made);
    CHECK(with.decode(*made) == text);
    text_stream stream{with};
    std::string streamed;
    for (auto x : *made)
      streamed += stream.take(x);
    CHECK(streamed + stream.finish() == text);
  }
  CHECK(with.encode("")->empty());
  CHECK(*with.encode(std::string("\0a", 2)) == tokens{0, 'a'});
}

TEST_CASE("characters are shown when they are whole") {
  text_stream stream{made_of(byte_level())};
  std::string text = "a\u20ac";
  CHECK(stream.take('a') == "a");
  CHECK(stream.take(0xe2) == "");
  CHECK(stream.take(0x82) == "");
  CHECK(stream.take(0xac) == "\u20ac");
  // What cannot go on is shown as such, and what does not at the end.
  CHECK(stream.take(0xe2) == "");
  CHECK(stream.take('b')
        == "\ufffd"
           "b");
  CHECK(stream.take(0xff) == "\ufffd");
  CHECK(stream.take(0xf0) == "");
  CHECK(stream.finish() == "\ufffd");
  CHECK(stream.finish() == "");
}

TEST_CASE("tokens of their own are found first, the longest of them") {
  auto from = byte_level();
  from["added_tokens"] = {
    added(260, "<a>"), added(261, "<a>b"),
    added(262, "cd", {{"single_word", true}}),
    added(263, "==", {{"lstrip", true}, {"rstrip", true}}),
    added(264, "<t>", {{"special", false}})};
  auto with = made_of(from);
  CHECK(*with.encode("<a><a>b") == tokens{260, 261});
  CHECK(*with.encode("cd cdx,cd") == tokens{262, ' ', 'c', 'd', 'x', ',', 262});
  CHECK(*with.encode("b \n== \tb") == tokens{'b', 263, 'b'});
  CHECK(*with.encode("<t>") == tokens{264});
  CHECK(with.decode({260, 'x', 264}) == "x<t>");
}

TEST_CASE("normalised tokens are found in the text that was normalised") {
  auto from = byte_level();
  from["normalizer"] = {{"type", "Lowercase"}};
  from["added_tokens"] = {added(260, "Day", {{"normalized", true}}),
                          added(261, "Raw", {{"normalized", false}})};
  auto with = made_of(from);
  CHECK(*with.encode("DAYday") == tokens{260, 260});
  CHECK(*with.encode("Rawraw") == tokens{261, 'r', 'a', 'w'});
}

TEST_CASE("whole words are tokens where merges are ignored") {
  auto from = byte_level();
  from["model"]["vocab"]["xyz"] = 260;
  CHECK(*made_of(from).encode("xyz") == tokens{'x', 'y', 'z'});
  from["model"]["ignore_merges"] = true;
  CHECK(*made_of(from).encode("xyz") == tokens{260});
}

TEST_CASE("what is unknown is one token, or one for all of a run") {
  json from{
    {"model",
     {{"type", "BPE"}, {"unk_token", "?"}, {"vocab", {{"?", 0}, {"a", 1}}}}}};
  CHECK(*made_of(from).encode("axya") == tokens{1, 0, 0, 1});
  from["model"]["fuse_unk"] = true;
  CHECK(*made_of(from).encode("axya") == tokens{1, 0, 1});
}

TEST_CASE("a word of a million letters takes seconds at most") {
  auto with = made_of(byte_level());
  auto begin = std::chrono::steady_clock::now();
  std::string letters;
  for (int i = 0; i < 500000; ++i)
    letters += "ab";
  auto made = with.encode(letters);
  REQUIRE(made);
  CHECK(*made == tokens(125000, 258));
  CHECK(with.encode(std::string(1000000, ' '))->size() == 1000000);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  CHECK(took.count() < 30);
}

TEST_CASE("a model that draws, or has tokens twice, is refused") {
  auto from = byte_level();
  from["model"]["dropout"] = 0.1;
  CHECK(refusal(from).find("draws its merges (dropout)") != std::string::npos);
  from["model"]["dropout"] = nullptr;
  from["model"]["end_of_word_suffix"] = "</w>";
  CHECK(refusal(from)
        == "tokenizer.json: the model has end_of_word_suffix, which is not "
           "known");
  from["model"].erase("end_of_word_suffix");
  from["added_tokens"] = json::array({added(4, "<a>")});
  CHECK(refusal(from)
        == "tokenizer.json: the tokens '\u0104' and '<a>' have the same "
           "number, 4");
  from["added_tokens"] = json::array({added(4, "ab")});
  CHECK(refusal(from)
        == "tokenizer.json: the token 'ab' has the numbers 256 and 4");
}
