// Where things are in a model's directory: paths of its files, and what their
// names say. Pure functions on texts; only names that the store itself gives
// are understood, so that foreign files are never mistaken for its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metadata/network/neuron_range.hpp"
#include "runtime/model_store/store/commit_name.hpp"

namespace ganglion::layout {

std::string network_path(const std::string& dir);
std::string data_path(const std::string& dir);
std::string placements(const std::string& dir);
std::string placement_path(const std::string& dir, const std::string& hash);
std::string shards(const std::string& dir);
std::string shard_path(const std::string& dir, const std::string& name);
std::string manifests(const std::string& dir);
std::string manifest_path(const std::string& dir, commit_id id);
std::string leases(const std::string& dir);
std::string lease_path(const std::string& dir, std::uint64_t fence);
std::string base_path(const std::string& dir, std::uint64_t fence);
std::string pins(const std::string& dir);

/// "000001-000000000100-784-256": the shard's commit, first neuron, count.
std::string shard_name(commit_id id, neuron_range range);

/// What the name of a shard says.
struct shard_facts {
  commit_id commit;
  neuron_range range;
};

/// Of a name by shard_name, or of a second attempt: such a name and ".2".
std::optional<shard_facts> facts_of_shard(std::string_view name);

/// The fence of "000003", or of "000003.base".
std::optional<std::uint64_t> fence_of_lease(std::string_view name);
std::optional<std::uint64_t> fence_of_base(std::string_view name);

/// The commit of a pin.
std::optional<commit_id> commit_of_pin(std::string_view name);

} // namespace ganglion::layout
