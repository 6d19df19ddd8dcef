// Names of files: what is understood is written the same again.
#include <cstdlib>
#include <string_view>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/store/layout.hpp"

using namespace ganglion;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size) {
  std::string_view name{reinterpret_cast<const char*>(data), size};
  if (auto id = from_file_name(name); id && file_name(*id) != name)
    std::abort();
  if (auto id = parse_commit(name); id && *parse_commit(to_string(*id)) != *id)
    std::abort();
  auto facts = layout::facts_of_shard(name);
  if (facts
      && (name.find('/') != name.npos
          || !name.starts_with(
            layout::shard_name(facts->commit, facts->range))))
    std::abort();
  auto fence = layout::fence_of_lease(name);
  if (fence
      && layout::lease_path("d", *fence) != "d/leases/" + std::string{name})
    std::abort();
  fence = layout::fence_of_base(name);
  if (fence
      && layout::base_path("d", *fence) != "d/leases/" + std::string{name})
    std::abort();
  static_cast<void>(layout::commit_of_pin(name));
  if (final_name(name).size() > name.size())
    std::abort();
  return 0;
}
