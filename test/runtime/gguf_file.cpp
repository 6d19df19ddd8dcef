// What a GGUF file may say, what its blocks of quantised values become, and how
// it is refused.
// test: timeout=120
#include <cmath>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/formats/gguf_file.hpp"
#include "test/runtime/gguf_files.hpp"

using namespace ganglion;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view half_scale = "\x00\x38"sv; // 0.5
constexpr std::string_view two_scale = "\x00\x40"sv;

/// The values of one block of a type.
std::vector<float> block_of(std::string_view name, const std::string& bytes) {
  for (std::uint32_t i = 0; i < 40; ++i) {
    const auto* type = find_gguf_type(i);
    if (!type || type->name != name)
      continue;
    REQUIRE(type->bytes == bytes.size());
    std::vector<float> result(type->values);
    type->dequantise(reinterpret_cast<const std::byte*>(bytes.data()),
                     result.data());
    return result;
  }
  FAIL("no such type");
  return {};
}

std::string refusal_of(std::string content) {
  lone_file x{std::move(content)};
  auto made = gguf_file::open(x.files, "x");
  return made ? "no error" : explain(made.error());
}

std::string read_bytes_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  REQUIRE_MESSAGE(in, path, " is not there");
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool has_text(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != text.npos;
}

/// A float32 tensor of one value.
const std::string one_value = raw_bytes(1.5f);

} // namespace

TEST_CASE("blocks of 32 become what their scales say") {
  std::string bits(16, '\x21'); // low bits 1, high bits 2
  auto q8 = block_of("Q8_0", std::string{half_scale} + "\xff\x03"
                               + std::string(30, '\0'));
  CHECK(q8[0] == -0.5f);
  CHECK(q8[1] == 1.5f);
  CHECK(q8[31] == 0);
  auto q4 = block_of("Q4_0", std::string{half_scale} + bits);
  CHECK(q4[0] == -3.5f);
  CHECK(q4[16] == -3);
  auto q41 = block_of("Q4_1",
                      std::string{half_scale} + std::string{two_scale} + bits);
  CHECK(q41[15] == 2.5f);
  CHECK(q41[31] == 3);
  // Fifth bits of the values 0 and 31.
  auto fifths = raw_bytes(std::uint32_t{0x80000001});
  auto q5 = block_of("Q5_0", std::string{half_scale} + fifths + bits);
  CHECK(q5[0] == 0.5f);
  CHECK(q5[1] == -7.5f);
  CHECK(q5[30] == -7);
  CHECK(q5[31] == 1);
  auto q51 = block_of("Q5_1", std::string{half_scale} + std::string{two_scale}
                                + fifths + bits);
  CHECK(q51[0] == 10.5f);
  CHECK(q51[1] == 2.5f);
  CHECK(q51[31] == 11);
}

TEST_CASE("blocks of 256 have scales of six bits for 32 values each") {
  // Scales 1, 2, 3, 4 and leasts 5, 6, 7, 8; then, with high bits from the
  // first ones, 0x11, 0, 0, 0x3f and the leasts 0, 0x12, 0, 0x3f.
  std::string scales{"\x41\x02\x03\xc4\x05\x46\x07\xc8\x01\x20\x00\xff", 12};
  std::string bits(128, '\x21');
  auto q4 = block_of("Q4_K", std::string{half_scale} + std::string{two_scale}
                               + scales + bits);
  CHECK(q4[0] == 0.5f * 1 * 1 - 2.0f * 5);
  CHECK(q4[32] == 0.5f * 2 * 2 - 2.0f * 6);
  CHECK(q4[64] == 0.5f * 3 * 1 - 2.0f * 7);
  CHECK(q4[96] == 0.5f * 4 * 2 - 2.0f * 8);
  CHECK(q4[128] == 0.5f * 0x11 * 1 - 0);
  CHECK(q4[160] == 0 - 2.0f * 0x12);
  CHECK(q4[192] == 0);
  CHECK(q4[255] == 0.5f * 0x3f * 2 - 2.0f * 0x3f);
  // Fifth bits of value 1 of the first 32, and of value 31 of the last.
  std::string fifths(32, '\0');
  fifths[1] = '\x01';
  fifths[31] = '\x80';
  auto q5 = block_of("Q5_K", std::string{half_scale} + std::string{two_scale}
                               + scales + fifths + bits);
  CHECK(q5[0] == q4[0]);
  CHECK(q5[1] == 0.5f * 1 * 17 - 2.0f * 5);
  CHECK(q5[254] == q4[254]);
  CHECK(q5[255] == 0.5f * 0x3f * 18 - 2.0f * 0x3f);
}

TEST_CASE("blocks of Q6_K have scales of eight bits for 16 values each") {
  std::string low(128, '\x21');
  std::string high(64, '\xe4'); // 0, 1, 2, 3 for the four quarters
  std::string scales(16, '\x01');
  scales[0] = '\xfe'; // -2
  scales[15] = '\x05';
  auto x = block_of("Q6_K", low + high + scales + std::string{half_scale});
  CHECK(x[0] == 0.5f * -2 * (1 - 32));
  CHECK(x[16] == 0.5f * 1 * (1 - 32));
  CHECK(x[32] == 0.5f * (1 + 16 - 32));
  CHECK(x[64] == 0.5f * (2 + 32 - 32));
  CHECK(x[96] == 0.5f * (2 + 48 - 32));
  CHECK(x[128] == 0.5f * (1 - 32));
  CHECK(x[255] == 0.5f * 5 * (2 + 48 - 32));
}

TEST_CASE("a GGUF has metadata of all types, and arrays, outermost first") {
  gguf_builder b;
  b.number("a", 7).real("b", 1e-5f).flag("c", true).text("d", "words");
  b.texts("e", {"x", ""});
  b.numbers<std::int32_t>("f", gguf_test_type::i32, {-3, 4});
  b.pair("g", gguf_test_type::u64, std::uint64_t{1} << 40);
  b.tensor("m", {2, 1}, 0, raw_bytes(std::array{1.0f, 2.0f}));
  b.tensor("h", {3}, 1, "\x00\x38\x00\xc0\x00\x3c"s);
  for (std::uint32_t version : {2U, 3U}) {
    lone_file on{b.bytes(version)};
    auto x = gguf_file::open(on.files, "x");
    REQUIRE(x);
    const auto& said = (*x)->metadata();
    CHECK(said.whole_number("a") == 7);
    CHECK(*said.find_as<double>("b") == 1e-5);
    CHECK(*said.find_as<bool>("c"));
    CHECK(*said.find_as<std::string>("d") == "words");
    CHECK(*said.find_as<std::vector<std::string>>("e")
          == std::vector<std::string>{"x", ""});
    CHECK(*said.find_as<std::vector<double>>("f")
          == std::vector<double>{-3, 4});
    CHECK(said.whole_number("g") == std::uint64_t{1} << 40);
    REQUIRE((*x)->tensors().size() == 2);
    CHECK((*x)->tensors()[0].shape == std::vector<std::uint64_t>{1, 2});
    CHECK(*read_whole_array(**x, 0) == std::vector<float>{1, 2});
    CHECK(*read_whole_array(**x, 1) == std::vector<float>{0.5f, -2, 1});
  }
}

TEST_CASE("a GGUF whose parts make no sense is refused by their names") {
  auto with = [](auto change) {
    gguf_builder b;
    change(b);
    return refusal_of(b.bytes());
  };
  CHECK(has_text(refusal_of("GGUF"), "beyond its end"));
  CHECK(has_text(refusal_of("GGML" + std::string(99, '\0')), "no GGUF"));
  CHECK(has_text(refusal_of(gguf_builder{}.bytes(1)), "version 1"));
  CHECK(has_text(refusal_of(gguf_builder{}.bytes(0x03000000)), "big-endian"));
  CHECK(has_text(with([](auto& b) { b.number("a", 1).number("a", 2); }),
                 "two values for a"));
  CHECK(has_text(
    with([](auto& b) { b.pair("a", static_cast<gguf_test_type>(13), 0); }),
    "the value of a is of no known type"));
  CHECK(has_text(with([](auto& b) {
                   b.numbers("a", gguf_test_type::list, std::vector{0, 0, 0});
                 }),
                 "the values of the list a are of no known type"));
  CHECK(has_text(with([](auto& b) { b.number("general.alignment", 48); }),
                 "general.alignment is no power of two"));
  CHECK(has_text(
    with([](auto& b) { b.pair("a", gguf_test_type::text, ~std::uint64_t{0}); }),
    "beyond its end"));
  CHECK(has_text(with([](auto& b) {
                   b.raw_pair("a", gguf_test_type::list,
                              raw_bytes(gguf_test_type::u64)
                                + raw_bytes(std::uint64_t{1} << 61));
                 }),
                 "beyond its end"));
}

TEST_CASE("a tensor that cannot be is refused by its name") {
  auto with = [](const std::vector<std::uint64_t>& extents, std::uint32_t type,
                 std::uint64_t at = 0) {
    gguf_builder b;
    b.entry("some", extents, type, at, one_value);
    return refusal_of(b.bytes());
  };
  CHECK(with({1}, 0) == "no error");
  CHECK(has_text(with({1}, 99), "tensor some is of type 99, which is not"));
  CHECK(has_text(with({256}, 10), "tensor some is Q2_K, which is not read"));
  CHECK(has_text(with({1}, 0, 8), "begins at 8, which general.alignment 32"));
  CHECK(has_text(with({1}, 0, 32), "some would end beyond"));
  CHECK(has_text(with({2}, 0), "some would end beyond the file's"));
  CHECK(has_text(with({1}, 0, std::uint64_t{1} << 63), "some would end"));
  CHECK(has_text(with({std::uint64_t{1} << 40, 1U << 30}, 0), "cannot be F32"));
  CHECK(has_text(with({0}, 0), "cannot be F32"));
  CHECK(has_text(with({33}, 8), "cannot be Q8_0 with rows of 33"));
  CHECK(has_text(with({1, 1, 1, 1, 1}, 0), "has 5 extents"));
  gguf_builder twice;
  twice.tensor("a", {1}, 0, one_value).tensor("a", {1}, 0, one_value);
  CHECK(has_text(refusal_of(twice.bytes()), "tensor a is there twice"));
  gguf_builder shared;
  shared.entry("a", {1}, 0, 0, one_value).entry("b", {1}, 0, 0, one_value);
  CHECK(has_text(refusal_of(shared.bytes()), "bytes that are another one's"));
}

TEST_CASE("a GGUF that was cut at any byte is refused") {
  gguf_builder b;
  b.number("a", 7).texts("e", {"x", ""}).tensor("m", {1}, 0, one_value);
  auto whole = b.bytes();
  CHECK(refusal_of(whole) == "no error");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    CHECK(refusal_of(whole.substr(0, i)) != "no error");
  }
}

TEST_CASE("published GGUF files that were cut at a kilobyte are refused") {
  auto data = data_of_tests("published GGUF files");
  if (data.empty())
    return;
  for (const auto* name :
       {"stories260K-f32", "stories260K-Q4_0", "r256-Q4_K_M"}) {
    auto whole = read_bytes_of(fmt::format("{}/gguf/{}.gguf", data, name));
    CHECK(refusal_of(whole) == "no error");
    for (std::size_t i = 0; i < whole.size(); i += 1024) {
      auto said = refusal_of(whole.substr(0, i));
      CAPTURE(i);
      CHECK(said.starts_with("'x'"));
      CHECK(said.find('\n') == said.npos);
    }
  }
}

namespace {

void check_values(const nlohmann::json& wanted, std::vector<float> values) {
  double sum = 0;
  double squares = 0;
  for (auto x : values) {
    sum += x;
    squares += double{x} * x;
  }
  for (std::size_t i = 0; i < wanted["first"].size(); ++i)
    CHECK(values[i] == wanted["first"][i].get<float>());
  CHECK(sum == doctest::Approx(wanted["sum"].get<double>()).epsilon(1e-9));
  CHECK(
    squares
    == doctest::Approx(wanted["sum_of_squares"].get<double>()).epsilon(1e-9));
}

} // namespace

TEST_CASE("values of quantised tensors are those that ggml makes of them") {
  auto data = data_of_tests("quantised tensors");
  if (data.empty())
    return;
  auto all = nlohmann::json::parse(
    read_bytes_of(data + "/gguf/expected.json"))["dequantized"];
  CHECK(all.size() == 3);
  auto files = make_posix_files();
  for (const auto& file : all.items()) {
    auto x = gguf_file::open(*files, data + "/gguf/" + file.key());
    REQUIRE(x);
    std::size_t found = 0;
    for (std::size_t i = 0; i < (*x)->tensors().size(); ++i) {
      const auto& info = (*x)->tensors()[i];
      auto wanted = file.value().find(info.name);
      if (wanted == file.value().end())
        continue;
      ++found;
      INFO(file.key(), ": ", info.name);
      CHECK(info.shape == (*wanted)["shape"].get<std::vector<std::uint64_t>>());
      check_values(*wanted, *read_whole_array(**x, i));
    }
    CHECK(found == file.value().size());
  }
}
