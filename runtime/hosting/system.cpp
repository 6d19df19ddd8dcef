#include "runtime/hosting/system.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include <caf/init_global_meta_objects.hpp>

#include "metadata/caf_compat.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion {

namespace {

/// A string, which both of CAF's kinds of views take.
const std::string threads_key = "caf.scheduler.max-threads";

/// Several workers wait for each other all the time, and learn of each other's
/// work only by looking for it: for about as long as a wake-up takes.
constexpr std::size_t attempts_of_several = 20000;

/// A single one has nobody to take work from, and its core may be another's.
constexpr std::size_t attempts_of_one = 2000;

template <class T>
void set_unless_there(caf::actor_system_config& config, const std::string& key,
                      T value) {
  if (!caf::get_if(&content(config), key))
    config.set(key, std::move(value));
}

/// What CAF takes where nobody said anything.
std::uint32_t default_threads() {
  return std::max(std::thread::hardware_concurrency(), 4u);
}

} // namespace

void init_types() {
  register_messages();
  caf::init_global_meta_objects<caf::id_block::ganglion_runtime>();
}

void configure(caf::actor_system_config& config, std::uint32_t threads,
               bool many_groups) {
  if (threads > 0)
    config.set(threads_key, threads);
  set_unless_there(config, threads_key,
                   std::max(std::thread::hardware_concurrency(), 1u));
  threads = caf::get_or(content(config), threads_key, default_threads());
  // Stealing from a worker takes time linear in the length of its queue.
  set_unless_there(config, "caf.scheduler.policy",
                   std::string{many_groups ? "sharing" : "stealing"});
  set_unless_there(config, "caf.work-stealing.aggressive-poll-attempts",
                   threads > 1 ? attempts_of_several : attempts_of_one);
  // Between looking hard and waiting for a wake-up, workers doze for some 100
  // us at a time, and a message waits for the end of that. Without others to
  // take work from, there is no reason to.
  if (threads == 1)
    set_unless_there(config, "caf.work-stealing.moderate-poll-attempts",
                     std::size_t{0});
}

std::uint32_t threads_of(const caf::actor_system& sys) {
  return caf::get_or(content(sys.config()), threads_key, default_threads());
}

caf::error check_types() {
  if (!caf::query_type_name(caf::type_id_v<start_training>).empty())
    return {};
  return make_failure(errc::bad_argument,
                      "the message types are not registered: call "
                      "ganglion::init_types() before the first actor system is "
                      "made");
}

own_system::own_system(std::uint32_t threads, bool many_groups)
  : config_(std::make_unique<caf::actor_system_config>()) {
  configure(*config_, threads, many_groups);
  system_ = std::make_unique<caf::actor_system>(*config_);
}

} // namespace ganglion
