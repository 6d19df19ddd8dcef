// Files that are none: whoever names a FIFO, a device or a directory is told
// so, and nothing waits for what may never come.
#include <sys/stat.h>

#include <functional>
#include <map>

#include <fmt/format.h>

#include "metadata/text/input.hpp"
#include "runtime/data/csv.hpp"
#include "runtime/data/edge_file.hpp"
#include "runtime/data/idx.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/hosting/request_text.hpp"
#include "runtime/hosting/weights_file.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/formats/text_file.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

using reader = std::function<std::string(const std::string&)>;

/// All that read a file which a user names.
const std::map<std::string, reader> readers{
  {"csv", [](const std::string& x) { return outcome_of(read_csv(x)); }},
  {"idx", [](const std::string& x) { return outcome_of(read_idx(x)); }},
  {"edges", [](const std::string& x) { return outcome_of(read_edges(x, {})); }},
  {"network",
   [](const std::string& x) {
     return outcome_of(find_network("edges:" + x, 0));
   }},
  {"identifiers",
   [](const std::string& x) {
     return outcome_of(read_request("identifiers=@" + x));
   }},
  {"arrays",
   [](const std::string& x) {
     return outcome_of(open_tensor_file(*make_posix_files(), x));
   }},
  {"weights",
   [](const std::string& x) { return outcome_of(network_of_weights(x)); }},
  {"text", [](const std::string& x) {
     return outcome_of(read_text_file<network>(*make_posix_files(), x));
   }}};

} // namespace

TEST_CASE("what is no regular file is refused by every reader") {
  temp_folder folder;
  auto fifo = folder.at("fifo.csv");
  REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
  for (const auto& x : readers) {
    // Clang 14 captures no parts of a structured binding.
    const auto& name = x.first;
    const auto& read = x.second;
    CAPTURE(name);
    auto said = [&](const std::string& path, std::string_view what) {
      auto text = read(path);
      CAPTURE(text);
      CHECK(contains(text, fmt::format("'{}': it is a {}", path, what)));
      CHECK(contains(text, "regular file"));
    };
    said(fifo, "FIFO");
    said("/dev/full", "device");
    said(folder.path(), "directory");
    CHECK(contains(read(folder.at("none")), "No such file"));
    CHECK(contains(read(folder.at("a") + std::string{"\0b", 2}), "NUL"));
  }
}

TEST_CASE("a folder of data with a FIFO in it is refused") {
  temp_folder folder;
  auto fifo = folder.at("train-images-idx3-ubyte");
  REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
  folder.write("train-labels-idx1-ubyte", idx_bytes({1}, {0}));
  CHECK(contains(outcome_of(load_data(folder.path(), 1)), "it is a FIFO"));
}

TEST_CASE("a file may be written where there is none, or a file") {
  temp_folder folder;
  CHECK_FALSE(check_writable(folder.at("new")));
  folder.write("old", "text");
  CHECK_FALSE(check_writable(folder.at("old")));
  std::filesystem::directory_iterator all{folder.path()};
  CHECK(std::distance(begin(all), end(all)) == 1); // no trial is left
  REQUIRE(::mkfifo(folder.at("fifo").c_str(), 0666) == 0);
  // Not the machine's own, should it be replaced.
  std::filesystem::create_symlink("/dev/full", folder.at("device"));
  CHECK_FALSE(check_writable(folder.at("fifo")));
  CHECK_FALSE(check_writable(folder.at("device")));
  CHECK(
    contains(outcome_of(check_writable(folder.path())), "it is a directory"));
  CHECK(contains(outcome_of(check_writable(folder.at("no/such"))),
                 "No such file or directory"));
}

TEST_CASE("a file that is larger than it can be is not read as a whole") {
  temp_folder folder;
  folder.write("network", "ganglion-network 1\n");
  // A hole, which takes no room on the disk.
  std::filesystem::resize_file(folder.at("network"), std::uintmax_t{1} << 40);
  CHECK(contains(outcome_of(read_text_file<network>(*make_posix_files(),
                                                    folder.at("network"))),
                 "more than such a file ever has"));
}
