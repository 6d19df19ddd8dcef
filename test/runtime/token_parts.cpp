#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/data/tokens/decoder.hpp"
#include "runtime/data/tokens/normalizer.hpp"
#include "runtime/data/tokens/pre_tokenizer.hpp"
#include "runtime/data/tokens/prompt_front.hpp"

using namespace ganglion;
using nlohmann::json;

namespace {

/// As from a file, where numbers have no sign.
json as_read(const json& from) {
  return json::parse(from.dump());
}

/// The words, with | between them; or why there are none.
std::string words_of(const json& rule, const std::string& text) {
  auto made = pre_tokenizer::parse(as_read(rule));
  if (!made)
    return explain(made.error());
  text_pieces pieces{text, true};
  if (auto err = made->run(pieces))
    return explain(err);
  std::string result;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    result += (i > 0 ? "|" : "") + std::string{pieces[i]};
  return result;
}

json split_by(const json& pattern, const char* behavior, bool invert = false) {
  return {{"type", "Split"},
          {"pattern", pattern},
          {"behavior", behavior},
          {"invert", invert}};
}

std::string normalised(const json& rule, std::string text) {
  auto made = text_normalizer::parse(as_read(rule));
  if (!made)
    return explain(made.error());
  auto err = made->run(text);
  return err ? explain(err) : text;
}

std::string decoded(const json& rule, const std::vector<std::string>& tokens) {
  auto made = token_decoder::parse(as_read(rule));
  if (!made)
    return explain(made.error());
  std::string result;
  decoded_text so_far;
  for (const auto& x : tokens)
    result += made->next(x, so_far);
  return result;
}

json sequence(const char* name, const json& parts) {
  return {{"type", "Sequence"}, {name, parts}};
}

} // namespace

TEST_CASE("a split isolates, removes or joins what it finds") {
  json dash{{"String", "-"}};
  std::string text = "The-final--countdown";
  CHECK(words_of(split_by(dash, "Isolated"), text)
        == "The|-|final|-|-|countdown");
  CHECK(words_of(split_by(dash, "Removed"), text) == "The|final|countdown");
  CHECK(words_of(split_by(dash, "MergedWithPrevious"), text)
        == "The-|final-|-|countdown");
  CHECK(words_of(split_by(dash, "MergedWithNext"), text)
        == "The|-final|-|-countdown");
  CHECK(words_of(split_by(dash, "Contiguous"), text)
        == "The|-|final|--|countdown");
  CHECK(words_of(split_by({{"Regex", "\\w+"}}, "Removed", true), text)
        == "The|final|countdown");
  CHECK(words_of(split_by(dash, "Twice"), text)
        == "tokenizer.json: the behavior 'Twice' of a split is not known");
}

TEST_CASE("words on bytes are those of GPT-2, with or without its pattern") {
  json rule{{"type", "ByteLevel"}, {"add_prefix_space", false}};
  CHECK(words_of(rule, "It's 12 \u00e9s  ok\n")
        == "It|'s|\u0120"
           "12|\u0120\u00c3\u00a9s|\u0120|\u0120ok|\u010a");
  rule["add_prefix_space"] = true;
  CHECK(words_of(rule, "a b")
        == "\u0120"
           "a|\u0120"
           "b");
  CHECK(words_of(rule, "") == "");
  rule["use_regex"] = false;
  CHECK(words_of(rule, "a b")
        == "\u0120"
           "a\u0120"
           "b");
}

TEST_CASE("patterns of published models are read, possessive ones too") {
  auto words = [](const char* pattern, const char* text) {
    return words_of(split_by({{"Regex", pattern}}, "Isolated"), text);
  };
  auto llama3 = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
                R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|)"
                R"(\s+(?!\S)|\s+)";
  CHECK(words(llama3, "I'LL go 12345  \n\n  on!\n")
        == "I|'LL| go| |123|45|  \n\n| | on|!\n");
  CHECK(words(R"(\p{L}++|\s*+\p{N}?+)", "ab 1") == "ab| 1");
  auto deepseek = R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|)"
                  R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+)";
  CHECK(words(deepseek, "a #b, c") == "a| #|b|,| c");
}

TEST_CASE("a pattern that cannot be read, or costs too much, is named") {
  auto words = [](const std::string& pattern, const std::string& text) {
    return words_of(split_by({{"Regex", pattern}}, "Isolated"), text);
  };
  CHECK(words("a(b", "x")
        == "tokenizer.json: the pattern 'a(b' cannot be read: "
           "U_REGEX_MISMATCHED_PAREN at character 3");
  for (std::string x : {"a{1,3}+", "[[:alpha:]]+\\h", "(?m:a.b)", "(?-s)x"})
    CHECK(words(x, "x").find("which programs read in different ways")
          != std::string::npos);
  CHECK(words("\\p{L}+|\\{1\\}+", "ab}") == "ab|}");
  CHECK(words("(a+)+b", std::string(60, 'a')).find("takes too long")
        != std::string::npos);
  std::string many;
  many.resize(9000000, 'a');
  CHECK(words("(?:a|b|c)+d|.", many).find("give it in smaller pieces")
        != std::string::npos);
}

TEST_CASE("a blank becomes a mark, and one is put in front") {
  auto words = [](const char* scheme, const char* text) {
    return words_of({{"type", "Metaspace"},
                     {"replacement", "_"},
                     {"prepend_scheme", scheme},
                     {"split", true}},
                    text);
  };
  CHECK(words("always", "a bc") == "_a|_bc");
  CHECK(words("always", " a") == "_a");
  CHECK(words("never", "a bc") == "a|_bc");
  CHECK(words("first", "a") == "_a");
  CHECK(words("last", "a")
        == "tokenizer.json: the prepend_scheme 'last' of a Metaspace is not "
           "known");
}

TEST_CASE("steps follow one another, a kind each") {
  json digits{{"type", "Digits"}, {"individual_digits", true}};
  json blanks{{"type", "WhitespaceSplit"}};
  CHECK(words_of(sequence("pretokenizers", {blanks, digits}), "ab12 c")
        == "ab|1|2|c");
  CHECK(words_of({{"type", "Digits"}}, "ab12c") == "ab|12|c");
  CHECK(words_of({{"type", "Punctuation"}}, "a,b$ \u00bf")
        == "a|,|b|$| |\u00bf");
  CHECK(words_of({{"type", "Whitespace"}}, "it's 1,2") == "it|'|s|1|,|2");
  CHECK(words_of({{"type", "Bert"}}, "")
        == "tokenizer.json: the pre_tokenizer 'Bert' is of a kind that is not "
           "known");
}

TEST_CASE("a text is normalised step by step") {
  CHECK(normalised({{"type", "NFC"}}, "e\u0301\ufb01") == "\u00e9\ufb01");
  CHECK(normalised({{"type", "NFD"}}, "\u00e9") == "e\u0301");
  CHECK(normalised({{"type", "NFKC"}}, "e\u0301\ufb01")
        == "\u00e9"
           "fi");
  CHECK(normalised({{"type", "NFKD"}}, "\u00e9\ufb01")
        == "e\u0301"
           "fi");
  CHECK(normalised({{"type", "Lowercase"}}, "AB\u00c9\u0130")
        == "ab\u00e9i\u0307");
  CHECK(
    normalised({{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}},
               "\u3000 a b \n")
    == "a b");
  json prepend{{"type", "Prepend"}, {"prepend", "_"}};
  json replace{
    {"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", "$1"}};
  CHECK(normalised(sequence("normalizers", {prepend, replace}), "a   b c")
        == "_a$1b c");
  CHECK(normalised(prepend, "") == "");
  CHECK(normalised({{"type", "Nmt"}}, "a")
        == "tokenizer.json: the normalizer 'Nmt' is of a kind that is not "
           "known");
}

TEST_CASE("a tokenizer that makes gigabytes of a word is refused") {
  json twice{{"type", "Replace"},
             {"pattern", {{"String", "a"}}},
             {"content", std::string(1000, 'a')}};
  json rule = sequence("normalizers", {twice, twice, twice, twice});
  CHECK(normalised(rule, "aa")
        == "tokenizer.json: it makes more than 128000 bytes of a text of 2000: "
           "that is no tokenizer of a language");
}

TEST_CASE("tokens become a text as the decoder has it") {
  json blank{
    {"type", "Replace"}, {"pattern", {{"String", "_"}}}, {"content", " "}};
  json strip{{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}};
  json fuse{{"type", "Fuse"}};
  json bytes{{"type", "ByteFallback"}};
  auto llama = sequence("decoders", {blank, bytes, fuse, strip});
  CHECK(decoded(llama, {"_", "_a", "<0xC3>", "<0xA9>", "<0xXY>"})
        == " a\u00e9<0xXY>");
  CHECK(decoded(sequence("decoders", {blank, strip}), {"_a", "_b"}) == "ab");
  CHECK(decoded({{"type", "ByteLevel"}}, {"\u00c3", "\u00a9\u0120", "a b"})
        == "\u00e9 a b");
  json mark{{"type", "Metaspace"}, {"replacement", "_"}};
  CHECK(decoded(mark, {"_a_b", "_c"}) == "ab c");
  mark["prepend_scheme"] = "never";
  CHECK(decoded(mark, {"_a_b", "_c"}) == " a b c");
  CHECK(decoded(nullptr, {"a", "b"}) == "a b");
  CHECK(decoded(sequence("decoders", {fuse, blank}), {})
        == "tokenizer.json: the decoder 'Replace' of a whole text is not "
           "known");
}

TEST_CASE("a template says what a prompt begins with") {
  json begin{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  json text{{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  json rule{{"type", "TemplateProcessing"},
            {"single", {begin, text, begin}},
            {"special_tokens", {{"<s>", {{"ids", {3, 4}}}}}}};
  using tokens = std::vector<std::uint32_t>;
  auto front = [](const json& from, std::size_t size) {
    return read_prompt_front(as_read(from), size);
  };
  CHECK(**front(rule, 5) == tokens{3, 4});
  json level{{"type", "ByteLevel"}};
  CHECK(**front(sequence("processors", {level, rule}), 5) == tokens{3, 4});
  CHECK((*front(level, 5))->empty());
  CHECK(!*front(nullptr, 5));
  CHECK(**front({{"type", "BertProcessing"}, {"cls", {"x", 2}}}, 5)
        == tokens{2});
  CHECK(explain(front(rule, 4).error())
        == "tokenizer.json: the post_processor names a token that there is "
           "not");
}
