// Where things are in a model's directory, and how the text files among them
// are framed: a line with what it is and its format's version, the archive, a
// line with the checksum. One function per kind of file and direction.
#pragma once

#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/network.hpp"
#include "metadata/placement.hpp"
#include "runtime/model_store/commit_id.hpp"
#include "runtime/model_store/file_system.hpp"
#include "runtime/model_store/lease.hpp"
#include "runtime/model_store/manifest.hpp"

namespace ganglion::layout {

std::string network_path(const std::string& dir);
std::string placements(const std::string& dir);
std::string placement_path(const std::string& dir, const std::string& hash);
std::string shards(const std::string& dir);
std::string shard_path(const std::string& dir, const std::string& name);
std::string manifests(const std::string& dir);
std::string manifest_path(const std::string& dir, commit_id id);
std::string leases(const std::string& dir);
std::string lock_path(const std::string& dir);
std::string lease_path(const std::string& dir, std::uint64_t fence);
std::string base_path(const std::string& dir, std::uint64_t fence);
std::string pins(const std::string& dir);

/// "000001-000000000100-784-256": the shard's commit, first neuron, count.
std::string shard_name(commit_id id, neuron_range range);

/// The commit for which a shard was written.
std::optional<commit_id> commit_of_shard(std::string_view name);

/// The fence of "000003", or of "000003.base".
std::optional<std::uint64_t> fence_of_lease(std::string_view name);
std::optional<std::uint64_t> fence_of_base(std::string_view name);

/// The commit of a pin.
std::optional<commit_id> commit_of_pin(std::string_view name);

} // namespace ganglion::layout
