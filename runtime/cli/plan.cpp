// ganglion plan: what a placement costs, without starting anything.
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "distributor/distribute.hpp"
#include "distributor/plan.hpp"
#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/data/edge_file.hpp"
#include "runtime/hosting/request_text.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion::cli {

namespace {

struct plan_text {
  placement_text placement;
  std::string model;
  std::uint64_t batch = 128;
  std::uint64_t positions = plan_options{}.positions;
  std::uint32_t micro_batches = 1;
  std::string optimizer = "adam";
  bool clips = false;
  std::uint32_t threads = 1;
  bool json = false;
};

struct planned {
  network net;
  placement where;
  plan result;
};

plan_options plan_options_of(const plan_text& text, optimizer_kind optimizer) {
  plan_options result;
  result.batch = text.batch;
  result.micro_batches = text.micro_batches;
  result.optimizer = optimizer;
  result.clips = text.clips;
  result.group_size = text.placement.group_size;
  result.positions = text.positions;
  return result;
}

/// Of a model, or as a text says it.
caf::expected<network> network_to_plan(const plan_text& text) {
  if (text.model.empty() && text.placement.network.empty())
    return make_failure(errc::bad_argument,
                        "there is nothing to plan: give --network, such as "
                        "mlp:784-256-128-10, or --model DIR");
  if (text.model.empty())
    return find_network(text.placement.network, text.placement.block_size,
                        text.placement.doubled == "sum");
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto files = make_posix_files();
  auto model = model_reader::open(*files, *dir);
  if (!model)
    return model.error();
  return model->net();
}

caf::expected<planned> make(const plan_text& text) {
  auto net = network_to_plan(text);
  if (!net)
    return net.error();
  auto names = node_names(text.placement.nodes);
  if (!names)
    return names.error();
  auto request = read_request(text.placement.by, text.placement.exact,
                              text.placement.within);
  if (!request)
    return request.error();
  auto optimizer = parse_optimizer(text.optimizer);
  if (!optimizer)
    return optimizer.error();
  if (text.batch == 0 || text.micro_batches == 0)
    return make_failure(errc::bad_argument,
                        "--batch and --micro-batches must be 1 or more");
  cluster_view cluster;
  for (auto& name : *names)
    cluster.nodes.push_back({name, "", 0, text.threads});
  auto where = distribute(*net, cluster, *request);
  if (!where)
    return where.error();
  auto result = make_plan(*net, cluster, *where,
                          plan_options_of(text, *optimizer));
  if (!result)
    return result.error();
  return planned{std::move(*net), std::move(*where), std::move(*result)};
}

std::string memory(std::uint64_t bytes) {
  return bytes_text(static_cast<double>(bytes));
}

/// Of networks of sequences: what generating keeps, instead of all that a
/// training does.
void print_caches(const plan& x) {
  auto keeps = [](const node_plan& y) { return y.cache_bytes > 0; };
  if (std::ranges::none_of(x.nodes, keeps))
    return;
  fmt::print("\n{:<8} {:>10} {:>24}  to generate\n", "node", "weights",
             fmt::format("{} positions", x.options.positions));
  for (const auto& y : x.nodes)
    fmt::print("{:<8} {:>10} {:>24}  {:>11}\n", y.name, memory(y.weight_bytes),
               memory(y.cache_bytes), memory(y.weight_bytes + y.cache_bytes));
  fmt::print("{} bytes between nodes for a token\n", inference_bytes(x, 1));
}

void print_nodes(const plan& x) {
  fmt::print("\n{:<8} {:>9} {:>11} {:>10} {:>10} {:>10} {:>10}  {:>11}  {}\n",
             "node", "neurons", "parameters", "weights", "gradients",
             "optimizer", "activ.", "total", "on blocks");
  for (const auto& y : x.nodes)
    fmt::print("{:<8} {:>9} {:>11} {:>10} {:>10} {:>10} {:>10}  {:>11}  {}\n",
               y.name, y.neurons, y.parameters, memory(y.weight_bytes),
               memory(y.gradient_bytes), memory(y.optimizer_bytes),
               memory(y.activation_bytes),
               memory(y.weight_bytes + y.gradient_bytes + y.optimizer_bytes
                      + y.activation_bytes),
               y.on_block_borders ? "yes" : "no");
  print_caches(x);
  fmt::print("\n{:<8} {:>17} {:>17} {:>17}\n", "node", "local connections",
             "remote", "from inputs");
  for (const auto& y : x.nodes)
    fmt::print("{:<8} {:>17} {:>17} {:>17}\n", y.name, y.local_connections,
               y.remote_connections, y.input_connections);
}

void print_traffic(const plan& x) {
  auto batch = static_cast<double>(x.options.batch);
  fmt::print("\nbytes per sample, in batches of {} ({} micro-batches)\n"
             "{:<8} {:<8}{:>13} {:>13}\n",
             x.options.batch, x.options.micro_batches, "from", "to", "training",
             "inference");
  for (const auto& y : x.traffic)
    fmt::print(
      "{:<8} {:<8}{:>13.1f} {:>13.1f}\n", x.nodes[y.from].name,
      x.nodes[y.to].name,
      static_cast<double>(training_bytes(x, y, x.options.batch)) / batch,
      static_cast<double>(inference_bytes(x, y, x.options.batch)) / batch);
  fmt::print("{:<16} {:>13.1f} {:>13.1f}\n", "all nodes",
             static_cast<double>(training_bytes(x, x.options.batch)) / batch,
             static_cast<double>(inference_bytes(x, x.options.batch)) / batch);
  fmt::print("{:<16} {:>13}\n", "from the engine",
             x.engine_values * sizeof(float));
}

void print_text(const planned& x) {
  fmt::print("placement\n{}", placement_text_of(x.net, x.where));
  print_nodes(x.result);
  print_traffic(x.result);
  for (const auto& y : x.result.cut_blocks)
    fmt::print("\nblock {} of layer '{}' is cut: results agree with other "
               "placements only within rounding\n",
               to_string(y.block), x.net.at(y.layer).name);
}

nlohmann::json node_json(const node_plan& x) {
  return {{"node", x.name},
          {"neurons", x.neurons},
          {"groups", x.groups},
          {"parameters", x.parameters},
          {"weight_bytes", x.weight_bytes},
          {"gradient_bytes", x.gradient_bytes},
          {"optimizer_bytes", x.optimizer_bytes},
          {"activation_bytes", x.activation_bytes},
          {"cache_bytes", x.cache_bytes},
          {"local_connections", x.local_connections},
          {"remote_connections", x.remote_connections},
          {"input_connections", x.input_connections},
          {"on_block_borders", x.on_block_borders}};
}

void print_json(const planned& x) {
  nlohmann::json out;
  out["placement"] = placement_json(x.net, x.where);
  out["nodes"] = nlohmann::json::array();
  for (const auto& y : x.result.nodes)
    out["nodes"].push_back(node_json(y));
  out["links"] = nlohmann::json::array();
  const auto& names = x.result.nodes;
  auto batch = x.result.options.batch;
  for (const auto& y : x.result.traffic)
    out["links"].push_back(
      {{"from", names[y.from].name},
       {"to", names[y.to].name},
       {"inference_values_per_sample", y.forward_values},
       {"training_bytes_per_step", training_bytes(x.result, y, batch)},
       {"inference_bytes_per_batch", inference_bytes(x.result, y, batch)}});
  out["training_bytes_per_step"] = training_bytes(x.result, batch);
  out["inference_bytes_per_batch"] = inference_bytes(x.result, batch);
  out["inference_bytes_per_sample"] = inference_bytes(x.result, 1);
  out["cut_blocks"] = nlohmann::json::array();
  for (const auto& y : x.result.cut_blocks)
    out["cut_blocks"].push_back({{"layer", x.net.at(y.layer).name},
                                 {"first", y.block.first},
                                 {"count", y.block.count}});
  fmt::print("{}\n", json_text(out, 2));
}

caf::error answer_plan(const plan_text& text) {
  auto result = make(text);
  if (!result)
    return result.error();
  if (text.json)
    print_json(*result);
  else
    print_text(*result);
  return {};
}

void add_what_to_plan(CLI::App& command, plan_text& out) {
  add_placement_options(command, out.placement);
  command
    .add_option("--model", out.model,
                "The directory of a model whose network it is about")
    ->excludes(command.get_option("--network")->required(false));
  command
    .add_option("--positions", out.positions,
                "Of language models: positions that are kept")
    ->capture_default_str();
  command
    .add_option("--doubled", out.placement.doubled,
                "Edges that are there twice: refuse, or sum their weights")
    ->check(CLI::IsMember({"refuse", "sum"}))
    ->capture_default_str();
}

} // namespace

void add_plan(CLI::App& app, chosen& out) {
  auto text = std::make_shared<plan_text>();
  auto command = app.add_subcommand(
    "plan", "Show what a placement costs, without starting anything");
  add_what_to_plan(*command, *text);
  command->add_option("--batch", text->batch, "Samples per step")
    ->capture_default_str();
  command
    ->add_option("--micro-batches", text->micro_batches,
                 "Parts of a batch that flow by themselves")
    ->capture_default_str();
  command->add_flag("--clip", text->clips, "Gradients are clipped (see train)");
  command->add_option("--optimizer", text->optimizer, optimizer_names())
    ->capture_default_str();
  command->add_option("--threads", text->threads, "Compute threads per node")
    ->capture_default_str();
  command->add_flag("--json", text->json, "Print the plan as JSON");
  command->footer("Example: ganglion plan --network mlp:784-256-128-10 --nodes "
                  "a,b,c --by layers");
  command->callback([&out, text] {
    out.run = [text](const stop_signal&) { return answer_plan(*text); };
  });
}

} // namespace ganglion::cli
