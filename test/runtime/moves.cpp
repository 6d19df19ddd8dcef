// test: timeout=120
#include <doctest/doctest.h>

#include "distributor/distribute.hpp"
#include "distributor/request.hpp"
#include "metadata/error.hpp"
#include "runtime/hosting/session.hpp"
#include "test/runtime/ramps.hpp"

using namespace ganglion;

namespace {

session_options options_for(const std::string& nodes, const std::string& by,
                            optimizer_kind optimizer) {
  session_options result;
  result.net = *parse_network("mlp:6-32-16-3:tanh", 4);
  result.nodes = nodes;
  result.request = *parse_request(by);
  result.node_options.threads = 2;
  result.micro_batches = 2;
  result.training.optimizer.kind = optimizer;
  result.training.optimizer.learning_rate = 0.05f;
  result.owner = "a test";
  return result;
}

void train(session& on, int steps) {
  for (int i = 0; i < steps; ++i) {
    auto done = on.ask<step_report>(train_step{ramp(30, 6), classes(30, 3)});
    REQUIRE_MESSAGE(done, (done ? "" : explain(done.error())));
  }
}

std::unique_ptr<session> open(const session_options& options) {
  auto on = session::open(options);
  REQUIRE_MESSAGE(on, (on ? "" : explain(on.error())));
  return std::move(*on);
}

void move(session& on, const std::string& by) {
  auto where = distribute(on.net(), on.nodes().view(), *parse_request(by));
  REQUIRE(where);
  auto done = on.rearrange(*where, on.training());
  REQUIRE_MESSAGE(done, (done ? "" : explain(done.error())));
}

weight_digests moved_digests(session& on) {
  auto result = on.ask<weight_digests>(get_digests{});
  REQUIRE(result);
  return *result;
}

/// Where hidden2 reads through a layer that stands.
session_options with_standing(const std::string& nodes, const std::string& by) {
  auto result = options_for(nodes, by, optimizer_kind::adam);
  auto layers = result.net.layers();
  std::vector<layer> all{layers.begin(), layers.end()};
  all[2].inputs.push_back(4);
  all.push_back({.name = "scales",
                 .kind = layer_kind::norm,
                 .neurons = 32,
                 .values = 2,
                 .inputs = {}});
  result.net = *network::make(all);
  return result;
}

tensor answer_of(session& on) {
  auto result = on.ask<inference>(infer{ramp(5, 6)});
  REQUIRE(result);
  return result->outputs;
}

} // namespace

TEST_CASE("neurons that move between steps change no bit of what follows") {
  for (auto kind :
       {optimizer_kind::sgd, optimizer_kind::momentum, optimizer_kind::adam,
        optimizer_kind::adamw, optimizer_kind::lion}) {
    CAPTURE(static_cast<int>(kind));
    auto still = open(options_for("inside:1", "layers", kind));
    train(*still, 9);
    auto moving = open(options_for("inside:3", "percentage=50,30,20", kind));
    train(*moving, 3);
    move(*moving, "percentage=20,30,50");
    train(*moving, 3);
    move(*moving, "layers=c:hidden1+hidden2,b:output");
    move(*moving, "percentage=0,60,40");
    train(*moving, 3);
    auto want = moved_digests(*still);
    auto got = moved_digests(*moving);
    CHECK(got.step == 9);
    CHECK(got.weights == want.weights);
    CHECK(got.state == want.state);
    auto a = still->ask<inference>(infer{ramp(5, 6)});
    auto b = moving->ask<inference>(infer{ramp(5, 6)});
    REQUIRE((a && b));
    CHECK(a->outputs == b->outputs);
  }
}

TEST_CASE("neurons of every kind move, those without parameters too") {
  auto with_kinds = [](const std::string& nodes, const std::string& by) {
    auto result = options_for(nodes, by, optimizer_kind::lion);
    result.net = *parse_network("mlp:6-32-norm-16-pool2-drop0.25-3:silu", 4);
    return result;
  };
  auto still = open(with_kinds("inside:1", "layers"));
  train(*still, 9);
  auto moving = open(with_kinds("inside:3", "percentage=50,30,20"));
  train(*moving, 3);
  move(*moving, "percentage=20,30,50");
  train(*moving, 3);
  // A node with nothing but neurons that have no parameters.
  move(*moving, "layers=a:hidden1+hidden3+output,b:norm2,c:pool4+drop5");
  train(*moving, 2);
  move(*moving, "layers=a:pool4+hidden1,b:norm2+hidden3,c:drop5+output");
  train(*moving, 1);
  auto want = moved_digests(*still);
  auto got = moved_digests(*moving);
  CHECK(got.weights == want.weights);
  CHECK(got.state == want.state);
  auto a = still->ask<inference>(infer{ramp(5, 6)});
  auto b = moving->ask<inference>(infer{ramp(5, 6)});
  REQUIRE((a && b));
  CHECK(a->outputs == b->outputs);
  auto rows = moving->ask<parameters>(
    get_parameters{moving->net().range_of(4)});
  REQUIRE(rows);
  CHECK(rows->weights.columns() == 0);
  CHECK(rows->weights.rows() == 8);
}

TEST_CASE("layers that stand move, and readers have their rows at once") {
  auto still = open(with_standing("inside:1", "layers"));
  train(*still, 9);
  auto moving = open(with_standing("inside:3", "percentage=50,30,20"));
  train(*moving, 3);
  move(*moving, "layers=a:hidden1+output,b:scales,c:hidden2");
  train(*moving, 3);
  move(*moving, "layers=b:hidden1+output,c:scales,a:hidden2");
  train(*moving, 3);
  CHECK(moved_digests(*still).weights == moved_digests(*moving).weights);
  CHECK(answer_of(*still) == answer_of(*moving));
}

TEST_CASE("weights of a layer that stands that are set are read at once") {
  auto one = open(with_standing("inside:1", "layers"));
  auto three = open(with_standing("inside:3", "percentage=50,30,20"));
  auto before = answer_of(*one);
  CHECK(before == answer_of(*three));
  auto range = one->net().range_of(4);
  for (auto* on : {one.get(), three.get()})
    REQUIRE(on->ask<stored>(put_parameters{{range, ramp(32, 2), {}}}));
  auto after = answer_of(*one);
  CHECK(after != before);
  CHECK(after == answer_of(*three));
  train(*one, 2);
  train(*three, 2);
  CHECK(moved_digests(*one).weights == moved_digests(*three).weights);
}

TEST_CASE("the epoch of the placement rises with every move") {
  auto on = open(
    options_for("inside:2", "percentage=50,50", optimizer_kind::adam));
  auto first = on->rearrange(on->where(), on->training());
  REQUIRE(first);
  CHECK(first->epoch == 2);
  auto second = on->rearrange(on->where(), on->training());
  REQUIRE(second);
  CHECK(second->epoch == 3);
}

TEST_CASE("a placement that makes no sense leaves everything as it was") {
  auto on = open(
    options_for("inside:2", "percentage=50,50", optimizer_kind::adam));
  train(*on, 1);
  auto bad = on->rearrange(placement{}, on->training());
  REQUIRE(!bad);
  CHECK(bad.error() == errc::bad_placement);
  train(*on, 1);
  CHECK(on->where() != placement{});
  move(*on, "percentage=80,20");
  train(*on, 1);
}

TEST_CASE("another learning rate takes effect with the weights as they are") {
  auto on = open(
    options_for("inside:2", "percentage=50,50", optimizer_kind::momentum));
  train(*on, 2);
  auto before = moved_digests(*on);
  auto training = on->training();
  training.optimizer.learning_rate *= 2;
  REQUIRE(on->rearrange(on->where(), training));
  auto after = moved_digests(*on);
  CHECK(after.weights == before.weights);
  CHECK(after.state == before.state);
  training.optimizer.kind = optimizer_kind::adam;
  REQUIRE(on->rearrange(on->where(), training));
  auto other = moved_digests(*on);
  CHECK(other.weights == before.weights);
  CHECK(other.state != before.state);
  train(*on, 1);
}

TEST_CASE("weights are not kept where no model is open") {
  auto on = open(options_for("inside:2", "layers", optimizer_kind::adam));
  auto kept = on->ask<weights_kept>(keep_weights{});
  REQUIRE(!kept);
  CHECK(kept.error() == errc::bad_argument);
  train(*on, 1);
}

TEST_CASE("neurons tell what they answered in an inference that asked so") {
  auto single = open(options_for("inside:1", "layers", optimizer_kind::adam));
  auto spread = open(
    options_for("inside:3", "percentage=50,30,20", optimizer_kind::adam));
  auto hidden = single->net().range_of(1);
  auto early = spread->ask<kept_outputs>(get_outputs{hidden});
  REQUIRE(!early);
  CHECK(early.error() == errc::not_found);
  for (auto on : {single.get(), spread.get()})
    REQUIRE(on->ask<inference>(infer{ramp(4, 6), {}, true}));
  // Others do not touch what was kept.
  REQUIRE(spread->ask<inference>(infer{ramp(9, 6)}));
  auto want = single->ask<kept_outputs>(get_outputs{hidden});
  auto got = spread->ask<kept_outputs>(get_outputs{hidden});
  REQUIRE((want && got));
  CHECK(got->values.rows() == 4);
  CHECK(got->values == want->values);
  auto part = spread->ask<kept_outputs>(get_outputs{{hidden.first + 3, 20}});
  REQUIRE(part);
  CHECK(part->values == want->values.columns(3, 20));
  auto all = single->ask<inference>(infer{ramp(4, 6)});
  auto last = spread->ask<kept_outputs>(get_outputs{spread->net().range_of(3)});
  REQUIRE((all && last));
  CHECK(last->values == all->outputs);
  CHECK(!spread->ask<inference>(infer{ramp(257, 6), {}, true}));
}

TEST_CASE("an engine says where a neuron lives, also once it has moved") {
  auto on = open(options_for("inside:2", "layers", optimizer_kind::sgd));
  auto output = on->net().range_of(3);
  auto before = on->ask<neuron_location>(locate_neuron{output.first + 2});
  REQUIRE(before);
  CHECK(before->layer == 3);
  CHECK(before->node == on->nodes().view().nodes[1].name);
  CHECK(before->incarnation == on->nodes().view().nodes[1].incarnation);
  CHECK(before->group.first + before->offset == output.first + 2);
  move(*on, "percentage=100,0");
  auto after = on->ask<neuron_location>(locate_neuron{output.first + 2});
  REQUIRE(after);
  CHECK(after->node == on->nodes().view().nodes[0].name);
  for (neuron_id nowhere : {neuron_id{0}, output.end()}) {
    auto none = on->ask<neuron_location>(locate_neuron{nowhere});
    REQUIRE(!none);
    CHECK(none.error() == errc::not_found);
  }
}
