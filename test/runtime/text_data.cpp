#include <algorithm>
#include <set>

#include "metadata/layers/row_layout.hpp"
#include "runtime/data/load_data.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

using numbers = std::vector<token_id>;

/// Tokens 0, 1, 2, ...
token_windows counted_windows(std::size_t size, std::uint64_t context) {
  numbers all(size);
  for (std::size_t i = 0; i < size; ++i)
    all[i] = static_cast<token_id>(i);
  return {std::make_shared<const numbers>(std::move(all)), context};
}

caf::expected<dataset_bundle> load_as_windows(const std::string& spec,
                                              std::uint64_t context,
                                              std::string tokenizer = "") {
  data_options options;
  options.windows = window_options{context, std::move(tokenizer)};
  return load_data(spec, 1, options);
}

numbers tokens_of(const caf::expected<dataset_bundle>& x) {
  REQUIRE_MESSAGE(x, text_of(x.error()));
  auto all = x->train.windows.tokens();
  return {all.begin(), all.end()};
}

std::string why_not(const caf::expected<dataset_bundle>& x) {
  return x ? "read" : explain(x.error());
}

} // namespace

TEST_CASE("each row of a window is a position that says the next token") {
  auto found = counted_windows(100, 3).rows(std::vector<std::uint32_t>{2, 0}, 4,
                                            7);
  REQUIRE(found.samples.rows() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    auto row = found.samples.row(i);
    CHECK(row[token_column] == static_cast<float>((i < 3 ? 10 : 1) + i));
    CHECK(row[position_column] == static_cast<float>(i % 3));
    CHECK(row[conversation_column] == 7);
    CHECK(found.labels.row(i)[0] == row[token_column] + 1);
  }
}

TEST_CASE("windows of an epoch stay within the text, wherever they begin") {
  for (std::size_t size : {4, 5, 6, 7, 8, 9, 10, 50, 51, 52}) {
    auto windows = counted_windows(size, 3);
    std::set<std::uint64_t> shifts;
    for (std::uint64_t epoch = 0; epoch < 50; ++epoch)
      shifts.insert(windows.shift(1, epoch));
    auto last = *shifts.rbegin() + 3 * windows.size();
    CHECK(last < size);
    CHECK(*shifts.rbegin() < 3);
    CHECK(windows.all() == (size - 1) / 3);
    CHECK(shifts.size() == std::min<std::size_t>(3, size - 3 * windows.size()));
  }
  CHECK(token_windows{}.shift(1, 1) == 0);
}

TEST_CASE("the last tokens of a text are held back") {
  dataset_bundle data;
  data.train.name = "text";
  data.train.windows = counted_windows(100, 8);
  CHECK(text_of(hold_back(data, 0.05, 1))
        == "holding back 5 of the 100 tokens of 'text' leaves no window of 8 "
           "for validation: use another --validation, a longer text or a "
           "smaller --context");
  REQUIRE(!hold_back(data, 0.1, 1));
  CHECK(data.train.windows.tokens().size() == 90);
  CHECK(data.validation->windows.tokens().front() == 90);
  CHECK(data.train.size() == 10);
  CHECK(fingerprint(data.train) != fingerprint(*data.validation));
}

TEST_CASE("bytes of a text are its tokens, in their order") {
  temp_folder folder;
  auto spec = "text:" + folder.write("a.txt", "caba\xff\n");
  auto found = load_as_windows(spec, 2);
  CHECK(tokens_of(found) == numbers{3, 1, 2, 1, 4, 0});
  CHECK(found->train.classes == 5);
  auto words = tokenizer::parse(*found->train.tokenizer);
  REQUIRE(words);
  CHECK(words->is_of_bytes());
  CHECK(words->decode(numbers{3, 1, 4}) == "ca\xff");
  CHECK(words->encode("b\xff") == numbers{2, 4});
  CHECK(!words->encode("d"));
  auto all = load_as_windows(spec, 2, "bytes");
  CHECK(tokens_of(all) == numbers{99, 97, 98, 97, 255, 10});
  CHECK(all->train.classes == 256);
}

TEST_CASE("a text is read in the tokens of a tokenizer") {
  temp_folder folder;
  folder.write("tokenizer.json", R"({"model": {"type": "BPE",
    "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})");
  folder.write("a.txt", "aabb");
  auto spec = "text:" + folder.at("a.txt");
  for (const auto& name : {folder.path(), folder.at("tokenizer.json")})
    CHECK(tokens_of(load_as_windows(spec, 2, name)) == numbers{0, 2, 1});
  folder.write("b.txt", "abc");
  CHECK(why_not(load_as_windows("text:" + folder.at("b.txt"), 1, folder.path()))
          .find("no token for 'c'")
        != std::string::npos);
}

TEST_CASE("numbers of tokens are read from texts, also across pieces") {
  temp_folder folder;
  CHECK(
    tokens_of(load_as_windows("tokens:" + folder.write("a", "1, 2\n 30"), 1))
    == numbers{1, 2, 30});
  std::string many;
  for (int i = 0; i < 400000; ++i)
    many += "12345 ";
  auto found = load_as_windows("tokens:" + folder.write_gz("b.gz", many), 1);
  CHECK(tokens_of(found) == numbers(400000, 12345));
  CHECK(found->train.classes == 12346);
  CHECK(!found->train.tokenizer);
}

TEST_CASE("what cannot be cut into windows is refused by name") {
  temp_folder folder;
  auto spec = "text:" + folder.write("a", "abc");
  auto path = folder.at("a");
  CHECK(
    why_not(load_as_windows(spec, 3))
    == "'text:" + path
         + "' has 3 tokens, and a window of 3 needs one more than that: use "
           "a longer text or a smaller --context");
  CHECK(why_not(load_as_windows(spec, 0)).find("give --context")
        != std::string::npos);
  CHECK(why_not(load_data(spec, 1)).find("is a text: learn from it")
        != std::string::npos);
  CHECK(why_not(load_as_windows("tokens:" + path, 1))
          .find("has 'abc' where a number is expected")
        != std::string::npos);
  CHECK(why_not(load_as_windows("tokens:" + folder.write("n", " \n"), 1))
          .find("has no tokens")
        != std::string::npos);
}
