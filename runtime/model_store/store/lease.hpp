// Who writes a model: the record that each writer leaves beside its fence, and
// the record of the commit on which it builds. Plain data for messages and for
// the rules in history.hpp; it locks nothing.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/fields.hpp"
#include "runtime/model_store/store/commit_name.hpp"

namespace ganglion {

/// A process that writes a model.
struct writer_identity {
  std::string host;
  std::uint64_t process = 0;
  /// What it is, for people: "ganglion train".
  std::string what;
  /// The node that writes, where there is one, and its incarnation.
  std::string node;
  std::uint64_t incarnation = 0;

  friend bool operator==(const writer_identity&, const writer_identity&)
    = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"host", self.host}, field{"process", self.process},
                 field{"what", self.what}, field{"node", self.node},
                 field{"incarnation", self.incarnation});
  }
};

/// This process, on this host.
writer_identity this_process(std::string what);

/// leases/FENCE
struct lease_record {
  std::uint64_t fence = 0;
  writer_identity writer;
  /// Milliseconds since 1970, UTC.
  std::int64_t time = 0;

  friend bool operator==(const lease_record&, const lease_record&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"fence", self.fence}, field{"writer", self.writer},
                 field{"time", self.time});
  }
};

/// leases/FENCE.base
struct base_record {
  std::uint64_t fence = 0;
  /// The newest commit that counted when the fence had been raised.
  commit_id base;

  friend bool operator==(const base_record&, const base_record&) = default;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"fence", self.fence}, field{"base", self.base});
  }
};

/// Now, in milliseconds since 1970, UTC.
std::int64_t wall_clock_time();

/// "2026-03-01 12:00:00 UTC"
std::string time_text(std::int64_t milliseconds);

/// "ganglion train (host alpha, process 4711, since 2026-03-01 12:00:00 UTC)"
std::string describe(const lease_record& x);

} // namespace ganglion
