// The words of a command: how a line is cut, numbers, options by name, and
// neurons as people write them. Pure functions; they know no deployment.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "metadata/error.hpp"
#include "metadata/network/network.hpp"

namespace ganglion::cli {

using words = std::vector<std::string>;

/// What a command without sense is answered: one line, the next step in it.
caf::error expected_instead(std::string text);

/// At blanks; 'single' and "double" quotes keep them; # begins a comment at the
/// start of a word. Errors: a quote that is not closed.
caf::expected<words> split_words(std::string_view line);

/// Errors name `what` and say what is allowed.
caf::expected<double> to_number(const std::string& word, std::string_view what);
caf::expected<std::uint64_t> to_count(const std::string& word,
                                      std::string_view what);

/// "rate 0.1 batch 16": pairs of a name and a value, and flags without one.
class named_values {
public:
  /// Errors: a name that is not among `names` or `flags`, or came twice, or
  /// without its value.
  static caf::expected<named_values>
  parse(std::span<const std::string> from,
        std::span<const std::string_view> names,
        std::span<const std::string_view> flags = {});

  [[nodiscard]] bool has(std::string_view name) const {
    return values_.contains(name);
  }

  /// Leaves `to` alone where there is no such value.
  caf::error take(std::string_view name, std::uint64_t& to) const;
  caf::error take(std::string_view name, float& to) const;
  void take(std::string_view name, std::string& to) const;

private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Neurons as find_neurons reads them, of several words: sorted, each neuron
/// once.
caf::expected<std::vector<neuron_range>>
to_neurons(const network& net, std::span<const std::string> from);

/// "3,5..7" or "3,5-7".
caf::expected<std::vector<neuron_range>> to_numbers(std::string_view text,
                                                    std::string_view what);

/// "hidden1[0..3]", "hidden1[5]", or "hidden1" for all of a layer; by number,
/// as "3-5", where neurons are wired one by one. `range` lies in one layer.
std::string name_of(const network& net, neuron_range range);

/// The name of a neuron that has one, else its number.
std::string short_name(const network& net, neuron_id neuron);

} // namespace ganglion::cli
