#include "runtime/data/edge_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/data/table.hpp"

namespace ganglion {

namespace {

template <class T>
bool is_number(std::string_view text, T& out) {
  auto end = text.data() + text.size();
  auto [last, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && last == end && !text.empty();
}

bool is_one_of(std::string_view text,
               std::initializer_list<std::string_view> words) {
  std::string lower{text};
  for (auto& c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(words.begin(), words.end(), lower) != words.end();
}

class edge_reader {
public:
  edge_reader(table_reader in, bool sum) : in_(std::move(in)), sum_(sum) {
    // nop
  }

  caf::expected<edge_table> read() {
    for (;;) {
      auto more = in_.next();
      if (!more)
        return more.error();
      if (!*more)
        return finish();
      if (auto err = add())
        return err;
    }
  }

private:
  using columns = std::initializer_list<std::string_view>;

  caf::error add() {
    auto fields = in_.fields();
    if (std::exchange(first_, false) && is_header(fields))
      return {};
    if (fields.size() < 2 || (!by_name_ && fields.size() > 3))
      return in_.bad(1,
                     fmt::format("expected SOURCE,TARGET,WEIGHT such as "
                                 "3,17,0.5, not {} field{}",
                                 fields.size(), fields.size() == 1 ? "" : "s"));
    if (fields.size() <= std::max({source_, target_, weight_ * by_name_}))
      return in_.bad(1, "expected as many fields as the first line has");
    given_edge next;
    next.line = in_.line();
    for (auto [column, to] : {std::pair{source_, &next.wire.source},
                              std::pair{target_, &next.wire.target}})
      if (auto err = take_neuron(fields[column], *to))
        return err;
    if (by_name_ ? has_weight_ : fields.size() == 3)
      if (auto err = take_weight(fields[by_name_ ? weight_ : 2], next.weight))
        return err;
    return keep(next);
  }

  caf::expected<edge_table> finish() {
    if (!result_.edges.empty())
      return std::move(result_);
    return make_failure(errc::bad_data,
                        fmt::format("{}: expected lines SOURCE,TARGET,WEIGHT, "
                                    "and there are none",
                                    printable_path(in_.path())));
  }

  /// Columns go by their names, if both ends have some of those that are usual.
  bool is_header(std::span<const table_field> fields) {
    constexpr std::size_t none = ~std::size_t{0};
    auto find = [&](columns words) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (is_one_of(fields[i].text, words))
          return i;
      return none;
    };
    auto source = find({"source", "src", "from", "pre", "presynaptic"});
    auto target = find({"target", "dst", "to", "post", "postsynaptic"});
    if (source == none || target == none) {
      // Names of other columns: no field is a number.
      double number = 0;
      return fields.size() == 3
             && std::none_of(fields.begin(), fields.end(), [&](const auto& x) {
                  return is_number(x.text, number);
                });
    }
    by_name_ = true;
    source_ = source;
    target_ = target;
    auto weight = find({"weight", "synapses", "sections", "count", "value"});
    has_weight_ = weight != none;
    weight_ = has_weight_ ? weight : 0;
    return true;
  }

  caf::error take_neuron(const table_field& field, neuron_id& out) {
    auto by_number = is_number(field.text, out);
    // The first one decides for all.
    if (!has_names_)
      has_names_ = !by_number;
    if (field.text.empty() || by_number == *has_names_)
      return in_.bad(field.column,
                     fmt::format("'{}': expected whole numbers of neurons, or "
                                 "names in all lines",
                                 printable(field.text)));
    if (by_number)
      return {};
    if (auto err = check_text("the name of a neuron", field.text,
                              max_neuron_name))
      return in_.bad(field.column, explain(err));
    auto [i, fresh] = numbers_.try_emplace(std::string{field.text},
                                           numbers_.size());
    if (fresh)
      result_.names.emplace_back(field.text);
    out = i->second;
    return {};
  }

  caf::error take_weight(const table_field& field,
                         std::optional<float>& out) const {
    float weight = 0;
    if (!is_number(field.text, weight) || !std::isfinite(weight))
      return in_.bad(field.column,
                     fmt::format("'{}': expected a number as the weight (or no "
                                 "such column at all)",
                                 printable(field.text)));
    out = weight;
    return {};
  }

  caf::error keep(const given_edge& x) {
    if (sum_) {
      auto [i, fresh] = places_.try_emplace({x.wire.source, x.wire.target},
                                            result_.edges.size());
      if (!fresh) {
        auto& there = result_.edges[i->second].weight;
        if (x.weight)
          there = there.value_or(0) + *x.weight;
        return {};
      }
    }
    if (result_.edges.size() == max_edges)
      return in_.bad(1, fmt::format("expected {} edges at most", max_edges));
    result_.edges.push_back(x);
    return {};
  }

  table_reader in_;
  bool sum_;
  bool first_ = true;
  bool by_name_ = false;
  bool has_weight_ = false;
  std::optional<bool> has_names_;
  std::size_t source_ = 0;
  std::size_t target_ = 1;
  std::size_t weight_ = 2;
  std::map<std::string, neuron_id, std::less<>> numbers_;
  std::map<std::pair<neuron_id, neuron_id>, std::size_t> places_;
  edge_table result_;
};

constexpr char comment = '#';

} // namespace

caf::expected<edge_table> parse_edges(std::string text, const std::string& name,
                                      bool sum_doubled) {
  auto in = table_reader::of_text(name, std::move(text), comment);
  if (!in)
    return in.error();
  return edge_reader{std::move(*in), sum_doubled}.read();
}

caf::expected<wired_network> read_edges(const std::string& path,
                                        const edge_list_options& options) {
  auto in = table_reader::open(path, comment);
  if (!in)
    return in.error();
  auto table = edge_reader{std::move(*in), options.sum_doubled}.read();
  if (!table)
    return table.error();
  return wire(std::move(*table), options, path);
}

caf::expected<network> find_network(std::string_view text,
                                    std::uint64_t block_size,
                                    bool sum_doubled) {
  constexpr std::string_view prefix = "edges:";
  if (!text.starts_with(prefix))
    return parse_network(text, block_size);
  text.remove_prefix(prefix.size());
  edge_list_options options;
  options.sum_doubled = sum_doubled;
  auto colon = text.rfind(':');
  // A path may have a colon, too.
  if (colon != std::string_view::npos
      && text.find_first_of("/.", colon) == std::string_view::npos) {
    auto activation = parse_activation(text.substr(colon + 1));
    if (!activation)
      return activation.error();
    options.activation = *activation;
    text = text.substr(0, colon);
  }
  auto wired = read_edges(std::string{text}, options);
  if (!wired)
    return wired.error();
  return std::move(wired->net);
}

} // namespace ganglion
