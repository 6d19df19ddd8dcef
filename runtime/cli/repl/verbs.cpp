#include "runtime/cli/repl/verbs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/cli/spelling.hpp"

namespace ganglion::cli {

namespace {

constexpr std::array table{
  verb{
    "", "network", "mlp:SIZES... | edges FILE.csv... | neurons N...",
    "Say which network it is about, or show it",
    "network mlp:SIZES[:ACTIVATION] [blocks N]\n"
    "network edges FILE.csv [activation NAME] [inputs LIST] [outputs LIST]\n"
    "             [doubled refuse|sum]\n"
    "network neurons N inputs N [activation NAME] [outputs LIST]\n"
    "Single neurons have edges, lines SOURCE,TARGET,WEIGHT of a file, or come\n"
    "without, for 'connect'. Inputs are those that read nothing, outputs "
    "those\n"
    "that nobody reads, unless they are listed, such as 3,5..7.\n"
    "Activations: " GANGLION_ACTIVATION_WORDS "(relu in hidden layers,\n"
    "tanh of single neurons where none is named). Between sizes may stand\n"
    "norm, pool2 (the largest of 2), drop0.1 (dropout).\n"
    "Blocks are what sums are made of, and what can be moved without changing\n"
    "a bit: of one neuron in networks of up to 64 neurons, else by the width\n"
    "of the layer, as in the other commands of ganglion.",
    "network mlp:4-8-3",
    "mlp: blocks edges neurons inputs outputs activation doubled", run_network},
  verb{"Let a neuron read another, or no more", "connect",
       "SOURCE -> TARGET [weight X]", "Let a neuron read another",
       "In a network of single neurons, by number; ranges stand for all their\n"
       "pairs. Without a weight, it is drawn; an edge that is there gets the\n"
       "weight. A network that is deployed stays so, and keeps its weights.",
       "connect 3 -> 17 weight 0.5", "-> weight", run_connect},
  verb{"Let a neuron read another, or no more", "disconnect",
       "SOURCE -> TARGET", "Let a neuron read another no more", "",
       "disconnect 3 -> 17", "->", run_disconnect},
  verb{"Put the network onto nodes; give them back", "deploy",
       "NODES [by STRATEGY] [OPTION VALUE]...",
       "Put the network onto nodes, with initial weights",
       "NODES: inside:N, local:N, or addresses host:port,host:port.\n"
       "STRATEGY: count=8,rest; percentage=50,30,20; layers; layers=a:1,b:2;\n"
       "identifiers=a:4-9,b:10-14; round-robin. Options: within layer, exact,\n"
       "threads N, group-size N, micro-batches N, optimizer NAME, rate X, "
       "momentum X,\n"
       "decay X, loss NAME, seed N.",
       "deploy inside:3 by percentage=50,30,20",
       "inside: local: by within exact threads group-size micro-batches "
       "optimizer rate momentum decay loss seed percentage= count= layers "
       "identifiers= round-robin adam sgd cross-entropy mse",
       run_deploy},
  verb{"Put the network onto nodes; give them back", "free", "",
       "Give the nodes back; the weights are gone then", "", "free", "",
       run_free},
  verb{
    "Say where neurons live; show their weights and surroundings", "where",
    "NEURONS...", "Say on which node and in which group they live",
    "NEURONS: hidden1[5], hidden1[0..3] (3 included), hidden1, or by number\n"
    "over all layers: 9, 9-12.",
    "where hidden1[5]", "", run_where},
  verb{"Say where neurons live; show their weights and surroundings", "show",
       "NEURONS...", "Show bias, weights and surroundings", "",
       "show hidden1[5]", "", run_show},
  verb{
    "Ask the network, and show each hop; watch neurons", "fire",
    "VALUE... | sample N | (nothing: the last input again) [ticks N]",
    "Ask the network, and show each hop",
    "Each line is what one node computes of one layer, and where that goes.\n"
    "Bytes are those of the values; headers come on top, as the last line\n"
    "says. 'fire sample N' takes sample N of what was trained with last, also "
    "by\n"
    "a model that was loaded, or of DATA. Single "
    "neurons compute tick by tick, from what all answered at the tick before:\n"
    "as often as the network is deep; with loops, 10 times or until an input\n"
    "has reached all it can; or N times.",
    "fire 5.1 3.5 1.4 0.2", "sample ticks", run_fire},
  verb{"Ask the network, and show each hop; watch neurons", "watch",
       "NEURONS... | off", "Show what they answer with each fire", "",
       "watch hidden1[0..3]", "off", run_watch},
  verb{
    "", "train", "[N epochs|steps] DATA [OPTION VALUE]...",
    "Train; Ctrl-C stops it",
    "DATA: FILE.csv (label last), generate:150x4x3 (samples, features,\n"
    "classes), fashion-mnist, a folder of IDX files; left out: the last.\n"
    "Options, which stay until changed: batch N, optimizer, one "
    "of\n" GANGLION_OPTIMIZER_WORDS "with lr (or rate) X,\n"
    "momentum X, decay X, decay-biases yes|no, clip NORM,\n"
    "loss cross-entropy|mse|mae|huber, seed N. For this training: schedule\n"
    "step=EPOCHS,FACTOR|cosine|linear, warmup STEPS. Of a table: label C,\n"
    "targets C,..., header yes|no, missing drop|mean, scale standard|minmax.\n"
    "Data go on where the last training with the same data, batch and seed\n"
    "ended.",
    "train 10 epochs generate:150x4x3 batch 16",
    "epochs steps batch optimizer lr rate momentum decay decay-biases clip "
    "loss seed schedule warmup constant cosine linear generate: "
    "fashion-mnist " GANGLION_OPTIMIZER_WORDS
    "cross-entropy mse mae huber label targets "
    "header "
    "missing scale",
    run_train},
  verb{
    "Judge the network by samples with known answers", "test", "[DATA]",
    "Say how well it does with samples it was not trained "
    "with",
    "The test samples of DATA, or all where there are none; left out, of what\n"
    "was trained with, also by the model that was loaded.",
    "test generate:150x4x3", "generate: fashion-mnist", run_test},
  verb{"Judge the network by samples with known answers", "confusion", "[DATA]",
       "Show which classes were taken for which",
       "And precision, recall and F1 of each class. DATA as for test.",
       "confusion generate:150x4x3", "generate: fashion-mnist", run_confusion},
  verb{"Draw the loss; samples and weights as pictures", "plot", "[FILE.svg]",
       "Draw the loss of all steps since the deployment", "", "plot", "",
       run_plot},
  verb{"Draw the loss; samples and weights as pictures", "picture",
       "NEURONS... | sample N [of DATA]",
       "Draw a sample, or what neurons read of one, as a picture",
       "From the smallest value (blank) to the largest (@). DATA as for test.",
       "picture sample 3", "sample of", run_picture},
  verb{
    "Change a weight; take the influence of neurons away", "set",
    "NEURON.bias X | NEURON.weight[I] X", "Change a bias or a weight",
    "Weights are numbered as 'show' lists them. The optimizer's state of the\n"
    "neuron stays as it is.",
    "set hidden1[5].bias 0.1", "", run_set},
  verb{"Change a weight; take the influence of neurons away", "ablate",
       "NEURONS...", "Take their influence on all others away",
       "Every weight that reads one of them becomes 0, and so does the\n"
       "optimizer's state of that weight. They still compute; a training may\n"
       "bring their influence back.",
       "ablate hidden1[7]", "", run_ablate},
  verb{"", "compare", "single",
       "Do all again in one process, and compare the bits",
       "One actor system with one thread does what was done since the\n"
       "deployment (training, set, ablate, load); weights, the optimizer's\n"
       "state, and the outputs for the last input are compared.",
       "compare single", "single", run_compare},
  verb{"What a placement costs, what it would change; do it", "plan",
       "[NODES] by STRATEGY", "Show what a placement costs, and keep it",
       "On a deployed network: the plan for 'diff' and 'apply'. Before, NODES\n"
       "are names such as a,b,c.",
       "plan by layers", "by within exact percentage= count= layers", run_plan},
  verb{"What a placement costs, what it would change; do it", "diff", "",
       "Show what the plan would change", "", "diff", "", run_diff},
  verb{"What a placement costs, what it would change; do it", "apply", "",
       "Move neurons as the plan says, keeping all they know", "", "apply", "",
       run_apply},
  verb{"", "move", "NEURONS... to NODE", "Move neurons, keeping all they know",
       "Weights and the optimizer's state go from node to node. Where blocks\n"
       "stay whole, no bit of what follows changes.",
       "move hidden1[0..3] to b", "to", run_move},
  verb{"", "undo", "", "Take back what was done last",
       "Of train, set, ablate, load, move and apply, one after the other. The\n"
       "weights before are kept for that, up to 256 MiB of them.",
       "undo", "", run_undo},
  verb{
    "Keep network and weights; take them from there", "save", "FILE | DIR/",
    "Keep network and weights",
    "FILE is what 'ganglion train --load' reads. DIR/ (with a slash, or there\n"
    "already) is a model with the optimizer's state: a new commit of it, for\n"
    "'ganglion train --resume' and 'ganglion predict'.",
    "save weights.bin", "", run_save},
  verb{
    "Keep network and weights; take them from there", "load", "FILE | DIR",
    "Take weights from what was saved",
    "Without a deployment, the network is taken from there, and the weights\n"
    "once it is deployed.",
    "load weights.bin", "", run_load},
  verb{"Run the commands in a file; say how long one takes", "source", "FILE",
       "Run the commands in a file",
       "Until one fails; empty lines and what follows a # are skipped.",
       "source session.txt", "", run_source},
  verb{"Run the commands in a file; say how long one takes", "time", "COMMAND",
       "Run a command and say how long it took", "",
       "time fire 5.1 3.5 1.4 0.2", "", run_time},
  verb{"List the commands, or explain one; leave", "help", "[COMMAND]",
       "List the commands, or explain one", "", "help fire", "", run_help},
  verb{"List the commands, or explain one; leave", "quit", "",
       "Leave (exit and Ctrl-D do, too)", "", "quit", "", run_quit},
};

caf::error unknown(const std::string& name) {
  std::vector<std::string_view> known;
  known.reserve(table.size());
  for (const auto& x : table)
    known.push_back(x.name);
  auto meant = suggestion(name, known);
  return expected_instead(
    fmt::format("there is no command '{}'{}", printable(name),
                meant.empty() ? ": 'help' lists those there are" : meant));
}

} // namespace

std::span<const verb> verbs() {
  return table;
}

const verb* find_verb(std::string_view name) {
  if (name == "exit")
    name = "quit";
  auto i = std::find_if(table.begin(), table.end(),
                        [name](const verb& x) { return x.name == name; });
  return i == table.end() ? nullptr : &*i;
}

caf::error usage_of(std::string_view name) {
  const auto& x = *find_verb(name);
  return expected_instead(fmt::format(
    "expected: {}{}{}{}", name, x.usage.empty() ? "" : " ", x.usage,
    x.usage.empty() ? " alone" : fmt::format(", such as: {}", x.example)));
}

caf::error run_words(workspace& w, const words& line) {
  if (line.empty())
    return {};
  auto found = find_verb(line.front());
  if (!found)
    return unknown(line.front());
  if (found->usage.empty() && line.size() > 1)
    return usage_of(found->name);
  return found->run(w, {line.begin() + 1, line.end()});
}

caf::error run_line(workspace& w, std::string_view line) {
  auto cut = split_words(line);
  if (!cut)
    return cut.error();
  return run_words(w, *cut);
}

caf::error run_time(workspace& w, const words& args) {
  if (args.empty())
    return usage_of("time");
  auto begin = std::chrono::steady_clock::now();
  auto err = run_words(w, args);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!err)
    fmt::print("took {:.3f} s\n", took.count());
  return err;
}

caf::error run_help(workspace& w, const words& args) {
  const auto& paint = w.paint;
  if (args.empty()) {
    for (auto i = table.begin(); i != table.end();) {
      auto names = std::string{i->name};
      auto about = i->topic.empty() ? i->summary : i->topic;
      auto topic = i->topic;
      while (++i != table.end() && !topic.empty() && i->topic == topic)
        names += ", " + std::string{i->name};
      fmt::print("{}{:<21}{}{}\n", paint.bold, names, paint.reset, about);
    }
    fmt::print("'help COMMAND' says more; TAB completes.\n");
    return {};
  }
  auto x = args.size() == 1 ? find_verb(args[0]) : nullptr;
  if (!x)
    return args.size() == 1 ? unknown(args[0]) : usage_of("help");
  fmt::print("{}{}{} {}\n{}.\n{}{}for example: {}\n", paint.bold, x->name,
             paint.reset, x->usage, x->summary, x->text,
             x->text.empty() ? "" : "\n", x->example);
  return {};
}

caf::error run_quit(workspace& w, const words&) {
  w.ended = true;
  return {};
}

} // namespace ganglion::cli
