// network edges, network neurons: networks that are wired neuron by neuron.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "metadata/text/names.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/data/edge_file.hpp"

namespace ganglion::cli {

namespace {

/// "3,5..7" are numbers, anything else names.
caf::error take_list(const named_values& given, std::string_view what,
                     std::vector<neuron_range>& numbers,
                     std::vector<std::string>& names) {
  std::string list;
  given.take(what, list);
  if (list.find_first_not_of("0123456789.,-") != std::string::npos) {
    for (std::string_view rest = list; !rest.empty();) {
      auto end = std::min(rest.find(','), rest.size());
      names.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
  }
  auto found = list.empty() ? std::vector<neuron_range>{}
                            : to_numbers(list, what);
  if (!found)
    return found.error();
  numbers = std::move(*found);
  return {};
}

caf::expected<edge_list_options> edge_options(const named_values& given) {
  edge_list_options result;
  std::string text = "tanh";
  given.take("activation", text);
  auto activation = parse_activation(text);
  if (!activation)
    return activation.error();
  result.activation = *activation;
  std::string doubled = "refuse";
  given.take("doubled", doubled);
  if (doubled != "refuse" && doubled != "sum")
    return expected_instead(
      fmt::format("doubled {}: expected refuse or sum", printable(doubled)));
  result.sum_doubled = doubled == "sum";
  if (auto err = take_list(given, "inputs", result.inputs, result.input_names))
    return err;
  if (auto err = take_list(given, "outputs", result.outputs,
                           result.output_names))
    return err;
  return result;
}

/// What became of numbers that could not stay as they are, a line per run.
void print_numbers(const wired_network& x) {
  const auto& numbers = x.numbers;
  auto made = [&](std::size_t i) {
    return std::ranges::any_of(x.driven,
                               [i](const auto& y) { return y.input == i; });
  };
  constexpr std::size_t most = 8;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < numbers.size();) {
    auto first = i++;
    if (made(first))
      continue;
    while (i < numbers.size() && numbers[i] == numbers[i - 1] + 1 && !made(i))
      ++i;
    if (first == 0 && numbers[0] == 0 && i == numbers.size())
      return; // one run: all stayed
    lines.push_back(fmt::format(
      "{} in the file {} {} here",
      to_string(neuron_range{numbers[first], i - first}),
      i - first > 1 ? "are" : "is", to_string(neuron_range{first, i - first})));
  }
  for (std::size_t i = 0; i < std::min(most, lines.size()); ++i)
    fmt::print("  {}\n", lines[i]);
  if (lines.size() > most)
    fmt::print("  and so on, in order: inputs first, then all others\n");
}

/// Which neuron is which number here.
void print_names(const network& net) {
  std::string line;
  for (neuron_id i = 0; i < net.neuron_count(); ++i) {
    auto next = fmt::format("  {} {}", i, net.name_of(i));
    if (line.size() + next.size() > 78) {
      fmt::print("{}\n", line);
      line.clear();
    }
    line += next;
  }
  fmt::print("{}\n", line);
}

/// Numbers that could not stay are names from now on.
void print_changes(const network& net, const wired_network& x) {
  auto by_number = net.has_names() && net.name_of(0).starts_with("n")
                   && net.name_of(net.neuron_count() - 1)
                        == fmt::format("n{}", x.numbers.back());
  if (by_number) {
    print_numbers(x);
    fmt::print("  by its number in the file, a neuron is called n{}\n",
               x.numbers.back());
  } else if (net.has_names()) {
    print_names(net);
  }
  for (const auto& y : x.driven)
    fmt::print("  {} reads others, too: the input {} drives it\n",
               name_of(net, {y.neuron, 1}), name_of(net, {y.input, 1}));
}

caf::error take_edges(workspace& w, const std::string& path,
                      const edge_list_options& options) {
  auto wired = read_edges(path, options);
  if (!wired)
    return wired.error();
  if (auto err = take_network(w, std::move(wired->net)))
    return err;
  for (const auto& x : wired->edges)
    if (x.weight)
      w.weights.emplace_hint(w.weights.end(), x.wire, *x.weight);
  print_network(*w.net);
  print_changes(*w.net, *wired);
  return {};
}

caf::error take_neurons(workspace& w, const std::string& count,
                        const named_values& given,
                        const edge_list_options& options) {
  auto all = to_count(count, "neurons");
  if (!all)
    return all.error();
  std::uint64_t inputs = 0;
  if (auto err = given.take("inputs", inputs))
    return err;
  if (inputs == 0 || inputs >= *all)
    return expected_instead(fmt::format("expected inputs 1 to {} of the {} "
                                        "neurons",
                                        std::max<std::uint64_t>(*all, 2) - 1,
                                        *all));
  auto net = unwired_network(inputs, *all - inputs, options.activation,
                             options.outputs);
  if (!net)
    return net.error();
  if (auto err = take_network(w, std::move(*net)))
    return err;
  print_network(*w.net);
  return {};
}

} // namespace

caf::error make_wired(workspace& w, const words& args) {
  constexpr std::array<std::string_view, 4> names{"activation", "doubled",
                                                  "inputs", "outputs"};
  if (args.size() < 2)
    return usage_of("network");
  auto given = named_values::parse(std::span{args}.subspan(2), names);
  if (!given)
    return given.error();
  auto options = edge_options(*given);
  if (!options)
    return options.error();
  return args[0] == "edges" ? take_edges(w, args[1], *options)
                            : take_neurons(w, args[1], *given, *options);
}

std::string wiring_lines(const network& net, layer_id id) {
  const auto& plan = net.schedule_of(id);
  std::string outputs;
  for (auto x : net.at(id).wires.outputs) {
    if (outputs.size() > 30) {
      outputs += ", ...";
      break;
    }
    outputs += (outputs.empty() ? "" : ", ") + name_of(net, x);
  }
  auto ticks = plan.has_loop
                 ? fmt::format("loops, {} ticks unless said", plan.ticks)
                 : fmt::format("no loops, {} tick{} deep", plan.ticks,
                               plan.ticks == 1 ? "" : "s");
  return fmt::format("  {:<18} outputs {}; {}\n", "",
                     outputs.empty() ? "all" : outputs, ticks);
}

} // namespace ganglion::cli
