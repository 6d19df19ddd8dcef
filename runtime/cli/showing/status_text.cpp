#include "runtime/cli/showing/status_text.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/showing/report.hpp"

namespace ganglion::cli {

namespace {

constexpr std::size_t line_width = 80;

/// What the nodes say of one deployment; the first is the one to ask about
/// what all of them know.
struct run_view {
  std::vector<std::pair<std::string, const deployment_status*>> nodes;

  [[nodiscard]] const deployment_status& first() const {
    return *nodes.front().second;
  }

  /// Of the node where the loss lives; where it did not answer, of another.
  [[nodiscard]] const training_state& training() const {
    auto seen = [](const auto& x) { return x.second->training.samples > 0; };
    auto i = std::find_if(nodes.begin(), nodes.end(), seen);
    return i == nodes.end() ? first().training : i->second->training;
  }

  /// Steps that all nodes with neurons are through with.
  [[nodiscard]] std::uint64_t step() const {
    std::uint64_t result = 0;
    for (const auto& [name, x] : nodes)
      if (x->step > 0)
        result = result == 0 ? x->step : std::min(result, x->step);
    return result;
  }
};

std::map<std::uint64_t, run_view>
runs_of(const std::vector<observation>& seen) {
  std::map<std::uint64_t, run_view> result;
  for (const auto& x : seen)
    if (x.status)
      for (const auto& y : x.status->deployments)
        result[y.run].nodes.emplace_back(printable(x.status->node.name), &y);
  return result;
}

std::string layer_name(const network& net, layer_id id) {
  return id < net.layers().size() ? printable(net.at(id).name) : "loss";
}

double age_of(const node_status& x) {
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
    std::chrono::system_clock::now().time_since_epoch());
  return std::max(0.0, static_cast<double>(now.count() - x.up_since));
}

std::string short_form(std::uint64_t incarnation) {
  return fmt::format("{:016x}", incarnation).substr(0, 8);
}

// -- text ---------------------------------------------------------------------

std::string nodes_text(const std::vector<observation>& seen) {
  auto result = fmt::format("{:<10}{:<24}{:<12}{:>7}{:>12}{:>9}\n", "node",
                            "address", "incarnation", "threads", "memory",
                            "up");
  for (const auto& x : seen) {
    if (!x.status) {
      result += fmt::format("{:<10}{:<24}NO ANSWER: {}\n", "?",
                            printable_path(x.address),
                            explain(x.status.error()));
      continue;
    }
    const auto& y = *x.status;
    result += fmt::format(
      "{:<10}{:<24}{:<12}{:>7}{:>12}{:>9}\n", printable(y.node.name),
      printable(y.node.address), short_form(y.node.incarnation), y.node.threads,
      bytes_text(static_cast<double>(y.memory)), time_span_text(age_of(y)));
  }
  return result;
}

std::string free_text(const std::vector<observation>& seen) {
  std::string result;
  for (const auto& x : seen)
    if (x.status && x.status->deployments.empty())
      result += fmt::format("{}{}", result.empty() ? "" : ", ",
                            printable(x.status->node.name));
  return result.empty() ? result : fmt::format("\nfree: {}\n", result);
}

std::string head_text(const run_view& run) {
  const auto& x = run.first();
  const auto& training = run.training();
  auto result = fmt::format("\n{}, for {}\n", printable(x.owner),
                            time_span_text(x.age));
  if (training.samples == 0)
    return result
           + fmt::format("placement epoch {}, no training step yet\n", x.epoch);
  return result
         + fmt::format("placement epoch {}, step {}, loss {:.4f}, {} "
                       "samples/s\n",
                       x.epoch, count_text(static_cast<double>(run.step())),
                       training.loss, count_text(training.samples_per_second));
}

/// As many ranges as fit into a line.
std::string placement_line(const deployment_status& x, node_index node) {
  auto result = fmt::format("{:<10}", printable(x.where.nodes()[node]));
  auto held = x.where.held_by(node);
  for (std::size_t i = 0; i < held.size(); ++i) {
    auto first = held[i].range.first - x.net.range_of(held[i].layer).first;
    auto next = fmt::format("{}{}[{}..{}]", i == 0 ? "" : " ",
                            layer_name(x.net, held[i].layer), first,
                            first + held[i].range.count - 1);
    if (result.size() + next.size() + 12 > line_width && i > 0)
      return result + fmt::format(" and {} more", held.size() - i);
    result += next;
  }
  return result + (held.empty() ? "no neurons" : "");
}

std::string placement_part(const run_view& run) {
  auto result = fmt::format("\n{:<10}neurons\n", "placement");
  for (node_index i = 0; i < run.first().where.nodes().size(); ++i)
    result += placement_line(run.first(), i) + "\n";
  return result;
}

std::string traffic_text(const run_view& run) {
  std::string result;
  auto add = [&](const std::string& from, const std::string& to,
                 std::uint64_t bytes) {
    result += fmt::format("{:<10} -> {:<10}{:>12}\n", from, to,
                          bytes_text(static_cast<double>(bytes)));
  };
  for (const auto& [name, x] : run.nodes)
    for (const auto& y : x->links) {
      auto peer = y.engine ? "engine" : printable(y.peer);
      add(name, peer, y.sent);
      if (y.engine)
        add(peer, name, y.received);
    }
  return result.empty() ? result : "\nbytes between nodes, so far\n" + result;
}

std::string load_text(const layer_load& x, std::uint64_t steps) {
  auto all = static_cast<double>(x.compute_ns + x.wait_ns + x.send_ns);
  auto parts = static_cast<double>(std::max<std::uint64_t>(steps, 1)
                                   * x.groups);
  auto part = [&](std::uint64_t ns) {
    auto time = static_cast<double>(ns);
    return fmt::format("{:>9} {:>3.0f} %", time_span_text(time / parts / 1e9),
                       all > 0 ? 100 * time / all : 0.0);
  };
  return fmt::format(
    "{}{}{}{:>9}", part(x.compute_ns), part(x.wait_ns), part(x.send_ns),
    time_span_text(static_cast<double>(x.arrive_ns)
                   / static_cast<double>(std::max<std::uint64_t>(steps, 1))
                   / 1e9));
}

std::string loads_text(const run_view& run) {
  auto result = fmt::format("\n{:<10}{:<7}{:>6}{:>15}{:>15}{:>15}{:>9}\n",
                            "layer", "node", "groups", "compute", "wait",
                            "send", "arrive");
  const auto& net = run.first().net;
  for (layer_id id = 0; id <= net.layers().size(); ++id)
    for (const auto& [name, x] : run.nodes)
      for (const auto& y : x->layers)
        if (y.layer == id)
          result += fmt::format("{:<10.10}{:<7.7}{:>6}{}\n",
                                layer_name(net, id), name, y.groups,
                                load_text(y, x->steps));
  return result
         + (run.first().steps > 0 ? "per step and group, and share of the "
                                    "group's time; arrive: per step and node\n"
                                  : "in all per group, and share of the "
                                    "group's time; arrive: in all per node\n");
}

// -- JSON ---------------------------------------------------------------------

nlohmann::json deployment_json(const deployment_status& x) {
  nlohmann::json out;
  out["run"] = fmt::format("{:016x}", x.run);
  out["owner"] = x.owner;
  out["seconds"] = x.age;
  out["epoch"] = x.epoch;
  out["step"] = x.step;
  out["steps"] = x.steps;
  out["placement"] = placement_json(x.net, x.where);
  if (x.training.samples > 0)
    out["training"] = {{"step", x.training.step + 1},
                       {"loss", x.training.loss},
                       {"samples", x.training.samples},
                       {"samples_per_second", x.training.samples_per_second}};
  out["layers"] = nlohmann::json::array();
  for (const auto& y : x.layers)
    out["layers"].push_back({{"layer", layer_name(x.net, y.layer)},
                             {"groups", y.groups},
                             {"compute_ns", y.compute_ns},
                             {"wait_ns", y.wait_ns},
                             {"send_ns", y.send_ns},
                             {"arrive_ns", y.arrive_ns}});
  out["links"] = nlohmann::json::array();
  for (const auto& y : x.links)
    out["links"].push_back({{"peer", y.engine ? "engine" : y.peer},
                            {"engine", y.engine},
                            {"sent", y.sent},
                            {"received", y.received}});
  return out;
}

} // namespace

std::string status_text(const std::vector<observation>& seen) {
  auto result = nodes_text(seen) + free_text(seen);
  for (const auto& [id, run] : runs_of(seen))
    result += head_text(run) + placement_part(run) + traffic_text(run)
              + loads_text(run);
  return result;
}

nlohmann::json status_json(const std::vector<observation>& seen) {
  auto nodes = nlohmann::json::array();
  for (const auto& x : seen) {
    nlohmann::json out;
    out["asked"] = x.address;
    if (!x.status) {
      out["error"] = explain(x.status.error());
      nodes.push_back(std::move(out));
      continue;
    }
    const auto& y = *x.status;
    out["name"] = y.node.name;
    out["address"] = y.node.address;
    out["incarnation"] = fmt::format("{:016x}", y.node.incarnation);
    out["threads"] = y.node.threads;
    out["memory_bytes"] = y.memory;
    out["up_since"] = y.up_since;
    out["deployment"] = y.deployments.empty()
                          ? nlohmann::json(nullptr)
                          : deployment_json(y.deployments.front());
    nodes.push_back(std::move(out));
  }
  return {{"nodes", nodes}};
}

} // namespace ganglion::cli
