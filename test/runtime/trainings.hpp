// Sessions, data and options for tests of trainings. For any number of test
// cases; each owns its session.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/training/trainer.hpp"

namespace ganglion {

inline std::unique_ptr<session> session_on(const std::string& nodes) {
  session_options options;
  options.net = *parse_network("mlp:6-32-3");
  options.nodes = nodes;
  options.request = *parse_request("layers");
  options.node_options.threads = 1;
  options.owner = "a test";
  auto result = session::open(options);
  REQUIRE_MESSAGE(result, (result ? "" : explain(result.error())));
  return std::move(*result);
}

inline trainer_actor trainer_for(session& on) {
  return spawn_trainer(on.self()->system(), on.engine(), on.net());
}

inline dataset samples() {
  return generate({100, 6, 3}, 1)->train;
}

inline trainer_options endless() {
  trainer_options result;
  result.epochs = 1'000'000;
  result.batch = 20;
  return result;
}

} // namespace ganglion
