#include "runtime/data/idx.hpp"

#include <limits>

#include <fmt/format.h>

#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

using floats = std::vector<float>;

/// Three images of 2 x 2 pixels.
std::string images() {
  return idx_bytes({3, 2, 2}, {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6});
}

std::string labels() {
  return idx_bytes({3}, {2, 0, 1});
}

/// The error for a file with these bytes, its path replaced by "F".
std::string idx_error(std::string_view bytes) {
  temp_folder folder;
  auto path = folder.write("x", bytes);
  auto text = text_of(read_idx(path));
  auto at = text.find(path);
  return at == text.npos ? text : text.replace(at, path.size(), "F");
}

/// The error for a pair, the folder left out of the paths.
std::string pair_error(std::string_view samples, std::string_view marks,
                       std::uint64_t classes = 0) {
  temp_folder folder;
  auto text = text_of(read_idx_pair(folder.write("samples", samples),
                                    folder.write("labels", marks), classes));
  auto prefix = folder.path() + "/";
  for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

} // namespace

TEST_CASE("pixels are scaled to 0 to 1 and labels are not") {
  temp_folder folder;
  auto data = read_idx_pair(folder.write("i", images()),
                            folder.write("l", labels()));
  REQUIRE(text_of(data) == "no error");
  CHECK(data->name == folder.at("i"));
  CHECK(data->size() == 3);
  CHECK(data->samples.columns() == 4);
  CHECK(data->samples.rows(0, 1).to_vector()
        == floats{0 / 255.0f, 51 / 255.0f, 102 / 255.0f, 153 / 255.0f});
  CHECK(data->samples.row(1)[1] == 1.0f);
  CHECK(data->labels.columns() == 1);
  CHECK(data->labels.to_vector() == floats{2, 0, 1});
  CHECK(data->classes == 3);
  CHECK(data->class_names.empty());
  CHECK(data->image_rows == 2);
  CHECK(data->image_columns == 2);
}

TEST_CASE("a compressed file reads like the plain one") {
  temp_folder folder;
  auto plain = read_idx_pair(folder.write("i", images()),
                             folder.write("l", labels()));
  auto packed = read_idx_pair(folder.write_gz("i.gz", images()),
                              folder.write_gz("l.gz", labels()));
  REQUIRE(text_of(plain) == "no error");
  REQUIRE(text_of(packed) == "no error");
  CHECK(plain->samples == packed->samples);
  CHECK(plain->labels == packed->labels);
}

TEST_CASE("big-endian floats are taken as they are") {
  temp_folder folder;
  auto data = read_idx_pair(
    folder.write("i", idx_floats({2, 3}, {1.5f, -2, 0, 300, -0.25f, 1e-30f})),
    folder.write("l", idx_floats({2}, {0, 4})), 5);
  REQUIRE(text_of(data) == "no error");
  CHECK(data->samples.to_vector() == floats{1.5f, -2, 0, 300, -0.25f, 1e-30f});
  CHECK(data->labels.to_vector() == floats{0, 4});
  CHECK(data->classes == 5);
  CHECK(data->image_rows == 0);
}

TEST_CASE("files larger than a chunk arrive whole") {
  temp_folder folder;
  std::vector<int> bytes(300'001);
  std::vector<float> values(300'001);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<int>(i * 7 % 251);
    values[i] = static_cast<float>(bytes[i]);
  }
  auto a = read_idx(folder.write_gz("a", idx_bytes({300'001}, bytes)));
  auto b = read_idx(folder.write("b", idx_floats({300'001}, values)));
  REQUIRE(text_of(a) == "no error");
  REQUIRE(text_of(b) == "no error");
  CHECK(a->values.to_vector() == values);
  CHECK(a->values == b->values);
}

TEST_CASE("a file cut after any byte is told to be truncated") {
  for (auto whole : {images(), idx_floats({2, 2}, {1, 2, 3, 4})}) {
    auto header = 4 + 4 * static_cast<std::size_t>(whole[3]);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      auto expected = size < 4 ? 4 : size < header ? header : whole.size();
      CHECK(idx_error(whole.substr(0, size))
            == fmt::format("'F' is truncated: {} bytes expected, {} found: "
                           "fetch it again",
                           expected, size));
    }
    CHECK(idx_error(whole) == "no error");
  }
}

TEST_CASE("a compressed file cut after any byte is an error") {
  temp_folder folder;
  auto path = folder.write_gz("whole", images());
  std::ifstream in{path, std::ios::binary};
  std::string whole{std::istreambuf_iterator<char>{in}, {}};
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto cut = text_of(read_idx(folder.write("cut", whole.substr(0, size))));
    CHECK(cut.find("again") != cut.npos);
    if (size > 10)
      CHECK(cut
            == fmt::format("'{}' is a damaged gzip file (unexpected end of "
                           "file): fetch it again",
                           folder.at("cut")));
  }
  CHECK(text_of(read_idx(path)) == "no error");
}

TEST_CASE("a damaged compressed file is an error") {
  temp_folder folder;
  auto path = folder.write_gz("x", images());
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  // The checksum is in the last eight bytes.
  file.seekp(-8, std::ios::end);
  file << "oops";
  file.close();
  CHECK(text_of(read_idx(path))
        == fmt::format("'{}' is a damaged gzip file (incorrect data check): "
                       "fetch it again",
                       path));
}

TEST_CASE("bytes beyond what the header announces are an error") {
  CHECK(idx_error(labels() + "x")
        == "'F' holds more than the 11 bytes that its header announces: fetch "
           "it again");
}

TEST_CASE("a header may announce much without anything being allocated") {
  CHECK(idx_error(idx_bytes({0xffffffff, 0xffff}, {1, 2}))
        == "'F' is truncated: 281470681677837 bytes expected, 14 found: fetch "
           "it again");
  CHECK(idx_error(idx_bytes({0xffffffff, 0xffffffff, 0xffffffff}, {1}))
        == "'F' announces more values than a file can hold: its header is "
           "damaged, fetch it again");
}

TEST_CASE("what is no IDX file is refused") {
  CHECK(idx_error("\x89PNG....")
        == "'F' is no IDX file: it starts with the bytes 89504e47, but 000008 "
           "or 00000d and the number of dimensions are due: use another file");
  CHECK(idx_error(idx_header('\x08', {}))
        == "'F' is no IDX file: it starts with the bytes 00000800, but 000008 "
           "or 00000d and the number of dimensions are due: use another file");
  CHECK(idx_error(idx_header('\x0c', {1}) + "abcd")
        == "'F' holds elements of type 0x0c, but only 0x08 (ubyte) and 0x0d "
           "(float32) can be read: convert it");
}

TEST_CASE("files without values are refused") {
  CHECK(idx_error(idx_bytes({0, 28, 28}, {}))
        == "'F' holds no samples: use a file that does");
  CHECK(idx_error(idx_bytes({5, 28, 0}, {}))
        == "'F' has size 0 in dimension 3 of 3: use a file with values in it");
}

TEST_CASE("a file that cannot be read is named") {
  temp_folder folder;
  CHECK(text_of(read_idx(folder.at("none")))
        == fmt::format("cannot read '{}': No such file or directory: check the "
                       "path and its permissions",
                       folder.at("none")));
  CHECK(text_of(read_idx(folder.path()))
        == fmt::format("cannot read '{}': it is a directory: name a regular "
                       "file",
                       folder.path()));
}

TEST_CASE("NaN and infinity are found with their place") {
  auto nan = std::numeric_limits<float>::quiet_NaN();
  auto inf = std::numeric_limits<float>::infinity();
  CHECK(idx_error(idx_floats({2, 3}, {0, 1, 2, 3, 4, nan}))
        == "'F' holds nan at sample 1, feature 2 (both counted from 0): "
           "replace it by a finite number");
  CHECK(idx_error(idx_floats({2, 3}, {-inf, 1, 2, 3, 4, 5}))
        == "'F' holds -inf at sample 0, feature 0 (both counted from 0): "
           "replace it by a finite number");
}

TEST_CASE("samples and labels that do not belong together are refused") {
  CHECK(pair_error(images(), idx_bytes({2}, {0, 1}))
        == "'samples' holds 3 samples, but 'labels' holds 2 labels: use two "
           "files that belong together");
  CHECK(pair_error(labels(), labels())
        == "'samples' has 1 dimension, but samples have 2 or more (sample, "
           "feature): did you mean it for the labels?");
  CHECK(pair_error(images(), images())
        == "'labels' has 3 dimensions, but labels have 1: did you mean it for "
           "the samples?");
}

TEST_CASE("labels out of range are refused") {
  CHECK(pair_error(images(), labels(), 2)
        == "'labels' gives sample 0 (counted from 0) the label 2, but labels "
           "are whole numbers from 0 to 1: correct it");
  for (auto [label, text] :
       {std::pair{-1.0f, "-1"}, {0.5f, "0.5"}, {65536.0f, "65536"}})
    CHECK(pair_error(images(), idx_floats({3}, {0, label, 0}))
          == fmt::format("'labels' gives sample 1 (counted from 0) the label "
                         "{}, but labels are whole numbers from 0 to 65535: "
                         "correct it",
                         text));
}
