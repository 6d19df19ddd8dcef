// network, deploy, free: what there is, and where it begins to live.
#include <array>

#include <fmt/format.h>

#include "distributor/distribute.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "metadata/network/activations.hpp"
#include "metadata/training/losses.hpp"
#include "metadata/training/optimizers.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/repl/placing.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/hosting/request_text.hpp"

namespace ganglion::cli {

namespace {

/// Networks of so many neurons get blocks of one, so that each can be moved
/// without changing a bit.
constexpr std::uint64_t small = 64;

constexpr std::array<std::string_view, 12> deploy_options{
  "by",   "within", "threads",  "group-size", "micro-batches", "optimizer",
  "rate", "lr",     "momentum", "decay",      "loss",          "seed"};

constexpr std::array<std::string_view, 1> flag_names{"exact"};

/// Strategy where none is given: layers, or equal parts of single neurons.
caf::expected<partition_request> usual_request(const network& net,
                                               const std::string& nodes) {
  auto names = node_names(nodes);
  if (!names || !check_trainable(net))
    return parse_request("layers");
  by_count parts;
  parts.counts.assign(names->size(), net.placeable_count() / names->size());
  parts.counts.back().reset();
  return partition_request{std::move(parts), partition_scope::network};
}

caf::expected<partition_request> request_in(const named_values& given,
                                            const network& net,
                                            const std::string& nodes) {
  if (!given.has("by") && !given.has("within"))
    return usual_request(net, nodes);
  std::string by = "layers";
  std::string within;
  given.take("by", by);
  given.take("within", within);
  return read_request(by, given.has("exact"), within);
}

node_set_options repl_node_options(const workspace& w, std::uint64_t threads) {
  node_set_options result;
  result.program = "/proc/self/exe";
  result.threads = static_cast<std::uint32_t>(threads);
  result.log_level = "error";
  result.peer_timeout = w.options.node_options.peer_timeout;
  return result;
}

caf::expected<session_options> options_from(const workspace& w,
                                            const words& args) {
  auto given = named_values::parse(std::span{args}.subspan(1), deploy_options,
                                   flag_names);
  if (!given)
    return given.error();
  auto request = request_in(*given, *w.net, args[0]);
  if (!request)
    return request.error();
  session_options result;
  result.net = *w.net;
  result.nodes = args[0];
  result.request = std::move(*request);
  result.training = w.options.training;
  std::uint64_t threads = 0;
  std::uint64_t parts = 1;
  for (auto [name, to] :
       {std::pair{"threads", &threads}, std::pair{"micro-batches", &parts},
        std::pair{"group-size", &result.group_size}})
    if (auto err = given->take(name, *to))
      return err;
  if (auto err = take_training(*given, result.training))
    return err;
  if (threads > 1024 || parts == 0 || parts > 65536)
    return expected_instead("expected up to 1024 threads, and 1 to 65536 "
                            "micro-batches");
  result.micro_batches = static_cast<std::uint32_t>(parts);
  result.node_options = repl_node_options(w, threads);
  result.owner = owner_name("repl");
  return result;
}

} // namespace

void print_network(const network& net) {
  std::uint64_t parameters = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    const auto& x = net.at(id);
    auto all = net.range_of(id);
    parameters += net.parameters_of(id, all);
    fmt::print("  {:<10} {:>7} neurons, numbers {} to {}: {}\n", x.name,
               x.neurons, all.first, all.end() - 1, rule_of(x).describe(x));
    if (rule_of(x).wired())
      fmt::print("{}", wiring_lines(net, id));
  }
  fmt::print("  {} weights and biases\n", parameters);
}

caf::error take_network(workspace& w, network net) {
  if (auto err = w.need_untouched())
    return err;
  w.free();
  w.net = std::move(net);
  w.weights.clear();
  w.pending_load.clear();
  return {};
}

namespace {

caf::error run_network(workspace& w, const words& args) {
  if (args.empty()) {
    if (auto err = w.need_network())
      return err;
    print_network(*w.net);
    return {};
  }
  if (args[0] == "edges" || args[0] == "neurons")
    return make_wired(w, args);
  constexpr std::array<std::string_view, 1> names{"blocks"};
  auto given = named_values::parse(std::span{args}.subspan(1), names);
  if (!given)
    return given.error();
  std::uint64_t blocks = 0;
  if (auto err = given->take("blocks", blocks))
    return err;
  auto net = parse_network(args[0], blocks);
  if (net && !given->has("blocks") && net->placeable_count() <= small)
    net = parse_network(args[0], 1);
  if (!net)
    return net.error();
  if (auto err = take_network(w, std::move(*net)))
    return err;
  print_network(*w.net);
  return {};
}

} // namespace

const verb& network_verb() {
  static constexpr verb result{
    "",
    "network",
    "mlp:SIZES... | edges FILE.csv... | neurons N...",
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
    "mlp: blocks edges neurons inputs outputs activation doubled",
    run_network};
  return result;
}

namespace {

caf::error run_deploy(workspace& w, const words& args) {
  if (args.empty())
    return usage_of("deploy");
  if (auto err = w.need_network())
    return err;
  auto options = options_from(w, args);
  if (!options)
    return options.error();
  if (auto err = w.need_untouched())
    return err;
  // What was saved goes along to the new nodes.
  auto saved = w.kept > 0 ? w.kept_in : w.pending_load;
  // Nodes that others started are busy with what is deployed now.
  if (!args[0].starts_with("inside:") && !args[0].starts_with("local:")) {
    w.free();
    w.pending_load = saved;
  }
  auto opened = session::open(*options);
  if (!opened)
    return opened.error();
  w.free();
  w.on = std::move(*opened);
  w.options = std::move(*options);
  w.whole_blocks = on_block_borders(*w.net, w.on->where());
  fmt::print("{}", placement_lines(*w.net, w.on->where()));
  if (auto err = put_given(w))
    return err;
  w.pending_load.clear();
  return saved.empty() ? caf::error{} : load_into(w, saved);
}

} // namespace

const verb& deploy_verb() {
  static constexpr verb result{
    "Put the network onto nodes; give them back",
    "deploy",
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
    "identifiers= round-robin " GANGLION_OPTIMIZER_WORDS GANGLION_LOSS_WORDS,
    run_deploy};
  return result;
}

namespace {

caf::error run_free(workspace& w, const words&) {
  if (auto err = w.need_deployment())
    return err;
  w.free();
  return {};
}

} // namespace

const verb& free_verb() {
  static constexpr verb result{"Put the network onto nodes; give them back",
                               "free",
                               "",
                               "Give the nodes back; the weights are gone then",
                               "",
                               "free",
                               "",
                               run_free};
  return result;
}

} // namespace ganglion::cli
