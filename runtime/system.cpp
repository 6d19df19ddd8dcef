#include "runtime/system.hpp"

#include <caf/init_global_meta_objects.hpp>

#include "metadata/messages.hpp"

namespace ganglion {

namespace {

/// Several workers wait for each other all the time, and learn of each other's
/// work only by looking for it: for about as long as a wake-up takes.
constexpr std::size_t attempts_of_several = 20000;

/// A single one has nobody to take work from, and its core may be another's.
constexpr std::size_t attempts_of_one = 2000;

} // namespace

void init_types() {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::core::init_global_meta_objects();
}

void configure(caf::actor_system_config& config, std::uint32_t threads,
               bool many_groups) {
  config.set("caf.scheduler.max-threads", threads);
  // Stealing from a worker takes time linear in the length of its queue.
  config.set("caf.scheduler.policy", many_groups ? "sharing" : "stealing");
  config.set("caf.work-stealing.aggressive-poll-attempts",
             threads > 1 ? attempts_of_several : attempts_of_one);
  // Between looking hard and waiting for a wake-up, workers doze for some 100
  // us at a time, and a message waits for the end of that. Without others to
  // take work from, there is no reason to.
  if (threads == 1)
    config.set("caf.work-stealing.moderate-poll-attempts", std::size_t{0});
}

own_system::own_system(std::uint32_t threads, bool many_groups)
  : config_(std::make_unique<caf::actor_system_config>()) {
  configure(*config_, threads, many_groups);
  system_ = std::make_unique<caf::actor_system>(*config_);
}

} // namespace ganglion
