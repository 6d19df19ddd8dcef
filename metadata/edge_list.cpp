#include "metadata/edge_list.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"

namespace ganglion {

namespace {

constexpr std::string_view blanks = " \t\r";

/// What is shown of a line that makes no sense.
constexpr std::size_t shown = 40;

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class T>
bool parse_number(std::string_view text, T& out) {
  auto end = text.data() + text.size();
  auto [last, code] = std::from_chars(text.data(), end, out);
  return code == std::errc{} && last == end && !text.empty();
}

caf::error bad_line(const std::string& name, std::size_t line,
                    std::string_view text, std::string_view expected) {
  std::string quoted{text.substr(0, shown)};
  for (auto& c : quoted)
    if (c < ' ' || c > '~')
      c = '?';
  return make_failure(errc::bad_data,
                      fmt::format("{}:{}: expected {}, not '{}{}'", name, line,
                                  expected, quoted,
                                  text.size() > shown ? "..." : ""));
}

/// Without blanks and quotes around them.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> result;
  for (;;) {
    auto end = line.find_first_of(",;\t");
    auto field = trimmed(line.substr(0, end));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = trimmed(field.substr(1, field.size() - 2));
    result.push_back(field);
    if (end == std::string_view::npos)
      return result;
    line.remove_prefix(end + 1);
  }
}

bool is_one_of(std::string_view text,
               std::initializer_list<std::string_view> words) {
  std::string lower{text};
  for (auto& c : lower)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(words.begin(), words.end(), lower) != words.end();
}

class edge_parser {
public:
  edge_parser(const std::string& name, bool sum) : name_(name), sum_(sum) {
    // nop
  }

  caf::error add(std::size_t number, std::string_view line) {
    auto fields = split(line);
    if (std::exchange(first_, false) && is_header(fields))
      return {};
    if (fields.size() < 2 || (!by_name_ && fields.size() > 3))
      return bad_line(name_, number, line,
                      "SOURCE,TARGET,WEIGHT such as 3,17,0.5");
    if (by_name_ && fields.size() <= std::max({source_, target_, weight_}))
      return bad_line(name_, number, line,
                      "as many fields as the first line has");
    given_edge next;
    next.line = number;
    for (auto [column, to] : {std::pair{source_, &next.wire.source},
                              std::pair{target_, &next.wire.target}})
      if (auto err = number_of(fields[column], number, line, *to))
        return err;
    if (auto err = take_weight(fields, number, next.weight))
      return err;
    return keep(next);
  }

  caf::expected<edge_table> finish() {
    if (result_.edges.empty())
      return make_failure(
        errc::bad_data, fmt::format("{}: expected lines SOURCE,TARGET,WEIGHT, "
                                    "and there are none",
                                    name_));
    return std::move(result_);
  }

private:
  /// Columns go by their names, if both ends have some of those that are usual.
  bool is_header(const std::vector<std::string_view>& fields) {
    constexpr std::size_t none = ~std::size_t{0};
    auto find = [&](std::initializer_list<std::string_view> words) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (is_one_of(fields[i], words))
          return i;
      return none;
    };
    auto source = find({"source", "src", "from", "pre", "presynaptic"});
    auto target = find({"target", "dst", "to", "post", "postsynaptic"});
    if (source != none && target != none) {
      by_name_ = true;
      source_ = source;
      target_ = target;
      weight_ = find({"weight", "synapses", "sections", "count", "value"});
      has_weight_ = weight_ != none;
      weight_ = has_weight_ ? weight_ : 0;
      return true;
    }
    // Names of other columns: no field is a number.
    double number = 0;
    return fields.size() == 3
           && std::none_of(fields.begin(), fields.end(),
                           [&](auto x) { return parse_number(x, number); });
  }

  caf::error number_of(std::string_view text, std::size_t line,
                       std::string_view whole, neuron_id& out) {
    auto is_number = parse_number(text, out);
    if (text.empty() || (is_number && !result_.names.empty())
        || (!is_number && !result_.edges.empty() && result_.names.empty()))
      return bad_line(name_, line, whole,
                      "SOURCE,TARGET,WEIGHT with whole numbers of neurons, or "
                      "with names in all lines");
    if (is_number)
      return {};
    auto [i, fresh] = numbers_.try_emplace(std::string{text}, numbers_.size());
    if (fresh)
      result_.names.emplace_back(text.substr(0, shown));
    out = i->second;
    return {};
  }

  caf::error take_weight(const std::vector<std::string_view>& fields,
                         std::size_t number, std::optional<float>& out) const {
    if (by_name_ ? !has_weight_ : fields.size() < 3)
      return {};
    auto text = fields[by_name_ ? weight_ : 2];
    float weight = 0;
    if (!parse_number(text, weight) || !std::isfinite(weight))
      return bad_line(name_, number, text,
                      "a number as the weight (or no such column at all)");
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
      return make_failure(errc::bad_data,
                          fmt::format("{}:{}: expected {} edges at most", name_,
                                      x.line, max_edges));
    result_.edges.push_back(x);
    return {};
  }

  const std::string& name_;
  bool sum_;
  bool first_ = true;
  bool by_name_ = false;
  bool has_weight_ = false;
  std::size_t source_ = 0;
  std::size_t target_ = 1;
  std::size_t weight_ = 2;
  std::map<std::string, neuron_id, std::less<>> numbers_;
  std::map<std::pair<neuron_id, neuron_id>, std::size_t> places_;
  edge_table result_;
};

} // namespace

caf::expected<edge_table> parse_edges(std::string_view text,
                                      const std::string& name, bool sum) {
  constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
  if (text.starts_with(utf8_mark))
    text.remove_prefix(utf8_mark.size());
  edge_parser parser{name, sum};
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#')
      continue;
    if (auto err = parser.add(number, line))
      return err;
  }
  return parser.finish();
}

} // namespace ganglion
