// Zip archives whose sizes, places or numbers need more than 32 and 16 bits,
// without the bytes between their records.
#include <algorithm>
#include <cstring>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/formats/zip_format.hpp"

using namespace ganglion;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr std::uint64_t most = 0xffffffff;

/// Texts at their places; zeros elsewhere.
class sparse_file : public input_file {
public:
  void put(std::uint64_t offset, const std::string& text) {
    texts_[offset] = text;
    size_ = std::max(size_, offset + text.size());
  }

  caf::expected<std::uint64_t> size() override {
    return size_;
  }

  caf::expected<std::size_t> read_at(std::uint64_t offset,
                                     std::span<std::byte> buffer) override {
    auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(buffer.size(), size_ - offset));
    std::memset(buffer.data(), 0, count);
    for (const auto& [at, text] : texts_)
      for (std::size_t i = 0; i < text.size(); ++i)
        if (at + i >= offset && at + i < offset + count)
          buffer[at + i - offset] = static_cast<std::byte>(text[i]);
    return count;
  }

private:
  std::map<std::uint64_t, std::string> texts_;
  std::uint64_t size_ = 0;
};

struct archive {
  /// Entries of these sizes, one behind the other.
  explicit archive(const std::vector<std::uint64_t>& sizes) {
    std::uint64_t end = 0;
    for (auto size : sizes) {
      zip_entry x;
      x.name = fmt::format("{}.npy", entries.size());
      x.crc = static_cast<std::uint32_t>(entries.size() + 7);
      x.size = size;
      x.packed_size = size;
      x.offset = end;
      auto header = local_header(x);
      if (entries.size() < 4)
        file.put(end, header);
      end += header.size() + size;
      entries.push_back(std::move(x));
    }
    directory = end;
    file.put(end, central_directory(entries));
  }

  void check_all() {
    auto found = read_zip_directory(file, "x");
    REQUIRE_MESSAGE(found, (found ? "" : explain(found.error())));
    REQUIRE(found->size() == entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& x = (*found)[i];
      const auto& due = entries[i];
      REQUIRE(x.name == due.name);
      REQUIRE(x.crc == due.crc);
      REQUIRE(x.size == due.size);
      REQUIRE(x.packed_size == due.packed_size);
      REQUIRE(x.offset == due.offset);
      if (i < 4)
        REQUIRE(*find_zip_data(file, "x", x)
                == due.offset + local_header(due).size());
    }
  }

  [[nodiscard]] std::string end() const {
    return central_directory(entries);
  }

  [[nodiscard]] bool is_large() const {
    return end().find("PK\6\6") != std::string::npos;
  }

  sparse_file file;
  std::vector<zip_entry> entries;
  std::uint64_t directory = 0;
};

std::string refusal(input_file& file) {
  auto found = read_zip_directory(file, "x");
  CHECK(found.error() == errc::bad_model);
  return found ? "" : explain(found.error());
}

/// Replaces the text behind `magic` at an offset from it.
std::string patched(std::string text, const std::string& magic,
                    std::size_t offset, const std::string& with) {
  auto at = text.rfind(magic);
  REQUIRE(at != text.npos);
  return text.replace(at + offset, with.size(), with);
}

} // namespace

TEST_CASE("small archives have no fields of 64 bits") {
  archive x{{10, 0, 300}};
  x.check_all();
  CHECK_FALSE(x.is_large());
  CHECK(local_header(x.entries[0]).size() == 30 + 5);
}

TEST_CASE("arrays and archives may be larger than 4 GiB") {
  archive{{6 * gib}}.check_all();
  archive{{10, 5 * gib, 20, 9 * gib}}.check_all();
  // Only what they are behind is large.
  archive{{3 * gib, 3 * gib, 10, 20}}.check_all();
}

TEST_CASE("a size of as many bytes as 32 bits can say is in a field of 64") {
  for (auto size : {most - 1, most, most + 1}) {
    CAPTURE(size);
    archive x{{size}};
    x.check_all();
    CHECK((local_header(x.entries[0]).size() == 30 + 5) == (size < most));
  }
  // The directory begins at the last place that 32 bits can say, or behind it.
  for (auto start : {most - 1, most, most + 1}) {
    CAPTURE(start);
    archive x{{start - 35}};
    CHECK(x.directory == start);
    x.check_all();
    CHECK(x.is_large() == (start >= most));
  }
}

TEST_CASE("an archive may have more entries than 16 bits can count") {
  for (std::size_t count : {65'534, 65'535, 65'536}) {
    CAPTURE(count);
    archive x{std::vector<std::uint64_t>(count, 1)};
    x.check_all();
    CHECK(x.is_large() == (count >= 65'535));
  }
}

TEST_CASE("a record of 64 bits that is not where it should be is damage") {
  archive x{{5 * gib}};
  auto put = [&](const std::string& magic, std::size_t offset,
                 const std::string& with) {
    x.file.put(x.directory, patched(x.end(), magic, offset, with));
    return refusal(x.file);
  };
  auto locator = std::to_string(x.directory + x.end().size() - 22 - 20);
  std::string magic{"PK\6\7", 4};
  for (const auto& place : {std::string(8, '\0'), std::string(8, '\xff'),
                            std::string("\1\0\0\0\1\0\0\0", 8)}) {
    auto text = put(magic, 8, place);
    CAPTURE(text);
    CHECK(text.starts_with("'x' is damaged at offset " + locator + ": "));
  }
  // The directory would be elsewhere, or longer than the file.
  for (std::size_t field : {40, 48}) {
    auto text = put("PK\6\6", field, std::string(8, '\xff'));
    CAPTURE(text);
    CHECK(text.find("outside of the file") != text.npos);
  }
  // Without the locator 32 bits say what they say, and nothing is there.
  CHECK(
    put(magic, 0, "none").starts_with("'x' is damaged at offset 4294967295: "));
}

TEST_CASE("an entry whose size is nowhere is damage") {
  archive x{{5 * gib}};
  auto place = fmt::format("'x' is damaged at offset {}: the sizes of '0.npy'",
                           x.directory);
  std::string magic{"PK\1\2", 4};
  for (const auto& extra : {std::string("\2\0", 2), std::string("\1\0\7\0", 4),
                            std::string("\0\0\xff\xff", 4)}) {
    x.file.put(x.directory, patched(x.end(), magic, 46 + 5, extra));
    CHECK(refusal(x.file).starts_with(place));
  }
  // The name and the extra field would go on beyond the directory.
  x.file.put(x.directory, patched(x.end(), magic, 30, "\xff\xff"));
  CHECK(refusal(x.file).starts_with(place));
}
