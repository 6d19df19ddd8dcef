#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/data/tokens/tokenizer.hpp"

using namespace ganglion;

namespace {

/// As Llama 2's, in small: numbers of single characters, then of pieces.
std::string small_tokenizer(const std::string& merges,
                            const std::string& more = "") {
  return R"({"added_tokens": [{"id": 0, "content": "<s>", "special": true}],
             "normalizer": {"type": "Sequence", "normalizers": [
               {"type": "Prepend", "prepend": "_"},
               {"type": "Replace", "pattern": {"String": " "},
                "content": "_"}]},
             "decoder": {"type": "Sequence", "decoders": [
               {"type": "Replace", "pattern": {"String": "_"},
                "content": " "},
               {"type": "ByteFallback"}, {"type": "Fuse"},
               {"type": "Strip", "content": " ", "start": 1}]},)"
         + more + R"("model": {"type": "BPE", "byte_fallback": true,
             "vocab": {"<s>": 0, "<0xC3>": 1, "<0xA9>": 2, "_": 3, "a": 4,
                       "b": 5, "ab": 6, "ba": 7, "_ab": 8, "aba": 9},
             "merges": )"
         + merges + "}}";
}

tokenizer made_of(const std::string& json) {
  auto result = tokenizer::parse(json);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

using tokens = std::vector<token_id>;

} // namespace

TEST_CASE("neighbours become one by rank, the first of equals first") {
  auto ranked = made_of(
    small_tokenizer(R"([["b", "a"], ["a", "b"], "_ ab", ["ab", "a"]])"));
  CHECK(*ranked.encode("aba") == tokens{3, 4, 7});
  CHECK(*ranked.encode("abab") == tokens{3, 4, 7, 5});
  auto other = made_of(
    small_tokenizer(R"([["a", "b"], ["_", "ab"], ["ab", "a"]])"));
  CHECK(*other.encode("aba") == tokens{8, 4});
  CHECK(*other.encode("b aba") == tokens{3, 5, 8, 4});
  CHECK(other.encode("")->empty());
}

TEST_CASE("what is no token is bytes, and comes back as it was") {
  auto some = made_of(small_tokenizer(R"([["a", "b"], ["_", "ab"]])"));
  CHECK(*some.encode("\u00e9") == tokens{3, 1, 2});
  for (std::string text : {"ab", "ab ab\u00e9 b", " ab", "a  b"})
    CHECK(some.decode(*some.encode(text)) == text);
  // What is special has no text; who writes it means the token.
  CHECK(some.decode({0, 8, 4}) == "aba");
  CHECK(*some.encode("<s>ab") == tokens{0, 8});
  CHECK(explain(some.encode("z").error())
        == "the tokenizer has no token for 'z' of the text, and none for what "
           "is unknown");
  for (std::string text : {"a\xff", "\u00e9\xc3", "b\xed\xa0\x80"})
    CHECK(explain(some.encode(text).error())
          == fmt::format("the text is not UTF-8: no character is at byte {}",
                         text == "a\xff" || text[0] == 'b' ? 1 : 2));
}

TEST_CASE("a tokenizer of a kind that is not known is refused by name") {
  auto refusal = [](const std::string& from) {
    auto result = tokenizer::parse(from);
    return result ? std::string{} : explain(result.error());
  };
  CHECK(refusal("[1]") == "tokenizer.json: no JSON object");
  CHECK(refusal(R"({"model": {"type": "Unigram"}})")
        == "tokenizer.json: the model 'Unigram' is of a kind that is not "
           "known");
  CHECK(refusal(small_tokenizer("[]", R"("pre_tokenizer": {"type":
                                          "Foo"},)"))
        == "tokenizer.json: the pre_tokenizer 'Foo' is of a kind that is not "
           "known");
  CHECK(refusal(small_tokenizer(R"([["a", "z"]])"))
        == "tokenizer.json: merge 0 is of 'a' and 'z', and not all of them "
           "and what they become are tokens");
  CHECK(refusal(R"({"model": {"type": "BPE", "vocab": {"a": 9}}})")
        == "tokenizer.json: the token 'a' has no number below 1, which is how "
           "many there are");
}
