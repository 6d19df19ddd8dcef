#include "metadata/decoders/decoder_text.hpp"

#include <string>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"

using namespace ganglion;

namespace {

std::string why_no_decoder(std::string_view text) {
  auto made = parse_network(text, 0);
  return made ? "made" : explain(made.error());
}

bool says(std::string_view text, std::string_view problem) {
  return why_no_decoder(text).find(problem) != std::string::npos;
}

} // namespace

TEST_CASE("a text of sizes names a network as GPT-2's") {
  auto net = parse_network("gpt:blocks=2,width=12,heads=3,context=8,tokens=5",
                           0);
  REQUIRE(net);
  CHECK(net->layers().size() == 16);
  CHECK(net->at(1).settings == std::vector<double>{5, 8});
  CHECK(net->at(3).name == "block0.attention");
  CHECK(net->at(3).neurons == 3);
  CHECK(net->at(6).neurons == 48);
  CHECK(net->layers().back().neurons == 5);
  CHECK(limits_of(*net)->positions == 8);
}

TEST_CASE("another names one as Llama's, with fewer key-value heads") {
  auto shape = parse_decoder("llama:blocks=1,width=64,heads=4,kv=2,theta=500");
  REQUIRE(shape);
  CHECK(shape->tokens == 0);
  CHECK(shape->positions == 0);
  CHECK(shape->groups == 2);
  CHECK(shape->attention.queries == 2);
  CHECK(shape->attention.theta == 500);
  CHECK(shape->units == 192);
  auto text = with_tokens("llama:blocks=1,width=64,heads=4,kv=2", 7);
  auto net = parse_network(text, 0);
  REQUIRE(net);
  CHECK(net->layers().back().neurons == 7);
}

TEST_CASE("blocks of a decoder have the size that is asked for") {
  auto net = parse_network("llama:blocks=1,width=64,heads=4,tokens=9", 4);
  REQUIRE(net);
  CHECK(net->at(2).block_size == 4);
  CHECK(net->layers().back().block_size == 4);
}

TEST_CASE("what names no decoder is refused by what is wrong with it") {
  CHECK(says("gpt:", "does not say blocks, width and heads"));
  CHECK(says("gpt:blocks=1,width=8,heads=2", "its context"));
  CHECK(says("gpt:blocks=1,width=8,heads=2,context=4", "add tokens=N"));
  CHECK(says("gpt:blocks=1,width=8,heads=3,context=4", "3 heads"));
  CHECK(says("gpt:blocks=1,width=8,heads=2,kv=1,context=4", "has 'kv=1'"));
  CHECK(says("gpt:blocks=0,width=8", "has 'blocks=0'"));
  CHECK(says("gpt:blocks=2000,width=8,heads=2,context=4", "1024 blocks"));
  CHECK(says("gpt:blocks", "has 'blocks' where"));
  CHECK(says("llama:blocks=1,width=8,heads=4,kv=3", "3 key-value heads"));
  CHECK(says("llama:blocks=1,width=9,heads=3", "odd number of values"));
  CHECK(says("llama:theta=1", "a theta above 1"));
}
