// What may cross a link, and its bytes: nothing else has a form there, so that
// a stranger's bytes can name no other type. Values only, no actor handles.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <caf/byte_buffer.hpp>
#include <caf/expected.hpp>

#include "actors/kernel/arithmetic.hpp"
#include "metadata/messages/messages.hpp"

namespace ganglion {

/// Changes whenever frames or messages change their bytes or their meaning.
constexpr std::uint32_t protocol_version = 10;

/// First thing that either side says.
struct hello {
  /// "GANGLION", so that nobody takes another service for a node.
  std::uint64_t magic = 0x4E4F494C474E4147;
  std::uint32_t version = protocol_version;
  /// Hash of the table of wire types.
  std::uint64_t type_table = 0;
  bool engine = false;
  /// An engine that only looks.
  bool observer = false;
  std::string name;
  std::string address;
  std::uint64_t incarnation = 0;
  std::uint32_t threads = 0;
  arithmetic_fingerprint arithmetic;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(
      field{"magic", self.magic}, field{"version", self.version},
      field{"type_table", self.type_table}, field{"engine", self.engine},
      field{"observer", self.observer}, field{"name", self.name},
      field{"address", self.address}, field{"incarnation", self.incarnation},
      field{"threads", self.threads}, field{"arithmetic", self.arithmetic});
  }
};

/// The error reply to a request.
struct failure {
  errc code = errc::none;
  error_details why;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"code", self.code}, field{"why", self.why});
  }
};

#define GANGLION_REPORT_TYPE(report, ...) , report
#define GANGLION_REQUEST_TYPES(request, answer, ...) , request, answer

/// Everything but tensors in flight: see metadata/messages/requests.hpp. The
/// order is the wire format.
using control_message = std::variant<failure GANGLION_REPORTS(
  GANGLION_REPORT_TYPE) GANGLION_REQUESTS(GANGLION_REQUEST_TYPES)>;

#undef GANGLION_REPORT_TYPE
#undef GANGLION_REQUEST_TYPES

/// Its name, for errors.
std::string_view name_of(const control_message& x);

/// What waits for an answer, and the answer, share a number; 0: neither.
struct control_envelope {
  std::uint64_t number = 0;
  bool reply = false;
  control_message content;
};

/// What carries a tensor. The order is the wire format.
using tensor_message
  = std::variant<activation, gradient, targets, outputs, tick_values>;

/// Hash over the names of all types that may cross a link.
std::uint64_t type_table_hash();

/// What a heartbeat says, once a deployment is there: that whoever sends it is
/// not only alive but at work.
struct pulse {
  /// Pieces of work done for the run.
  std::uint64_t work = 0;
  /// The actor that a thread has been at for a while without doing a piece (see
  /// work_meter.hpp); 0: none.
  std::uint32_t stuck = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"work", self.work}, field{"stuck", self.stuck});
  }
};

caf::byte_buffer to_bytes(const pulse& x);
caf::expected<pulse> pulse_from(std::span<const std::byte> bytes);

caf::byte_buffer to_bytes(const hello& x);
caf::expected<hello> hello_from(std::span<const std::byte> bytes);

caf::byte_buffer to_bytes(const control_envelope& x);

/// The most bytes that a control message may have whose first bytes these are;
/// `slice`: of one that holds parameters. 0 where it is none.
std::size_t most_bytes(std::span<const std::byte> start, std::size_t slice);

caf::expected<control_envelope> control_from(std::span<const std::byte> bytes);

/// Header and shape; the values follow by themselves.
caf::byte_buffer head_bytes(const tensor_message& x);

/// A message whose tensor is yet to arrive, and the shape that it will have.
struct tensor_head {
  tensor_message message;
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
};

caf::expected<tensor_head> head_from(std::span<const std::byte> bytes);

const header& head_of(const tensor_message& x);
const tensor& values_of(const tensor_message& x);
tensor& values_of(tensor_message& x);

} // namespace ganglion
