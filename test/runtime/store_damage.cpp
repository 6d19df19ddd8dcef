// Files that are truncated, flipped, swapped, too long or too new: each is an
// error that names file and offset, and the commit before is used.
#include <fmt/format.h>

#include "runtime/model_store/formats/checksum.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

/// A model with commits 1-1 and 1-2, whose files can be damaged.
struct damaged_model {
  memory_process on;
  manifest older;
  manifest newer;

  damaged_model() {
    auto writer = on.create();
    older = on.commit(writer, 1);
    newer = on.commit(writer, 2);
  }

  std::string shard(std::size_t i) const {
    return layout::shard_path(model_dir, newer.shards[i].name);
  }

  std::string manifest_file() const {
    return layout::manifest_path(model_dir, newer.id);
  }

  /// Puts `content` there, checks that the newer commit is skipped for a
  /// reason that names file and offset, and puts the old content back.
  std::string skip_reason(const std::string& path, std::string content) {
    auto before = on.disk->content(path);
    on.disk->damage(path, std::move(content));
    auto found = on.newest();
    CHECK(found.what == older);
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].id == newer.id);
    auto result = outcome_of(found.skipped[0].why);
    CHECK(contains(result, "'" + path + "'"));
    auto report = fsck(on.files, model_dir);
    REQUIRE(outcome_of(report) == "no error");
    CHECK(report->newest_whole == older.id);
    REQUIRE_FALSE(report->damaged.empty());
    on.disk->damage(path, before);
    return result;
  }
};

void flip_every_byte(damaged_model& x, const std::string& path) {
  auto whole = x.on.disk->content(path);
  // The middle of a header's padding is like the rest of it.
  for (std::size_t i = 0; i<whole.size(); i += i> 100 && i < 4080 ? 97 : 1) {
    CAPTURE(i);
    auto flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    CHECK(contains(x.skip_reason(path, flipped), "offset "));
  }
}

void cut_everywhere(damaged_model& x, const std::string& path) {
  auto whole = x.on.disk->content(path);
  for (std::size_t i = 0; i<whole.size(); i += i> 100 && i < 4080 ? 97 : 1) {
    CAPTURE(i);
    CHECK(contains(x.skip_reason(path, whole.substr(0, i)), "offset "));
  }
}

/// A text file with another body and the right checksum.
std::string with_checksum(std::string body) {
  return body
         + fmt::format("xxh3 {:016x}\n",
                       checksum(std::as_bytes(std::span{body})));
}

std::string without_checksum(const std::string& text) {
  return text.substr(0, text.rfind("xxh3"));
}

std::string replaced(std::string text, std::string_view what,
                     std::string_view by) {
  auto at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), by);
}

} // namespace

TEST_CASE("any flipped byte is found") {
  damaged_model x;
  for (const auto& path : {x.shard(0), x.shard(1), x.manifest_file()})
    flip_every_byte(x, path);
}

TEST_CASE("a file cut at any byte is found") {
  damaged_model x;
  for (const auto& path : {x.shard(0), x.manifest_file()})
    cut_everywhere(x, path);
}

TEST_CASE("a flipped byte of a shard is told with the chunk's offset") {
  damaged_model x;
  auto bytes = x.on.disk->content(x.shard(0));
  bytes[4200] ^= 64;
  CHECK(x.skip_reason(x.shard(0), bytes)
        == fmt::format("shard '{}' is damaged at offset 4096: the 288 bytes "
                       "from there on have another checksum",
                       x.shard(0)));
}

TEST_CASE("a file that goes on is found") {
  damaged_model x;
  for (const auto& path : {x.shard(0), x.manifest_file()})
    for (const auto& more : {std::string{"x"}, std::string(5000, '\0')})
      CHECK(contains(x.skip_reason(path, x.on.disk->content(path) + more),
                     "offset "));
}

TEST_CASE("a lost file is found") {
  damaged_model x;
  x.on.disk->lose(x.shard(1));
  auto found = x.on.newest();
  CHECK(found.what == x.older);
  CHECK(contains(outcome_of(found.skipped.at(0).why), x.shard(1)));
}

TEST_CASE("shards that were swapped are found") {
  damaged_model x;
  auto older = layout::shard_path(model_dir, x.older.shards[0].name);
  for (const auto& other : {older, x.shard(1)})
    CHECK(contains(x.skip_reason(x.shard(0), x.on.disk->content(other)),
                   "it is not the shard that the manifest speaks of"));
}

TEST_CASE("a manifest under another commit's name is found") {
  damaged_model x;
  auto older = layout::manifest_path(model_dir, x.older.id);
  CHECK(contains(x.skip_reason(x.manifest_file(), x.on.disk->content(older)),
                 "it is the manifest of another commit"));
}

TEST_CASE("a placement that is damaged is found") {
  damaged_model x;
  auto path = layout::placement_path(model_dir, x.newer.placement_hash);
  auto text = x.on.disk->content(path);
  x.on.disk->damage(path, text.substr(0, text.size() / 2));
  auto found = x.on.reader().newest(verification::everything);
  CHECK(found.error() == errc::bad_model);
  CHECK(contains(outcome_of(found), "no commit of model 'model' is whole"));
  CHECK(contains(outcome_of(found), path));
}

TEST_CASE("a text file of a newer format is refused, not skipped") {
  damaged_model x;
  auto text = without_checksum(x.on.disk->content(x.manifest_file()));
  x.on.disk->damage(
    x.manifest_file(),
    with_checksum(replaced(text, "manifest 3\n", "manifest 4\n")));
  auto found = x.on.reader().newest(verification::everything);
  CHECK(found.error() == errc::incompatible);
  CHECK(outcome_of(found)
        == fmt::format("'{}' has version 4 of the format of a manifest, but "
                       "this program knows versions up to 3: use the version "
                       "of ganglion that wrote it, or a newer one",
                       x.manifest_file()));
  CHECK(model_writer::open(x.on.files, model_dir, options_of("x")).error()
        == errc::incompatible);
}

TEST_CASE("a shard of a newer format is refused, not skipped") {
  damaged_model x;
  auto bytes = x.on.disk->content(x.shard(0));
  bytes[8] = 2;
  auto sum = checksum(std::as_bytes(std::span{bytes}).first(4088));
  for (int i = 0; i < 8; ++i)
    bytes[4088 + i] = static_cast<char>(sum >> 8 * i);
  x.on.disk->damage(x.shard(0), bytes);
  auto found = x.on.reader().newest(verification::headers);
  CHECK(found.error() == errc::incompatible);
  CHECK(contains(outcome_of(found), "has version 2 of its format, but this "
                                    "program knows versions up to 1"));
}

TEST_CASE("lengths beyond the end of a text are not believed") {
  auto text = without_checksum(to_text(small_placement()));
  for (auto number : {"4000000000", "18446744073709551615", "99999999999999"})
    for (auto [what, by] :
         {std::pair{" 2 0 1 a", " {} 0 1 a"}, {" 2 0 1 a", " 2 0 {} a"}}) {
      auto body = replaced(text, what, fmt::format(fmt::runtime(by), number));
      auto read = from_text<placement>("f", with_checksum(body));
      CHECK(read.error() == errc::bad_model);
      CHECK(contains(outcome_of(read), "'f' is damaged at offset "));
    }
}

TEST_CASE("numbers that stand for nothing are refused") {
  auto text = without_checksum(to_text(small_network()));
  auto body = replaced(text, " 5 input 0 ", " 5 input 9 ");
  CHECK(from_text<network>("f", with_checksum(body)).error()
        == errc::bad_model);
  CHECK(from_text<network>("f", with_checksum(text)));
}

TEST_CASE("one kind of file is not taken for another") {
  auto read = from_text<network>("f", to_text(small_placement()));
  CHECK(outcome_of(read)
        == "'f' is damaged at offset 0: it does not start with "
           "'ganglion-network ', so that it is no network of a model");
}

TEST_CASE("directories are listed anew where a base is not listed") {
  memory_process on;
  auto first = on.create();
  on.commit(first, 1);
  auto second = on.open("second", true);
  on.commit(second, 2);
  auto path = layout::base_path(model_dir, 2);
  auto content = on.disk->content(path);
  on.disk->lose(path);
  faulty_files process{on.files};
  int lists = 0;
  process.before_each([&](std::uint64_t n) {
    // A first listing from a cache lacks it.
    if (process.log()[n - 1] == "list model/leases" && ++lists == 2)
      on.disk->damage(path, content);
  });
  auto past = read_history(process, model_dir, freshness::preferred);
  REQUIRE(outcome_of(past) == "no error");
  CHECK(lists == 2);
  CHECK(past->damaged.empty());
  CHECK(past->counting == std::vector<commit_id>{{2, 2}, {1, 1}});
}

TEST_CASE("a damaged record of a base is replaced by what its commits say") {
  memory_process on;
  {
    auto first = on.create();
    on.commit(first, 1);
    auto second = on.open("second", true);
    on.commit(second, 2);
    // Void: its writer has lost the lease.
    CHECK_FALSE(commit_step(on.files, first, 3));
  }
  on.disk->damage(layout::base_path(model_dir, 2), "nonsense");
  CHECK(on.newest().what.id == commit_id{2, 2});
  auto log = on.reader().log();
  REQUIRE(log->size() == 2);
  CHECK((*log)[1].id == commit_id{1, 1});
  CHECK(fsck(on.files, model_dir)->damaged.at(0).path
        == layout::base_path(model_dir, 2));
}
