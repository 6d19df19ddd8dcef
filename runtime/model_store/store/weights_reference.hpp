// A shard that holds no values: it says where in files of another program they
// are, as these files are. Such files stay where they are, and nodes read of
// them what they own. Plain data; reference_reader reads.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "metadata/fields.hpp"
#include "metadata/network/neuron_range.hpp"
#include "runtime/model_store/formats/array_place.hpp"

namespace ganglion {

/// A file that is referred to, as it was then.
struct referenced_file {
  /// Where it was, and how one came there from the model's directory: servers
  /// may see a share under other paths.
  std::string path;
  std::string from_model;
  std::uint64_t size = 0;
  /// XXH3-64 of its first bytes, among them the names and places of its arrays.
  std::uint64_t checksum = 0;

  friend bool operator==(const referenced_file&, const referenced_file&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"path", self.path}, field{"from_model", self.from_model},
                 field{"size", self.size}, field{"checksum", self.checksum});
  }
};

/// A part of the parameters of all neurons.
struct referenced_part {
  static constexpr auto none = std::numeric_limits<std::uint32_t>::max();

  /// Of the list of files; none: all values are zero.
  std::uint32_t file = none;
  /// Where the array begins, in bytes.
  std::uint64_t offset = 0;
  /// A value_type.
  std::uint8_t type = 0;
  array_place place;

  friend bool operator==(const referenced_part&, const referenced_part&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"file", self.file}, field{"offset", self.offset},
                 field{"type", self.type}, field{"place", self.place});
  }
};

struct weights_reference {
  std::string network_hash;
  layer_id layer = 0;
  /// All neurons of the layer.
  neuron_range range;
  std::vector<referenced_file> files;
  /// In the order of a neuron's parameters.
  std::vector<referenced_part> parts;

  /// Parameters of a neuron.
  [[nodiscard]] std::uint64_t columns() const;

  friend bool operator==(const weights_reference&, const weights_reference&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"network_hash", self.network_hash},
                 field{"layer", self.layer}, field{"range", self.range},
                 field{"files", self.files}, field{"parts", self.parts});
  }
};

/// What is impossible about one; empty where nothing is.
std::string problem_of(const weights_reference& x);

} // namespace ganglion
