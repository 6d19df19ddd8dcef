// ganglion verify: train once in one piece and once as asked, and compare; or,
// of a language model, go on with a text.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/network/neuron_text.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/cli/verify_text.hpp"
#include "runtime/measuring/comparison.hpp"
#include "runtime/training/training.hpp"

namespace ganglion::cli {

namespace {

/// Rounding differences grow with the steps: for placements that cut blocks.
constexpr std::uint64_t max_loose_steps = 10;
constexpr double max_loose_difference = 1e-5;

struct verify_wish {
  training_text training;
  std::uint64_t steps = 20;
  std::string flip;
  /// Instead of a training, where it names a model.
  language_request language;
};

/// NEURON:WEIGHT:BIT.
struct flipped {
  /// As find_neurons reads it.
  std::string neuron;
  std::uint64_t weight = 0;
  unsigned bit = 0;
};

caf::expected<std::optional<flipped>> flip_from(const std::string& text) {
  if (text.empty())
    return std::optional<flipped>{};
  flipped result;
  char end = 0;
  auto weight = text.rfind(':', text.rfind(':') - 1);
  if (weight == std::string::npos || weight == 0
      || std::sscanf(text.c_str() + weight, ":%lu:%u%c", &result.weight,
                     &result.bit, &end)
           != 2)
    return make_failure(
      errc::bad_argument,
      fmt::format("--flip '{}': write NEURON:WEIGHT:BIT", printable(text)));
  result.neuron = text.substr(0, weight);
  return std::optional{result};
}

caf::error flip_one(session& on, const flipped& x) {
  auto neurons = find_neurons(on.net(), x.neuron);
  if (!neurons)
    return neurons.error();
  if (neurons->count != 1)
    return make_failure(
      errc::bad_argument,
      fmt::format("--flip '{}': name one neuron", printable(x.neuron)));
  return flip_bit(on, neurons->first, x.weight, x.bit);
}

caf::error different(session& asked, neuron_id neuron) {
  const auto& net = asked.net();
  auto owner = net.layer_of(neuron);
  auto node = asked.where().node_of(neuron);
  if (!owner || !node)
    return make_failure(errc::protocol, "digests of different lengths");
  const auto& layer_name = net.at(*owner).name;
  const auto& node_name = asked.where().nodes()[*node];
  return make_failure(
    errc::protocol,
    {fmt::format("NOT equal: the first neuron that differs is {} (number {} "
                 "of layer '{}', on node '{}')",
                 neuron, neuron - net.range_of(*owner).first, layer_name,
                 node_name),
     {{neuron, 1}},
     {layer_name},
     {node_name}});
}

/// Says so where there are weights that are not finite.
caf::error tell_not_finite(session& asked) {
  auto odd = asked.ask<not_finite_neurons>(get_not_finite{});
  if (!odd)
    return odd.error();
  if (!odd->parts.empty())
    fmt::print("but weights are not finite, first those of neurons {} of layer "
               "'{}': NaN counts as equal to NaN\n",
               to_string(odd->parts.front().neurons), odd->parts.front().layer);
  return {};
}

caf::error compare(session& single, session& asked) {
  auto result = compare_bits(single, asked);
  if (!result)
    return result.error();
  fmt::print("sha256 of the weights\n  one piece  {}\n  as asked   {}\n",
             result->weights[0], result->weights[1]);
  fmt::print("sha256 of the optimizer's state\n  one piece  {}\n"
             "  as asked   {}\n",
             result->state[0], result->state[1]);
  if (on_block_borders(asked.net(), asked.where())) {
    if (result->first_difference)
      return different(asked, *result->first_difference);
    fmt::print("equal to the bit\n");
    return tell_not_finite(asked);
  }
  auto difference = relative_difference(single, asked);
  if (!difference)
    return difference.error();
  fmt::print("relative difference of all weights: {:.2e}\n", *difference);
  if (!(*difference <= max_loose_difference)) {
    if (result->first_difference)
      return different(asked, *result->first_difference);
    return make_failure(errc::protocol, "NOT equal");
  }
  fmt::print("equal within {:.0e}\n", max_loose_difference);
  return tell_not_finite(asked);
}

/// Nodes that nobody uses while the other session trains, which takes long:
/// looks now and then whether they are there.
class idle_nodes {
public:
  explicit idle_nodes(session& on) : on_(on) {
    // nop
  }

  /// Whether none is lost.
  bool look() {
    if (!why_ && clock::now() >= next_) {
      why_ = on_.check();
      next_ = clock::now() + std::chrono::seconds{1};
    }
    return !why_;
  }

  [[nodiscard]] const caf::error& why() const noexcept {
    return why_;
  }

private:
  using clock = std::chrono::steady_clock;

  session& on_;
  clock::time_point next_ = clock::now();
  caf::error why_;
};

/// `other`: the session that is used afterwards or was used before.
caf::error run_steps(session& on, session& other, const training_setup& setup,
                     std::uint64_t steps, const char* name,
                     const stop_signal& stop) {
  auto options = setup.trainer;
  options.steps = steps;
  // Two that diverge alike are equal, too.
  options.when_it_diverges = on_nan::go_on;
  idle_nodes idle{other};
  auto last = [&] {
    work_line line{name, false};
    return train(on, setup.data.train, options, [&](const progress& x) {
      line.show(x.step, x.steps);
      return !stop.requested() && idle.look();
    });
  }();
  if (idle.why())
    return idle.why();
  if (!last)
    return last.error();
  print_error("{:<10} {} steps, loss {:.6f}\n", name, last->step, last->loss);
  return {};
}

/// Steps after which the two are compared.
std::uint64_t steps_for(const session& asked, std::uint64_t wanted) {
  if (on_block_borders(asked.net(), asked.where()))
    return wanted;
  auto result = std::min(wanted, max_loose_steps);
  fmt::print("this placement cuts blocks: asking for a relative difference of "
             "at most {:.0e} after {} steps\n",
             max_loose_difference, result);
  return result;
}

/// A text of a language model.
caf::error run_text(const verify_wish& text, const stop_signal& stop) {
  auto language = text.language;
  language.training = text.training;
  language.how.sampling.seed = text.training.seed;
  return verify_text(language, stop);
}

caf::error run_verify(const verify_wish& text, const stop_signal& stop) {
  if (!text.language.model.empty())
    return run_text(text, stop);
  auto flip = flip_from(text.flip);
  if (!flip)
    return flip.error();
  auto setup = prepare(text.training, "verify");
  if (!setup)
    return setup.error();
  if (text.steps == 0)
    return make_failure(errc::bad_argument, "--steps must be 1 or more");
  auto asked = session::open(setup->session);
  if (!asked)
    return asked.error();
  auto single = session::open(in_one_piece(setup->session));
  if (!single)
    return single.error();
  auto steps = steps_for(**asked, text.steps);
  if (auto err = run_steps(**single, **asked, *setup, steps, "one piece", stop))
    return err;
  if (auto err = run_steps(**asked, **single, *setup, steps, "as asked", stop))
    return err;
  if (*flip)
    if (auto err = flip_one(**asked, **flip))
      return err;
  return compare(**single, **asked);
}

} // namespace

void add_verify(CLI::App& app, chosen& out) {
  auto text = std::make_shared<verify_wish>();
  auto command = app.add_subcommand(
    "verify", "Check that a placement gives the weights of one process");
  add_training_options(*command, text->training);
  auto options = add_verified_text(*command, text->language);
  command->add_option("--steps", text->steps, "Steps to train")
    ->capture_default_str();
  command->add_option("--flip", text->flip,
                      "NEURON:WEIGHT:BIT to flip before comparing, to see that "
                      "it is noticed");
  command->footer(
    "Example: ganglion verify --network mlp:784-256-128-10 --data "
    "fashion-mnist \\\n           --nodes inside:3 --by percentage=50,30,20 "
    "--micro-batches 4\n         ganglion verify --model my-model --prompt "
    "\"Once upon a time\" \\\n           --nodes inside:3");
  command->callback([&out, text, command, options] {
    options.check();
    if (text->language.model.empty())
      for (const auto* name : {"--network", "--data"})
        if (command->count(name) == 0)
          throw CLI::RequiredError(name);
    out.run = [text](const stop_signal& stop) {
      return run_verify(*text, stop);
    };
  });
}

} // namespace ganglion::cli
