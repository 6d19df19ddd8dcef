// Language models in GGUF files: what their metadata amount to, the order of
// their values, and their vocabularies.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/data/tokens/tokenizer.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/gguf/piece_merges.hpp"
#include "runtime/model_store/gguf/rope_factors.hpp"
#include "runtime/model_store/gguf/tensor_names.hpp"
#include "runtime/model_store/gguf/word_rules.hpp"
#include "runtime/model_store/huggingface/folder.hpp"
#include "runtime/model_store/huggingface/import.hpp"
#include "test/runtime/gguf_files.hpp"

using namespace ganglion;

namespace {

const std::vector<std::string> eight_pieces{
  "<unk>", "<s>", "</s>", "<0x61>", "\xe2\x96\x81", "a", "b", "ab"};

/// As a converter writes a small llama: what `change` adds comes last.
gguf_builder small_llama(std::uint64_t rows = 8) {
  gguf_builder b;
  b.text("general.architecture", "llama").number("llama.context_length", 16);
  b.number("llama.embedding_length", 4).number("llama.block_count", 1);
  b.number("llama.feed_forward_length", 3);
  b.number("llama.attention.head_count", 1);
  b.real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  std::string embedding;
  for (std::uint64_t i = 0; i < 4 * rows; ++i)
    embedding += raw_bytes(static_cast<float>(i));
  b.tensor("token_embd.weight", {4, rows}, 0, embedding);
  return b;
}

gguf_builder& add_pieces(gguf_builder& b) {
  b.text("tokenizer.ggml.model", "llama");
  b.texts("tokenizer.ggml.tokens", eight_pieces);
  b.numbers<float>("tokenizer.ggml.scores", gguf_test_type::f32,
                   {0, 0, 0, 0, -2, -3, -4, -1});
  b.numbers<std::int32_t>("tokenizer.ggml.token_type", gguf_test_type::i32,
                          {2, 3, 3, 6, 1, 1, 1, 1});
  return b.number("tokenizer.ggml.bos_token_id", 1)
    .number("tokenizer.ggml.eos_token_id", 2)
    .number("tokenizer.ggml.unknown_token_id", 0);
}

caf::expected<gguf_model> opened(const gguf_builder& b) {
  lone_file x{b.bytes()};
  return gguf_model::open(x.files, "x");
}

std::string outcome_of_opening(const gguf_builder& b) {
  auto made = opened(b);
  return made ? "no error" : explain(made.error());
}

tokenizer words_of(const caf::expected<gguf_model>& x) {
  REQUIRE_MESSAGE(x, (x ? "" : explain(x.error())));
  REQUIRE(x->words());
  auto made = tokenizer::parse(x->words()->json);
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return *made;
}

using token_numbers = std::vector<token_id>;

/// Of one piece, any pair may come first.
std::vector<std::vector<std::string>> sorted_merges(const std::string& text) {
  auto result = nlohmann::json::parse(text)["model"]["merges"]
                  .get<std::vector<std::vector<std::string>>>();
  std::ranges::sort(result);
  return result;
}

} // namespace

TEST_CASE("a GGUF's metadata are a configuration of transformers'") {
  auto b = small_llama();
  auto x = opened(b);
  REQUIRE_MESSAGE(x, (x ? "" : explain(x.error())));
  const auto& config = x->config();
  CHECK(config.architecture == "LlamaForCausalLM");
  CHECK(config.width == 4);
  CHECK(config.tokens == 8);
  CHECK(config.epsilon == 1e-5);
  CHECK(config.attention.head == 4);
  CHECK(config.attention.theta == 10000);
  CHECK(config.tied);
  CHECK(config.first_token == -1);
  CHECK_FALSE(x->words());
  b.number("llama.attention.sliding_window", 8)
    .text("llama.rope.scaling.type", "linear")
    .real("llama.rope.scaling.factor", 4);
  auto other = opened(b);
  REQUIRE(other);
  CHECK(other->config().architecture == "MistralForCausalLM");
  CHECK(other->config().attention.window == 8);
  CHECK(other->config().attention.factor == 4);
}

TEST_CASE("what a GGUF asks for and is not known is refused by name") {
  auto with = [](auto change) {
    auto b = small_llama();
    change(b);
    return outcome_of_opening(b);
  };
  CHECK(with([](auto& b) { b.number("llama.new_thing", 1); })
        == "'x': llama.new_thing is not known");
  CHECK(with([](auto& b) { b.number("llama.expert_count", 8); })
        == "'x': llama.expert_count asks for what is not known");
  CHECK(with([](auto& b) { b.number("llama.expert_count", 0); }) == "no error");
  CHECK(with([](auto& b) { b.real("llama.rope.freq_base", INFINITY); })
        == "'x': llama.rope.freq_base is no finite number of a floating type");
  CHECK(with([](auto& b) { b.number("llama.rope.dimension_count", 2); })
        == "'x': llama.rope.dimension_count is 2, and a head has 4: that is "
           "not known");
  CHECK(with([](auto& b) { b.number("llama.vocab_size", 7); })
        == "'x': llama.vocab_size is 7, and token_embd.weight has 8 rows");
  CHECK(with([](auto& b) { b.number("split.count", 3); })
        == "'x': it is a part of a model (split.count): put the parts together "
           "with 'llama-gguf-split --merge'");
  CHECK(with([](auto& b) { b.text("tokenizer.ggml.model", "t5"); })
        == "'x': tokenizer.ggml.model 't5' is not known: llama, gpt2 and none "
           "are");
  CHECK(with([](auto& b) { b.number("llama.attention.head_count_kv", 3); })
        == "'x': as a config.json: num_key_value_heads does not divide the "
           "heads");
  CHECK(outcome_of_opening(gguf_builder{})
        == "'x': it has no tensor token_embd.weight of two extents: it is no "
           "language model");
}

TEST_CASE("arrays have the names that GGUF has for transformers'") {
  auto name = gguf_tensor_name;
  CHECK(name("model.embed_tokens.weight") == "token_embd.weight");
  CHECK(name("model.layers.12.self_attn.q_proj.weight")
        == "blk.12.attn_q.weight");
  CHECK(name("model.layers.0.self_attn.k_norm.weight")
        == "blk.0.attn_k_norm.weight");
  CHECK(name("transformer.h.3.mlp.c_fc.bias") == "blk.3.ffn_up.bias");
  CHECK(name("transformer.wpe.weight") == "position_embd.weight");
  for (auto other : {"", "x", "model.layers.", "model.layers.3", "a.b.c.d"})
    CHECK(name(other) == other);
  CHECK(gguf_order_of("llama", "blk.0.attn_k.weight") == gguf_order::pairs);
  CHECK(gguf_order_of("qwen2", "blk.0.attn_k.weight") == gguf_order::same);
  CHECK(gguf_order_of("gpt2", "blk.0.attn_qkv.weight")
        == gguf_order::transposed);
}

TEST_CASE("rows of queries and keys come in halves again") {
  // Two heads of four rows of one value.
  std::vector<float> values{0, 2, 1, 3, 4, 6, 5, 7};
  put_pairs_apart(values, 2, 4);
  CHECK(values == std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7});
  std::vector<float> table{1, 2, 3, 4, 5, 6};
  transpose(table, 2);
  CHECK(table == std::vector<float>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("factors of speeds are Llama 3's scaling, or nothing") {
  // Speeds of 1 and 1/10000: wave lengths of 6.3 and 62,832.
  auto found = find_llama3_scaling(std::array{1.0f, 32.0f}, 1e8);
  REQUIRE(found);
  CHECK(found->factor == 32);
  CHECK(found->context == 8192);
  // With a context of 64, 39.7 lies between the wave lengths 16 and 64.
  auto between = static_cast<float>(
    1 / ((1 - (64 / 39.738354 - 1) / 3) / 8 + (64 / 39.738354 - 1) / 3));
  found = find_llama3_scaling(std::array{1.0f, between, 8.0f, 8.0f}, 1600);
  REQUIRE(found);
  CHECK(found->context == 64);
  CHECK_FALSE(find_llama3_scaling(std::array{1.0f, 3.0f, 2.0f, 8.0f}, 1600));
  CHECK_FALSE(find_llama3_scaling(std::array{0.5f, 0.25f}, 1600));
  CHECK_FALSE(find_llama3_scaling({}, 1600));
}

TEST_CASE("pieces with scores merge as a tokenizer.json says it") {
  std::vector<scored_piece> pieces{
    {"a", -9}, {"b", -9}, {"ab", -2}, {"abb", -1}, {"bb", -3}};
  using pairs = std::vector<std::pair<std::string_view, std::string_view>>;
  CHECK(merges_of(pieces)
        == pairs{{"a", "bb"}, {"ab", "b"}, {"a", "b"}, {"b", "b"}});
  auto b = small_llama();
  auto words = words_of(opened(add_pieces(b)));
  CHECK(words.size() == 8);
  CHECK(*words.encode("ab") == token_numbers{4, 7});
  CHECK(*words.encode("ba") == token_numbers{4, 6, 5});
  CHECK(*words.encode("</s>a") == token_numbers{2, 4, 5});
  CHECK(*words.encode("z") == token_numbers{4, 0});
  CHECK(*words.front() == token_numbers{1});
  CHECK(words.decode({1, 4, 7, 4, 5}) == "ab a");
  b.flag("tokenizer.ggml.add_space_prefix", false)
    .flag("tokenizer.ggml.add_bos_token", false)
    .text("tokenizer.chat_template", "{{ x }}");
  auto x = opened(b);
  words = words_of(x);
  CHECK(*words.encode("ab") == token_numbers{7});
  CHECK(words.front()->empty());
  auto config = nlohmann::json::parse(x->words()->config);
  CHECK(config["chat_template"] == "{{ x }}");
  CHECK(config["bos_token"] == "<s>");
}

TEST_CASE("merges of bytes have the words of their pre-tokenizer") {
  auto with = [](const char* rule) {
    auto b = small_llama();
    b.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", rule);
    b.texts("tokenizer.ggml.tokens",
            {"1", "2", "11", "111", "\xc4\xa0", "a", "'", "<|end|>"});
    b.texts("tokenizer.ggml.merges", {"1 1", "11 1"});
    b.numbers<std::int32_t>("tokenizer.ggml.token_type", gguf_test_type::i32,
                            {1, 1, 1, 1, 1, 1, 1, 3});
    return b.number("tokenizer.ggml.bos_token_id", 7);
  };
  auto encoded = [&](const char* rule, const char* text) {
    return *words_of(opened(with(rule))).encode(text);
  };
  CHECK(encoded("gpt-2", "1111") == token_numbers{2, 2});
  CHECK(encoded("qwen2", "1111") == token_numbers{0, 0, 0, 0});
  CHECK(encoded("llama-bpe", "1111<|end|>") == token_numbers{3, 0, 7});
  CHECK(encoded("default", "a 1111'") == token_numbers{5, 4, 3, 0, 6});
  CHECK(*words_of(opened(with("llama-bpe"))).front() == token_numbers{7});
  CHECK(words_of(opened(with("gpt-2"))).front()->empty());
  CHECK(outcome_of_opening(with("tekken"))
        == "'x': tokenizer.ggml.pre 'tekken' is not known: default, gpt-2, "
           "llama-bpe and qwen2 are");
}

TEST_CASE("a vocabulary that disagrees with the model is refused") {
  auto nine = small_llama(9);
  CHECK(outcome_of_opening(add_pieces(nine))
        == "'x': its vocabulary has 8 tokens, and the embedding 9: they are "
           "not of one model");
  auto with = [](const std::vector<std::string>& pieces, std::uint32_t first,
                 std::vector<std::int32_t> kinds = {1, 1, 1, 1, 1, 1, 1, 1}) {
    auto b = small_llama();
    b.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "gpt-2");
    b.texts("tokenizer.ggml.tokens", pieces);
    b.numbers("tokenizer.ggml.token_type", gguf_test_type::i32, kinds);
    b.texts("tokenizer.ggml.merges", {});
    return outcome_of_opening(b.number("tokenizer.ggml.bos_token_id", first));
  };
  CHECK(with(eight_pieces, 8)
        == "'x': tokenizer.ggml.bos_token_id is none of its 8 tokens");
  auto pieces = eight_pieces;
  pieces[7] = "a";
  CHECK(with(pieces, 0) == "'x': its tokens 5 and 7 are both 'a'");
  pieces[7] = "\xff";
  CHECK(with(pieces, 0) == "'x': its token 7 is not UTF-8");
  CHECK(with(eight_pieces, 0, {1})
        == "'x': tokenizer.ggml.token_type is no list of 8 numbers, one a "
           "token");
  CHECK(with(eight_pieces, 0, {1, 1, 1, 1, 1, 1, 1, 9})
        == "'x': tokenizer.ggml.token_type has 9, which is not known");
}

TEST_CASE("a published GGUF has the arrays and words of its folder") {
  auto data = data_of_tests("a published GGUF and its folder");
  if (data.empty())
    return;
  auto files = make_posix_files();
  auto folder = hf_folder::open(*files, data + "/stories260K");
  REQUIRE(folder);
  auto x = gguf_model::open(*files, data + "/gguf/stories260K-f32.gguf");
  auto words = words_of(x);
  for (const auto& name : folder->own_names()) {
    INFO(name);
    REQUIRE(x->find(name));
    CHECK(x->find(name)->shape == folder->find(name)->shape);
    CHECK(*x->read(name) == *folder->read(name));
  }
  std::ifstream in{data + "/stories260K/tokenizer.json"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  CHECK(sorted_merges(x->words()->json) == sorted_merges(text));
  auto known = tokenizer::parse(text);
  REQUIRE(known);
  for (auto line : {"", "Once upon a time", " Lily's ball\n\tis  red.",
                    "\xc3\xa9t\xc3\xa9 \xe2\x82\xac 100", "<s>a</s> b"}) {
    CHECK(*words.encode(line) == *known->encode(line));
    CHECK(words.decode(*words.encode(line))
          == known->decode(*known->encode(line)));
  }
}
