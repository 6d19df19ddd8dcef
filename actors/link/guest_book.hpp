// Who is connected through this process's gates: so many in all, and so many
// from one address, that descriptors are left for what runs. A place is kept
// for as long as its holder lives. Safe from any thread. It knows no sockets;
// gates ask it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <caf/expected.hpp>

namespace ganglion {

class guest_book : public std::enable_shared_from_this<guest_book> {
public:
  struct limits {
    std::size_t in_all = 0;
    /// Not for this machine's own addresses.
    std::size_t per_host = 0;
  };

  /// Somebody's place, until the last copy goes.
  using place = std::shared_ptr<const void>;

  explicit guest_book(limits x) : limits_(x) {
    // nop
  }

  guest_book(const guest_book&) = delete;
  guest_book& operator=(const guest_book&) = delete;

  /// What a process can have that may open so many files.
  static limits limits_for(std::size_t descriptors);

  /// The one of this process, with the limits of its first use.
  static const std::shared_ptr<guest_book>& of_process();

  /// Errors: busy, in words for the guest.
  caf::expected<place> admit(const std::string& host);

private:
  class guest;

  [[nodiscard]] std::size_t from(const std::string& host) const;
  void leave(const std::string& host);

  const limits limits_;
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::map<std::string, std::size_t> by_host_;
};

} // namespace ganglion
