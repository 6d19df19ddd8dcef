// Networks of neurons that are wired one by one, deployed and asked, and what
// they are to answer. For any number of test cases.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/kernel/functions/functions.hpp"
#include "metadata/error.hpp"
#include "metadata/network/edge_list.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

namespace ganglion {

constexpr std::uint64_t wired_inputs = 6;
constexpr std::uint64_t wired_neurons = 40;

/// Some pseudo-random number below `limit`.
inline std::uint64_t draw(std::uint64_t i, std::uint64_t limit) {
  return (i * 2654435761u >> 7) % limit;
}

/// About four edges into each neuron, with loops; two neurons answer.
inline network looped() {
  std::vector<edge> edges;
  for (std::uint64_t i = 0; i < wired_neurons * 4; ++i) {
    edge next{draw(i, wired_inputs + wired_neurons),
              wired_inputs + i % wired_neurons};
    if (std::find(edges.begin(), edges.end(), next) == edges.end())
      edges.push_back(next);
  }
  auto net = unwired_network(wired_inputs, wired_neurons, activation_kind::tanh,
                             {{12, 1}, {30, 1}});
  REQUIRE(net);
  auto made = with_edges(*net, edges);
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  REQUIRE(made->schedule_of(1).has_loop);
  return *made;
}

/// Each neuron reads the one before; the first reads an input.
inline network chain() {
  std::vector<edge> edges;
  for (auto i = wired_inputs; i < wired_inputs + wired_neurons; ++i)
    edges.push_back({i == wired_inputs ? 0 : i - 1, i});
  auto net = unwired_network(wired_inputs, wired_neurons, activation_kind::tanh,
                             {{12, 1}, {30, 1}});
  REQUIRE(net);
  auto made = with_edges(*net, edges);
  REQUIRE_MESSAGE(made, (made ? "" : explain(made.error())));
  return *made;
}

inline session_options wired_options(network net, const std::string& nodes,
                                     const std::string& by,
                                     std::uint64_t group_size = 0) {
  session_options result;
  result.net = std::move(net);
  result.nodes = nodes;
  result.request = *parse_request(by);
  result.node_options.threads = 2;
  result.group_size = group_size;
  result.owner = "a test";
  return result;
}

inline std::unique_ptr<session> open_wired(const session_options& options) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

inline inference fire(session& on, std::uint32_t ticks = 0, bool keep = false) {
  auto answer = on.ask<inference>(
    infer{ramp(5, wired_inputs), {}, keep, ticks});
  REQUIRE_MESSAGE(answer, (answer ? "" : explain(answer.error())));
  return *answer;
}

/// All neurons' values [rows x neurons] after so many ticks, by the definition.
inline std::vector<std::vector<float>> reference(session& on,
                                                 std::size_t ticks) {
  auto rows = on.ask<parameters>(get_parameters{{wired_inputs, wired_neurons}});
  REQUIRE(rows);
  const auto& wires = on.net().at(1).wires;
  auto samples = ramp(5, wired_inputs);
  std::vector<std::vector<float>> now(5, std::vector<float>(wired_neurons));
  for (std::size_t t = 0; t < ticks; ++t) {
    auto before = now;
    for (std::size_t r = 0; r < 5; ++r) {
      for (std::uint64_t i = 0; i < wired_neurons; ++i) {
        float sum = 0;
        std::size_t k = 0;
        for (const auto& x :
             edges_into(wires, neuron_range{wired_inputs + i, 1}))
          sum += rows->weights.row(i)[k++]
                 * (x.source < wired_inputs
                      ? samples.row(r)[x.source]
                      : before[r][x.source - wired_inputs]);
        now[r][i] = apply(lane_function::tanh,
                          sum + rows->weights.row(i).back());
      }
    }
  }
  return now;
}

inline void check_answers(const tensor& got,
                          const std::vector<std::vector<float>>& want) {
  REQUIRE(got.rows() == 5);
  REQUIRE(got.columns() == 2);
  for (std::size_t r = 0; r < 5; ++r) {
    CHECK(got.row(r)[0] == want[r][12 - wired_inputs]);
    CHECK(got.row(r)[1] == want[r][30 - wired_inputs]);
  }
}

} // namespace ganglion
