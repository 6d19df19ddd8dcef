// The file that --save writes.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/archive/text_oarchive.hpp>

#include <fmt/format.h>

#include "distributor/request.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/hosting/weights_file.hpp"
#include "test/runtime/data_files.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

std::unique_ptr<session> deployed(std::uint64_t seed) {
  session_options options;
  options.net = small_network();
  options.request = *parse_request("layers");
  options.training.seed = seed;
  options.node_options.threads = 1;
  options.owner = "a test";
  auto result = session::open(options);
  REQUIRE(outcome_of(result) == "no error");
  return std::move(*result);
}

std::string weights_of(session& on) {
  auto digests = on.ask<weight_digests>(get_digests{});
  REQUIRE(digests);
  auto bytes = std::as_bytes(std::span{digests->weights});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// As programs wrote it before there was a checksum.
std::string without_checksum(const network& net, const std::string& now) {
  std::ostringstream text;
  boost::archive::text_oarchive archive{text};
  archive << net;
  auto head = text.str();
  std::size_t size = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    size += net.range_of(id).count * net.parameters_per_neuron(id) * 4;
  constexpr std::size_t last_line = 22;
  return fmt::format("ganglion-weights 1\n{}\n{}{}", head.size(), head,
                     now.substr(now.size() - last_line - size, size));
}

struct saved {
  temp_folder folder;
  std::string path = folder.at("weights");
  std::unique_ptr<session> from = deployed(1);
  std::unique_ptr<session> to = deployed(2);

  saved() {
    REQUIRE(outcome_of(save_weights(*from, path)) == "no error");
    REQUIRE(weights_of(*from) != weights_of(*to));
  }
};

} // namespace

TEST_CASE("saved weights are those that are loaded") {
  saved on;
  CHECK(outcome_of(load_weights(*on.to, on.path)) == "no error");
  CHECK(weights_of(*on.from) == weights_of(*on.to));
  CHECK(*network_of_weights(on.path) == small_network());
  // In the place of an older file, too.
  CHECK(outcome_of(save_weights(*on.to, on.path)) == "no error");
}

TEST_CASE("a byte of saved weights that changes is found and named") {
  saved on;
  auto good = content_of(on.path);
  auto before = weights_of(*on.to);
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    on.folder.write("weights", bad);
    auto outcome = outcome_of(load_weights(*on.to, on.path));
    CAPTURE(outcome);
    CHECK(contains(outcome, fmt::format("'{}'", on.path)));
  }
  for (auto size : {good.size() - 1, good.size() / 2, std::size_t{30}}) {
    on.folder.write("weights", good.substr(0, size));
    CHECK(load_weights(*on.to, on.path).category() != 0);
  }
  on.folder.write("weights", good + "\n");
  CHECK(load_weights(*on.to, on.path) == errc::bad_model);
  CHECK(weights_of(*on.to) == before); // nothing of them was taken
}

TEST_CASE("weights that were saved without a checksum are loaded") {
  saved on;
  auto old = without_checksum(small_network(), content_of(on.path));
  on.folder.write("weights", old);
  CHECK(outcome_of(load_weights(*on.to, on.path)) == "no error");
  CHECK(weights_of(*on.from) == weights_of(*on.to));
  for (auto size : {old.size() - 1, std::size_t{40}, std::size_t{18}}) {
    on.folder.write("weights", old.substr(0, size));
    CHECK(load_weights(*on.to, on.path) == errc::bad_model);
  }
  // A length within the archive that no memory would do for.
  auto at = old.find(" 5 input ");
  REQUIRE(at != old.npos);
  on.folder.write("weights", old.replace(at, 3, " 999999999999999 "));
  CHECK(load_weights(*on.to, on.path) == errc::bad_model);
}

TEST_CASE("weights of a newer format are refused, with what to do") {
  saved on;
  auto text = content_of(on.path);
  text.replace(text.find(" 2\n"), 3, " 3\n");
  on.folder.write("weights", text);
  auto err = load_weights(*on.to, on.path);
  CHECK(err == errc::incompatible);
  CHECK(contains(explain(err), "use the version of ganglion that wrote it"));
  on.folder.write("weights", "something else");
  CHECK(contains(explain(load_weights(*on.to, on.path)),
                 "is not a file of weights"));
}
