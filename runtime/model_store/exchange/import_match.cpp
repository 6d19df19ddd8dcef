#include "runtime/model_store/exchange/import_match.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

/// Names that an error lists.
constexpr std::size_t listed = 20;

/// What it shows of each, in bytes.
constexpr std::size_t shown_name = 100;

caf::error bad_import(std::string text) {
  return make_failure(errc::bad_argument, std::move(text));
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, " x "));
}

class tensor_matcher {
public:
  tensor_matcher(const tensor_file& from, const network& net,
                 const import_options& options)
    : from_(from), all_(from.tensors()), net_(net), options_(options) {
    for (std::size_t i = 0; i < all_.size(); ++i)
      indexes_.emplace(all_[i].name, i); // the first of a name
  }

  caf::expected<std::vector<tensor_match>> run() {
    for (const auto& [layer, ignored] : options_.names)
      if (auto id = net_.find(layer); !id)
        return id.error();
    std::vector<tensor_match> result;
    for (auto& x : tensors_of(net_)) {
      auto index = options_.by_order ? next(x) : named(x);
      if (!index)
        return index.error();
      if (*index)
        if (auto err = check(x, all_[**index]))
          return err;
      result.push_back({std::move(x), *index});
    }
    if (auto err = check_order(result))
      return err;
    if (auto err = check_left_over(result))
      return err;
    return result;
  }

private:
  using found = std::optional<std::size_t>;

  [[nodiscard]] bool any_bias() const {
    return std::any_of(all_.begin(), all_.end(),
                       [](const auto& x) { return x.shape.size() == 1; });
  }

  /// "net..weight" of "net.2.weight": names that are counted have an order.
  [[nodiscard]] std::string without_digits(const tensor_match& x) const {
    auto result = x.index ? all_[*x.index].name : std::string{};
    std::erase_if(result, [](char c) { return c >= '0' && c <= '9'; });
    return result;
  }

  /// The order of a file that is sorted by names says nothing about layers that
  /// could be exchanged.
  [[nodiscard]] caf::error
  check_order(const std::vector<tensor_match>& result) const {
    if (!options_.by_order || from_.keeps_order())
      return {};
    for (std::size_t i = 0; i < result.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (!result[i].what.vector && !result[j].what.vector
            && shape_of(net_, result[i].what) == shape_of(net_, result[j].what)
            && without_digits(result[i]) != without_digits(result[j]))
          return bad_import(fmt::format(
            "'{}' and '{}' have the same shape, and this file is sorted by "
            "names, so that their order says nothing: say what layers are "
            "called there with --names LAYER=NAME,... ({})",
            result[j].what.name, result[i].what.name, list()));
    return {};
  }

  [[nodiscard]] caf::error
  check_left_over(const std::vector<tensor_match>& result) const {
    if (options_.ignore_others)
      return {};
    std::vector<bool> used(all_.size());
    for (const auto& x : result)
      if (x.index)
        used[*x.index] = true;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (!used[i] && left.size() < listed)
        left.push_back(fmt::format("{} [{}]",
                                   printable(all_[i].name, shown_name),
                                   shape_text(all_[i].shape)));
    if (left.empty())
      return {};
    return bad_import(fmt::format("the file has more than this network takes: "
                                  "{}; say --ignore if nothing is lost without "
                                  "that",
                                  fmt::join(left, ", ")));
  }

  [[nodiscard]] std::string name_of(const planned_tensor& x) const {
    const auto& layer = net_.at(x.layer).name;
    auto i = options_.names.find(layer);
    return i == options_.names.end() ? x.name
                                     : i->second + x.name.substr(layer.size());
  }

  [[nodiscard]] caf::expected<found> named(const planned_tensor& x) const {
    auto name = name_of(x);
    if (auto i = indexes_.find(name); i != indexes_.end())
      return found{i->second};
    // Where a layer's weights are, its bias may be left out.
    auto has_weights = [&] {
      auto stem = name.substr(0, name.rfind('.'));
      return indexes_.contains(stem + ".weight");
    };
    if (x.optional && has_weights())
      return found{};
    return bad_import(
      fmt::format("the file has no array '{}' for layer '{}', but {}: "
                  "say what layers are called there with --names "
                  "{}=NAME, or take arrays in their order with "
                  "--by-order",
                  name, net_.at(x.layer).name, list(), net_.at(x.layer).name));
  }

  [[nodiscard]] std::string list() const {
    std::vector<std::string> names;
    for (const auto& x : all_)
      if (names.size() < listed)
        names.push_back(fmt::format("{} [{}]", printable(x.name, shown_name),
                                    shape_text(x.shape)));
    if (all_.size() > listed)
      names.push_back(fmt::format("{} more", all_.size() - listed));
    return names.empty() ? "none at all"
                         : fmt::format("{}", fmt::join(names, ", "));
  }

  caf::expected<found> next(const planned_tensor& x) {
    auto& at = x.vector ? next_bias_ : next_weight_;
    auto dimensions = std::size_t{x.vector ? 1U : 2U};
    while (at < all_.size() && all_[at].shape.size() != dimensions)
      ++at;
    if (at < all_.size())
      return found{at++};
    if (x.optional && next_bias_ == all_.size() && !any_bias())
      return found{};
    return bad_import(fmt::format("the file has not enough arrays with {} "
                                  "dimension{}: '{}' is left; it has {}",
                                  dimensions, x.vector ? "" : "s", x.name,
                                  list()));
  }

  [[nodiscard]] caf::error check(const planned_tensor& x,
                                 const tensor_info& x_there) const {
    auto due = shape_of(net_, x);
    if (x_there.shape != due) {
      auto turned = std::vector<std::uint64_t>{due.rbegin(), due.rend()};
      return bad_import(fmt::format(
        "array '{}' is [{}], but '{}' of the network is "
        "[{}]{}",
        printable(x_there.name, shown_name), shape_text(x_there.shape), x.name,
        shape_text(due),
        x_there.shape == turned ? ": transpose it, a row belongs to a neuron"
                                : ": give the --network that it was made for"));
    }
    if (x_there.type == value_type::other)
      return bad_import(
        fmt::format("array '{}' has values of type {}: convert it to "
                    "float32 (in NumPy: np.ascontiguousarray(x, "
                    "'<f4'))",
                    printable(x_there.name, shown_name),
                    printable(x_there.type_name, shown_name)));
    return {};
  }

  const tensor_file& from_;
  const std::vector<tensor_info>& all_;
  const network& net_;
  const import_options& options_;
  std::unordered_map<std::string_view, std::size_t> indexes_;
  std::size_t next_weight_ = 0;
  std::size_t next_bias_ = 0;
};

} // namespace

caf::expected<std::vector<tensor_match>>
match_tensors(const tensor_file& from, const network& net,
              const import_options& options) {
  return tensor_matcher{from, net, options}.run();
}

} // namespace ganglion
