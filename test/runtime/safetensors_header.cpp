// What the header of a safetensors file may say, and at which cost.
#include <fmt/format.h>

#include "runtime/model_store/formats/safetensors_header.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

constexpr std::uint64_t room = 1000;

std::string entry(std::string_view name, std::string_view more = "",
                  std::uint64_t first = 8) {
  return fmt::format(R"("{}":{{"dtype":"F32","shape":[2,3],)"
                     R"("data_offsets":[{},{}]{}}})",
                     name, first, first + 24, more);
}

std::string reading_of(const std::string& text) {
  return outcome_of(parse_safetensors_header("x", text, room));
}

} // namespace

TEST_CASE("a header names arrays with types, shapes and places") {
  auto all = parse_safetensors_header(
    "x",
    fmt::format(R"( {{"__metadata__":{{"format":"pt"}},{},{},{}}} )",
                entry("b10"),
                entry("b9", R"(,"note":{"x":[1,[null,true]]})", 32),
                R"("a":{"data_offsets":[0,0],"shape":[],"dtype":"I64"})"),
    room);
  REQUIRE(outcome_of(all) == "no error");
  REQUIRE(all->size() == 3);
  CHECK((*all)[0].info.name == "a");
  CHECK((*all)[0].info.type == value_type::other);
  CHECK((*all)[0].info.type_name == "I64");
  CHECK((*all)[0].info.shape.empty());
  CHECK((*all)[1].info.name == "b9"); // numbers as numbers
  CHECK((*all)[2].info.name == "b10");
  CHECK((*all)[2].info.type == value_type::f32);
  CHECK((*all)[2].info.shape == std::vector<std::uint64_t>{2, 3});
  CHECK((*all)[2].first == 8);
  CHECK((*all)[2].last == 32);
  CHECK(parse_safetensors_header("x", "{}", 0)->empty());
}

TEST_CASE("a header that makes no sense is refused") {
  for (auto text : {"", "[]", "{", "{}{}", "7", "nonsense"}) {
    CAPTURE(text);
    CHECK(reading_of(text)
          == "'x' is damaged at offset 8: its header is no JSON object");
  }
  for (auto text :
       {R"({"a":)", R"({"a":7})", R"({"a":[]})", R"({"a":{}})", R"({"a":null})",
        R"({"a":{"dtype":"F32","shape":[2]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}})",
        R"({"a":{"dtype":"F32","shape":[500],"data_offsets":[0,2000]}})",
        R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})",
        R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})",
        R"({"a":{"dtype":"","shape":[2],"data_offsets":[0,8]}})"}) {
    CAPTURE(text);
    CHECK(reading_of(text)
          == "'x' is damaged at offset 8: its header says nothing sensible of "
             "tensor 'a'");
  }
}

TEST_CASE("a header that gives a name or bytes to two tensors is refused") {
  CHECK(contains(reading_of("{" + entry("a") + "," + entry("a") + "}"),
                 "names tensor 'a' twice"));
  CHECK(contains(reading_of("{" + entry("a") + "," + entry("b", "", 28) + "}"),
                 "tensor 'b' bytes that are those of another one"));
}

TEST_CASE("neither many dimensions nor long names make a long message") {
  std::string ones = "1";
  for (int i = 0; i < 100; ++i)
    ones += ",1";
  CHECK(contains(reading_of(fmt::format(R"({{"a":{{"shape":[{}]}}}})", ones)),
                 "nothing sensible"));
  CHECK(reading_of(fmt::format(R"({{"{}\u0007":7}})", std::string(5000, 'n')))
          .size()
        < 300);
}

// In time that grows with the square of the names, this takes many minutes, and
// ends at the limit of a test.
TEST_CASE("a header of a great many names is read at once") {
  constexpr int names = 300'000;
  std::string text = "{";
  for (int i = 0; i < names; ++i)
    text += fmt::format("{}{}", i > 0 ? "," : "",
                        entry(fmt::format("layer.{}", names - i), "",
                              24 * static_cast<std::uint64_t>(i)));
  text += "}";
  auto all = parse_safetensors_header("x", text, 24 * std::uint64_t{names});
  REQUIRE(outcome_of(all) == "no error");
  CHECK(all->size() == names);
  CHECK(all->front().info.name == "layer.1");
}

TEST_CASE("a header that goes deep needs no more than its text") {
  std::string deep(2'000'000, '[');
  CHECK(contains(reading_of(R"({"__metadata__":)" + deep), "no JSON object"));
  CHECK(contains(reading_of(R"({"a":)" + deep), "nothing sensible"));
}
