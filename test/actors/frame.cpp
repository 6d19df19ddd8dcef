#include "actors/link/frame.hpp"

#include <cstring>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "actors/link/outbox.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

/// Writes down what arrives.
struct recorder : frame_sink {
  caf::error on_frame(const frame_prefix& prefix,
                      std::span<const std::byte> payload) override {
    kinds.push_back(prefix.kind);
    largest = std::max(largest, payload.size());
    control_bytes += payload.size();
    return {};
  }

  caf::error on_tensor_bytes(const frame_prefix&,
                             std::span<const std::byte> bytes) override {
    tensor_bytes.insert(tensor_bytes.end(), bytes.begin(), bytes.end());
    return {};
  }

  std::vector<frame_kind> kinds;
  std::vector<std::byte> tensor_bytes;
  std::size_t largest = 0;
  std::size_t control_bytes = 0;
};

std::vector<std::byte> bytes_of(const frame_prefix& prefix,
                                std::size_t payload) {
  std::vector<std::byte> result(sizeof(prefix) + payload, std::byte{7});
  std::memcpy(result.data(), &prefix, sizeof(prefix));
  return result;
}

std::span<const std::byte> view(const caf::byte_buffer& x) {
  return {reinterpret_cast<const std::byte*>(x.data()), x.size()};
}

/// What a batch would put into a socket.
caf::byte_buffer flat(frame_batch& x) {
  caf::byte_buffer result;
  for (const auto& piece : x.pieces()) {
    auto first = static_cast<const caf_byte*>(piece.iov_base);
    result.insert(result.end(), first, first + piece.iov_len);
  }
  CHECK(result.size() == x.size());
  x.clear();
  return result;
}

caf::byte_buffer all_of(outbox& out) {
  frame_batch batch;
  while (out.take_frame(batch))
    ;
  return flat(batch);
}

activation tensor_of(std::uint64_t sequence, std::size_t rows,
                     std::size_t columns) {
  matrix values{rows, columns};
  for (std::size_t i = 0; i < values.size(); ++i)
    values.data()[i] = static_cast<float>(i);
  activation result{{}, std::move(values).freeze()};
  result.head.sequence = sequence;
  return result;
}

} // namespace

TEST_CASE("frames come out whole however their bytes are cut") {
  outbox out;
  out.add(frame_kind::heartbeat);
  out.add(control_envelope{5, false, release{9}});
  out.add(tensor_message{tensor_of(1, 300, 400)});
  auto bytes = all_of(out);
  for (std::size_t step : {1, 3, 11, 1000, 1 << 20}) {
    recorder seen;
    frame_reader reader;
    reader.handshake_done();
    auto left = view(bytes);
    while (!left.empty()) {
      auto count = std::min(step, left.size());
      REQUIRE(!reader.feed(left.first(count), seen));
      left = left.subspan(count);
    }
    CHECK(seen.kinds
          == std::vector{frame_kind::heartbeat, frame_kind::control,
                         frame_kind::tensor_head});
    REQUIRE(seen.tensor_bytes.size() == std::size_t{300} * 400 * sizeof(float));
    CHECK(std::memcmp(seen.tensor_bytes.data(),
                      tensor_of(1, 300, 400).values.data(),
                      seen.tensor_bytes.size())
          == 0);
  }
}

TEST_CASE("before the handshake a frame is a small greeting or nothing") {
  for (auto kind : {frame_kind::heartbeat, frame_kind::control,
                    frame_kind::tensor_head, frame_kind::tensor_data}) {
    frame_reader reader;
    recorder seen;
    CHECK(reader.feed(bytes_of({8, kind, 1, 0, 0}, 8), seen));
    CHECK(seen.kinds.empty());
  }
  frame_reader reader;
  recorder seen;
  auto err = reader.feed(
    bytes_of({max_handshake_payload + 1, frame_kind::hello, 1, 0, 0}, 0), seen);
  CHECK(explain(err).find("4097 bytes") != std::string::npos);
}

TEST_CASE("a length that is merely claimed is refused before it allocates") {
  frame_reader reader;
  reader.handshake_done();
  recorder seen;
  CHECK(
    reader.feed(bytes_of({0xffffffff, frame_kind::control, 1, 0, 0}, 0), seen));
}

TEST_CASE("control overtakes tensors, and the oldest micro-batch goes first") {
  outbox out;
  out.add(tensor_message{tensor_of(9, 1, 1)});
  out.add(tensor_message{tensor_of(4, 1, 2)});
  out.add(control_envelope{1, false, release{1}});
  std::vector<std::size_t> columns;
  frame_reader reader;
  reader.handshake_done();
  recorder seen;
  frame_batch batch;
  REQUIRE(out.take_frame(batch));
  REQUIRE(!reader.feed(view(flat(batch)), seen));
  CHECK(seen.kinds == std::vector{frame_kind::control});
  REQUIRE(out.take_frame(batch));
  REQUIRE(out.take_frame(batch));
  REQUIRE(!reader.feed(view(flat(batch)), seen));
  CHECK(seen.tensor_bytes.size() == 2 * sizeof(float));
}

TEST_CASE("a long tensor is written in chunks, between which control passes") {
  outbox out;
  out.add(tensor_message{tensor_of(1, 1000, 1000)});
  frame_batch batch;
  REQUIRE(out.take_frame(batch)); // head
  REQUIRE(out.take_frame(batch)); // first chunk
  CHECK(batch.size() <= max_frame_payload + 1000);
  out.add(frame_kind::heartbeat);
  batch.clear();
  REQUIRE(out.take_frame(batch));
  CHECK(batch.size() == sizeof(frame_prefix));
}

TEST_CASE("columns of a wider tensor arrive as a tensor of their own") {
  auto wide = tensor_of(1, 50, 300);
  wide.values = wide.values.columns(17, 5);
  outbox out;
  out.add(tensor_message{wide});
  auto bytes = all_of(out);
  frame_reader reader;
  reader.handshake_done();
  recorder seen;
  REQUIRE(!reader.feed(view(bytes), seen));
  auto want = wide.values.to_vector();
  REQUIRE(seen.tensor_bytes.size() == want.size() * sizeof(float));
  CHECK(
    std::memcmp(seen.tensor_bytes.data(), want.data(), seen.tensor_bytes.size())
    == 0);
}

TEST_CASE("random bytes end in an error or are skipped, never in a crash") {
  std::mt19937 random{3};
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> bytes(random() % 200);
    for (auto& x : bytes)
      x = std::byte(random());
    if (bytes.size() > 12 && round % 2 == 0) { // let some pass the prefix
      bytes[2] = bytes[3] = std::byte{0};
      bytes[4] = std::byte(1 + random() % 7);
      bytes[6] = bytes[7] = std::byte{0};
    }
    frame_reader reader;
    if (round % 4 < 2)
      reader.handshake_done();
    recorder seen;
    auto err = reader.feed(bytes, seen);
    CHECK(seen.control_bytes + seen.tensor_bytes.size() <= bytes.size());
    static_cast<void>(err);
  }
}
