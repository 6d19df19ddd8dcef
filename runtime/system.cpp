#include "runtime/system.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>

#include "metadata/messages.hpp"

namespace ganglion {

namespace {

constexpr std::size_t aggressive_poll_attempts = 20000;

} // namespace

void init_types() {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
}

void configure(caf::actor_system_config& config, std::uint32_t threads) {
  config.load<caf::io::middleman>();
  config.set("caf.scheduler.max-threads", threads);
  // A worker without work looks for it for about as long as a wake-up takes
  // before it sleeps: actors of one step wait for each other all the time.
  config.set("caf.work-stealing.aggressive-poll-attempts",
             aggressive_poll_attempts);
  // CAF's own protocol is not in use, and needs no threads.
  config.set("caf.middleman.workers", 0);
}

own_system::own_system(std::uint32_t threads)
  : config_(std::make_unique<caf::actor_system_config>()) {
  configure(*config_, threads);
  system_ = std::make_unique<caf::actor_system>(*config_);
}

} // namespace ganglion
