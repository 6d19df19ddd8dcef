// What an actor system needs to host nodes and engines. A host application
// calls `configure` on its own configuration; ours are made the same way.
#pragma once

#include <cstdint>
#include <memory>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace ganglion {

/// Registers the message types with CAF. Call it once, before the first actor
/// system is made, and after a host application has registered its own.
void init_types();

/// Loads what we need into a configuration, and sets the number of threads
/// that run actors, which are the compute threads of a node. `many_groups`: for
/// tens of thousands of groups and more, such as neurons by themselves.
void configure(caf::actor_system_config& config, std::uint32_t threads,
               bool many_groups = false);

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
