#include "actors/link/guest_book.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/link/socket.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// For files, nodes that this one dials, and threads with a loop of their own.
constexpr std::size_t min_spare = 256;

/// Idle connections cost memory, too.
constexpr std::size_t most_guests = 16'384;

std::size_t own_descriptors() {
  rlimit x{};
  return ::getrlimit(RLIMIT_NOFILE, &x) == 0 ? x.rlim_cur : 1024;
}

} // namespace

/// Counts under the book's mutex, which `admit` has.
class guest_book::guest {
public:
  guest(std::shared_ptr<guest_book> book, std::string host)
    : book_(std::move(book)), host_(std::move(host)) {
    ++book_->by_host_[host_];
    ++book_->count_;
  }

  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;

  ~guest() {
    book_->leave(host_);
  }

private:
  std::shared_ptr<guest_book> book_;
  std::string host_;
};

guest_book::limits guest_book::limits_for(std::size_t descriptors) {
  auto spare = std::max(min_spare, descriptors / 4);
  auto left = descriptors > spare ? descriptors - spare : descriptors / 4;
  auto in_all = std::min(left, most_guests);
  return {in_all, std::max<std::size_t>(in_all / 4, 1)};
}

const std::shared_ptr<guest_book>& guest_book::of_process() {
  static auto result = std::make_shared<guest_book>(
    limits_for(own_descriptors()));
  return result;
}

caf::expected<guest_book::place> guest_book::admit(const std::string& host) {
  std::lock_guard guard{mutex_};
  if (count_ >= limits_.in_all)
    return make_failure(errc::busy,
                        fmt::format("this process has {} connections, and "
                                    "takes no more: close some, or let it open "
                                    "more files (ulimit -n)",
                                    count_));
  if (!is_loopback({host, 0}) && from(host) >= limits_.per_host)
    return make_failure(errc::busy,
                        fmt::format("this process has {} connections from {}, "
                                    "and takes no more: close some, or let it "
                                    "open more files (ulimit -n)",
                                    limits_.per_host, host));
  return std::make_shared<guest>(shared_from_this(), host);
}

std::size_t guest_book::from(const std::string& host) const {
  auto i = by_host_.find(host);
  return i == by_host_.end() ? 0 : i->second;
}

void guest_book::leave(const std::string& host) {
  std::lock_guard guard{mutex_};
  --count_;
  auto i = by_host_.find(host);
  if (--i->second == 0)
    by_host_.erase(i);
}

} // namespace ganglion
