#include "runtime/model_store/store/layout.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace ganglion::layout {

namespace {

/// Nothing, or a dot and a number.
bool is_attempt(std::string_view suffix) {
  if (suffix.empty())
    return true;
  return suffix.size() > 1 && suffix[0] == '.'
         && suffix.find_first_not_of("0123456789", 1) == suffix.npos;
}

} // namespace

std::string network_path(const std::string& dir) {
  return dir + "/network";
}

std::string data_path(const std::string& dir) {
  return dir + "/data";
}

std::string placements(const std::string& dir) {
  return dir + "/placements";
}

std::string placement_path(const std::string& dir, const std::string& hash) {
  return placements(dir) + "/" + hash;
}

std::string shards(const std::string& dir) {
  return dir + "/shards";
}

std::string shard_path(const std::string& dir, const std::string& name) {
  return shards(dir) + "/" + name;
}

std::string manifests(const std::string& dir) {
  return dir + "/manifests";
}

std::string manifest_path(const std::string& dir, commit_id id) {
  return manifests(dir) + "/" + file_name(id);
}

std::string leases(const std::string& dir) {
  return dir + "/leases";
}

std::string lease_path(const std::string& dir, std::uint64_t fence) {
  return fmt::format("{}/{:06}", leases(dir), fence);
}

std::string base_path(const std::string& dir, std::uint64_t fence) {
  return lease_path(dir, fence) + ".base";
}

std::string pins(const std::string& dir) {
  return dir + "/pins";
}

std::string shard_name(commit_id id, neuron_range range) {
  return fmt::format("{}-{}-{}", file_name(id), range.first, range.count);
}

std::optional<shard_facts> facts_of_shard(std::string_view name) {
  std::array<std::uint64_t, 4> numbers{};
  auto at = name.begin();
  for (auto& x : numbers) {
    auto [end, error] = std::from_chars(at, name.end(), x);
    if (error != std::errc{})
      return {};
    at = end == name.end() ? end : end + 1;
  }
  auto [fence, step, first, count] = numbers;
  auto plain = shard_name({fence, step}, {first, count});
  if (name.starts_with(plain) && is_attempt(name.substr(plain.size())))
    return shard_facts{{fence, step}, {first, count}};
  return {};
}

std::optional<std::uint64_t> fence_of_lease(std::string_view name) {
  // A fence is written like the fence of a commit.
  auto id = from_file_name(fmt::format("{}-{:012}", name, 0));
  return id ? std::optional{id->fence} : std::nullopt;
}

std::optional<std::uint64_t> fence_of_base(std::string_view name) {
  constexpr std::string_view suffix = ".base";
  if (!name.ends_with(suffix))
    return {};
  name.remove_suffix(suffix.size());
  return fence_of_lease(name);
}

std::optional<commit_id> commit_of_pin(std::string_view name) {
  return from_file_name(name.substr(0, name.find('.')));
}

} // namespace ganglion::layout
