// Finds and runs the commands of the prompt, and what several of them share.
// What a command is, and their list, is in verb.hpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>

#include "runtime/cli/repl/verb.hpp"
#include "runtime/cli/repl/words.hpp"
#include "runtime/cli/repl/workspace.hpp"

namespace ganglion::cli {

/// In the order of the help.
std::vector<const verb*> verbs();

/// Null where there is none.
const verb* find_verb(std::string_view name);

/// "expected: fire VALUE...  for example: fire 5.1 3.5 1.4 0.2".
caf::error usage_of(std::string_view name);

/// Runs one line: nothing where it is empty. Errors lose nothing.
caf::error run_line(workspace& w, std::string_view line);

/// Runs what follows `time`, or a line that is cut already.
caf::error run_words(workspace& w, const words& line);

/// Prints an error, if it is one, on a line of its own.
void report(const workspace& w, const caf::error& err);

/// Runs all lines, until one fails; the error names the line after `name`.
caf::error run_script(workspace& w, std::istream& in, std::string_view name);

// -- what several of them share -----------------------------------------------

/// Makes a network of single neurons of what follows `network edges` or
/// `network neurons`, and replaces the one there is.
caf::error make_wired(workspace& w, const words& args);

/// Replaces the network, which loses nothing.
caf::error take_network(workspace& w, network net);

/// Another network with the same neurons takes the place of the one there is;
/// where it is deployed, neurons keep what they know.
caf::error rewire_to(workspace& w, network net);

/// Puts the weights of edges that were given into the deployed network.
caf::error put_given(workspace& w);

/// Outputs and ticks of a sparse layer, on a line.
std::string wiring_lines(const network& net, layer_id id);

/// Prints layers and sizes.
void print_network(const network& net);

/// Loads a file or a model's newest commit into the deployed network.
caf::error load_into(workspace& w, const std::string& path);

/// A sample of the data that the network is asked about.
struct found_sample {
  const dataset* data = nullptr;
  std::uint64_t number = 0;
};

/// What was named; else what was trained with, or asked about last, or what a
/// model that was loaded was trained with. Errors name the verb.
caf::expected<const dataset_bundle*>
data_to_ask(workspace& w, const std::string& name, std::string_view verb);

/// "sample N" or "sample N of DATA".
caf::expected<found_sample> find_sample(workspace& w, const words& args,
                                        std::string_view verb);

/// As it was typed.
std::string joined(const words& args);

/// How things are, with the parameters of these neurons, before they change.
caf::expected<undoable> before_change(workspace& w, std::string what,
                                      std::span<const neuron_range> ranges);

/// What `undo` is to take back, once it has changed.
void remember(workspace& w, undoable x);
void remember_placement(workspace& w, std::string what, placement before);

/// All layers that have weights.
std::vector<neuron_range> all_with_weights(const network& net);

/// Moves neurons to where the placement says, and says what that meant.
caf::error change_to(workspace& w, const placement& where);

/// Takes the training's options (optimizer, rate, momentum, decay, loss, seed)
/// from what was typed.
caf::error take_training(const named_values& from, training_options& to);

/// Of a deployed network, sorted; errors name the verb, or inputs.
caf::expected<std::vector<neuron_range>>
neurons_with_weights(const workspace& w, const words& args, const char* verb);

/// All rows again with some columns replaced.
tensor with_columns(const tensor& x, std::uint64_t first, std::uint64_t count,
                    float value);

/// Replaces parameters and remembers that.
caf::error put(workspace& w, parameters values);

/// What the watched neurons answered in the last `fire`.
caf::error print_watched(workspace& w);

/// What the network answered.
void print_outputs(const workspace& w, const tensor& outputs);

/// "0.1234", without a minus before zero, in at most 9 characters.
std::string value_text(float x);

} // namespace ganglion::cli
