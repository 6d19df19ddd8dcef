#include "runtime/cli/options.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/data/edge_file.hpp"
#include "runtime/hosting/request_text.hpp"

namespace ganglion::cli {

void add_log_level(CLI::App& app, std::string& out) {
  app
    .add_option(
      "--log-level", out,
      "On standard error: errors (quiet, error), progress (warning), what is "
      "started and connected (info)")
    ->check(CLI::IsMember({"quiet", "error", "warning", "info", "debug"}))
    ->capture_default_str();
}

void add_peer_timeout(CLI::App& app, std::chrono::seconds::rep& out) {
  app
    .add_option("--peer-timeout", out,
                "Seconds without a sign of life after which a peer is lost")
    ->check(CLI::Range(min_peer_timeout.count(), max_peer_timeout.count()))
    ->capture_default_str();
}

void add_placement_options(CLI::App& app, placement_text& out) {
  app
    .add_option("--network", out.network,
                "mlp:784-256-128-10[:ACTIVATION] (of " GANGLION_ACTIVATION_WORDS
                "; default relu), with norm, pool2, drop0.1 between sizes: "
                "layer normalisation, pooling, dropout; "
                "gpt:blocks=4,width=128,heads=4,context=64 or llama:...; for a "
                "plan also "
                "edges:FILE.csv[:ACTIVATION] (lines SOURCE,TARGET,WEIGHT)")
    ->required();
  app
    .add_option("--nodes", out.nodes,
                "inside:N, local:N, or addresses host:port,host:port; for a "
                "plan also names a,b,c")
    ->capture_default_str();
  app.add_option("--by", out.by, strategy_examples() + ", identifiers=@FILE")
    ->capture_default_str();
  app.add_option("--within", out.within,
                 "Divide the whole network (network) or each layer alike "
                 "(layer)");
  app.add_flag("--exact", out.exact,
               "Percentages to the nearest neuron, not block border");
  app.add_option("--block-size", out.block_size,
                 "Neurons per block, the unit of summation (default: by "
                 "width)");
  app.add_option("--group-size", out.group_size,
                 "Neurons per actor (default: one group per thread)");
}

void add_model_placement(CLI::App& app, placement_text& out) {
  add_placement_options(app, out);
  for (auto option : {"--network", "--block-size"})
    app.remove_option(app.get_option(option));
}

void add_node_options(CLI::App& app, training_text& out) {
  app.add_option("--threads", out.threads,
                 "Compute threads per node (default: all cores, shared)");
  app.add_flag("--any-arithmetic", out.any_arithmetic,
               "Allow nodes that compute differently");
  add_peer_timeout(app, out.peer_timeout);
  add_log_level(app, out.log_level);
}

void add_run_options(CLI::App& app, training_text& out) {
  auto defaults = [&](auto name, auto& value, auto text) {
    app.add_option(name, value, text)->capture_default_str();
  };
  defaults("--batch", out.batch, "Samples per step");
  defaults("--seed", out.seed, "Of initial weights and order of samples");
  add_node_options(app, out);
}

void add_table_options(CLI::App& app, table_text& out) {
  app.add_option("--label", out.label,
                 "Column of a table with the classes: its name or number, "
                 "first, none (default: last)");
  app.add_option("--targets", out.targets,
                 "Columns with values to be learned, instead of classes");
  app.add_option("--header", out.header,
                 "Whether the first line names the columns: yes, no (default: "
                 "auto)");
  app.add_option("--missing", out.missing,
                 "Where a value is missing: refuse, drop the sample, or take "
                 "the mean (default: refuse)");
  app
    .add_option("--scale", out.scale,
                "Scale features, also those that the model is asked about: "
                "standard, minmax (default: none)")
    ->check(CLI::IsMember({"none", "standard", "minmax"}));
}

table_options table_text::options(const data_description* model) const {
  table_options result;
  if (model) {
    result.label = model->label;
    result.targets = model->targets;
    result.header = model->header;
    result.missing = model->missing;
    result.scaling = model->scaling;
  }
  for (auto [from, to] :
       {std::pair{&label, &result.label}, std::pair{&targets, &result.targets},
        std::pair{&header, &result.header},
        std::pair{&missing, &result.missing}})
    if (!from->empty())
      *to = *from;
  if (!scale.empty())
    from_string(scale, result.scaling);
  return result;
}

void add_training_options(CLI::App& app, training_text& out) {
  add_placement_options(app, out.placement);
  app
    .add_option("--data", out.data,
                "fashion-mnist, a folder of IDX files, a table FILE.csv, .tsv "
                "or .txt, FILE.train in FANN's format, text:FILE, tokens:FILE, "
                "generate:SAMPLESxFEATURESxCLASSES")
    ->required();
  add_table_options(app, out.table);
  add_language_options(app, out.language);
  auto defaults = [&](auto name, auto& value, auto text) {
    app.add_option(name, value, text)->capture_default_str();
  };
  defaults("--epochs", out.epochs, "Times through the data");
  app.add_option("--validation", out.validation,
                 "Samples to judge the training by and not to learn from: a "
                 "share of the training samples, such as 0.1, or a file as for "
                 "--data (default: none, of a text its last tenth)");
  add_step_options(app, out);
  app.add_option("--schedule", out.schedule,
                 "How the learning rate changes: constant, step[=EPOCHS[,"
                 "FACTOR]], cosine[=END], linear[=END] (default: constant)");
  defaults("--warmup", out.warmup,
           "Steps in which the learning rate rises to its value");
  add_run_options(app, out);
}

bool is_quiet(const std::string& log_level) {
  return log_level == "quiet" || log_level == "error";
}

std::string owner_name(std::string_view command) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0)
    host[0] = '?';
  return fmt::format("{} on {}, process {}", command,
                     printable(host.data(), max_name / 2), ::getpid());
}

namespace {

caf::expected<training_options> training_from(const training_text& text) {
  if (text.micro_batches == 0)
    return make_failure(errc::bad_argument,
                        "--micro-batches must be 1 or more");
  auto loss = text.loss.empty() ? training_options{}.loss
                                : parse_loss(text.loss);
  if (!loss)
    return loss.error();
  auto optimizer = optimizer_from(text);
  if (!optimizer)
    return optimizer.error();
  return training_options{text.seed, *loss, *optimizer, {}};
}

node_set_options node_options_from(const training_text& text) {
  node_set_options result;
  result.threads = text.threads;
  result.any_arithmetic = text.any_arithmetic;
  result.peer_timeout = std::chrono::seconds{text.peer_timeout};
  result.log_level = text.log_level;
  result.program = "/proc/self/exe";
  return result;
}

} // namespace

caf::expected<session_options> prepare_session(const training_text& text,
                                               std::string_view command) {
  const auto& placed = text.placement;
  auto net = placed.net ? *placed.net
                        : find_network(placed.network, placed.block_size);
  if (!net)
    return net.error();
  auto request = read_request(placed.by, placed.exact, placed.within);
  if (!request)
    return request.error();
  auto training = training_from(text);
  if (!training)
    return training.error();
  auto deviation = initial_deviation_of(text);
  if (!deviation)
    return deviation.error();
  session_options result;
  result.net = std::move(*net);
  result.request = std::move(*request);
  result.training = *training;
  result.nodes = placed.nodes;
  result.node_options = node_options_from(text);
  result.group_size = placed.group_size;
  result.micro_batches = text.micro_batches;
  result.initial_deviation = *deviation;
  result.owner = owner_name(command);
  if (text.log_level == "info" || text.log_level == "debug")
    result.log = [](const std::string& line) {
      print_error("ganglion: {}\n", line);
    };
  return result;
}

} // namespace ganglion::cli
