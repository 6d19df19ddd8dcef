// Models that could not be made to the end: whatever call fails, nothing of
// them is left, and all that was there before or is not theirs still is.
#include <functional>

#include <fmt/format.h>

#include "runtime/model_store/exchange/import.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

const std::string weights_file = "w.safetensors";

/// Zeros for the small network.
std::string safetensors() {
  auto head = R"({"hidden1.weight":{"dtype":"F32","shape":[6,3],)"
              R"("data_offsets":[0,72]},"hidden1.bias":{"dtype":"F32",)"
              R"("shape":[6],"data_offsets":[72,96]},"output.weight":{"dtype":)"
              R"("F32","shape":[2,6],"data_offsets":[96,144]},"output.bias":)"
              R"({"dtype":"F32","shape":[2],"data_offsets":[144,152]}})";
  std::string text{head};
  std::string size(8, '\0');
  size[0] = static_cast<char>(text.size() & 0xff);
  size[1] = static_cast<char>(text.size() >> 8);
  return size + text + std::string(152, '\0');
}

using deed = std::function<caf::expected<manifest>(file_system&)>;

caf::expected<manifest> import_small(file_system& files) {
  auto from = open_tensor_file(files, weights_file);
  if (!from)
    return from.error();
  return import_model(files, **from, "new", small_network(),
                      {options_of("import").who, {}, false});
}

caf::expected<manifest> branch_small(file_system& files) {
  return branch(files, model_dir, {1, 5}, "new", options_of("branch").who);
}

/// A disk with a file to import, a model to branch off, and perhaps more.
struct scene : memory_process {
  explicit scene(const std::function<void(scene&)>& prepare = {}) {
    disk->damage(weights_file, safetensors());
    auto writer = create();
    commit(writer, 5);
    if (prepare)
      prepare(*this);
  }

  /// All paths, but for what readers of the old model leave where they fail.
  [[nodiscard]] std::vector<std::string> tree(const std::string& dir = ".") {
    std::vector<std::string> result;
    auto names = files.list(dir);
    for (const auto& name : *names) {
      if (dir.starts_with("./" + model_dir)
          && (is_temporary(name) || dir.ends_with("/pins")))
        continue;
      result.push_back(dir + "/" + name);
      if (files.list(result.back()))
        for (auto& x : tree(std::string{result.back()}))
          result.push_back(std::move(x));
    }
    std::ranges::sort(result);
    return result;
  }
};

std::vector<std::string> calls_of(const deed& make,
                                  const std::function<void(scene&)>& prepare) {
  scene on{prepare};
  faulty_files process{on.files};
  REQUIRE(outcome_of(make(process)) == "no error");
  return process.log();
}

void fail_everywhere(const deed& make,
                     const std::function<void(scene&)>& prepare = {}) {
  auto calls = calls_of(make, prepare).size();
  REQUIRE(calls > 60);
  for (auto what : {fault::disk_full, fault::io_error, fault::short_write})
    for (std::uint64_t n = 1; n <= calls; ++n) {
      CAPTURE(n);
      scene on{prepare};
      auto before = on.tree();
      faulty_files process{on.files};
      process.fail_at(n, what);
      if (auto made = make(process))
        continue; // that was in nobody's way
      REQUIRE(on.tree() == before);
    }
}

} // namespace

TEST_CASE("an import that fails at any call leaves nothing") {
  fail_everywhere(import_small);
}

TEST_CASE("a branch that fails at any call leaves nothing") {
  fail_everywhere(branch_small);
}

TEST_CASE("directories that were there before stay") {
  fail_everywhere(import_small, [](scene& on) {
    REQUIRE(on.files.make_directory("new"));
    REQUIRE(on.files.make_directory("new/shards"));
  });
}

TEST_CASE("a disk that gets full is told, with what was to be written") {
  auto calls = calls_of(import_small, {});
  auto write = std::ranges::find_if(
    calls, [](const auto& x) { return x.starts_with("write new/shards/"); });
  REQUIRE(write != calls.end());
  scene on;
  faulty_files process{on.files};
  process.fail_at(static_cast<std::uint64_t>(write - calls.begin()) + 1,
                  fault::disk_full);
  auto made = import_small(process);
  CHECK(made.error() == errc::system);
  CHECK(contains(outcome_of(made), "new/shards/000001-"));
  CHECK(contains(outcome_of(made), "No space left"));
}

TEST_CASE("a model of others stays where an import fails") {
  scene on;
  SUBCASE("because it is there") {
    REQUIRE(model_writer::create(on.files, "new", small_network(),
                                 options_of("other")));
    auto before = on.tree();
    CHECK(import_small(on.files).error() == errc::bad_argument);
    CHECK(on.tree() == before);
  }
  SUBCASE("because they took it over") {
    faulty_files process{on.files};
    std::optional<model_writer> other;
    process.around_each(
      [&](const std::string& call) {
        if (other || !call.starts_with("link new/manifests/"))
          return;
        auto next = model_writer::open(on.files, "new",
                                       options_of("other", true));
        REQUIRE(outcome_of(next) == "no error");
        other.emplace(std::move(*next));
      },
      [](const std::string&) {});
    CHECK(import_small(process).error() == errc::lost_lease);
    REQUIRE(other);
    CHECK(outcome_of(commit_step(on.files, *other, 1)) == "no error");
  }
}
