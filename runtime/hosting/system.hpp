// What an actor system needs to host nodes and engines. A host application
// calls both functions at its start, before it makes its first actor system;
// ours are made the same way. Nothing here is global but CAF's own table of
// types.
#pragma once

#include <cstdint>
#include <memory>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>

namespace ganglion {

/// Registers the message types with CAF, before the first actor system is made.
/// May be called again, and before or after a host application registers types
/// of its own; see metadata/messages/type_ids.hpp about the IDs.
void init_types();

/// Adds what we need to a host's configuration, which may be of a class of its
/// own. What the host has set itself stays. `threads` run the actors, and are
/// the compute threads of a node in this system; 0 leaves what the host has
/// set, else takes one per core. `many_groups`: for tens of thousands of groups
/// and more, such as neurons by themselves. Call it before the actor system is
/// made.
void configure(caf::actor_system_config& config, std::uint32_t threads = 0,
               bool many_groups = false);

/// Threads that run the actors of a system.
std::uint32_t threads_of(const caf::actor_system& sys);

/// An error that says what to call unless `init_types` was.
caf::error check_types();

/// An actor system of our own with its configuration.
class own_system {
public:
  explicit own_system(std::uint32_t threads, bool many_groups = false);

  [[nodiscard]] caf::actor_system& get() noexcept {
    return *system_;
  }

private:
  /// Outlives the system, which refers to it.
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
};

} // namespace ganglion
