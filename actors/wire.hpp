// What may cross a link, and its bytes: nothing else has a form there, so that
// a stranger's bytes can name no other type. Values only, no actor handles.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include <caf/byte_buffer.hpp>
#include <caf/expected.hpp>

#include "actors/kernel/arithmetic.hpp"
#include "metadata/messages.hpp"

namespace ganglion {

/// Changes whenever frames or messages change their bytes or their meaning.
constexpr std::uint32_t protocol_version = 4;

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

/// Everything but tensors in flight. The order is the wire format.
using control_message
  = std::variant<failure, loss_report, flow_done, run_failed, deploy, deployed,
                 release, fetch, parameter_slice, store, stored, fetch_digests,
                 digests, fetch_traffic, traffic_report, open_store,
                 store_opened, load_shards, shards_loaded, shards_written,
                 fetch_status, node_status, fetch_trace, trace_report,
                 prepare_move, move_prepared, settle_move, move_settled,
                 fetch_outputs, output_slice, keep_step, step_kept>;

/// What waits for an answer, and the answer, share a number; 0: neither.
struct control_envelope {
  std::uint64_t number = 0;
  bool reply = false;
  control_message content;
};

/// What carries a tensor. The order is the wire format.
using tensor_message = std::variant<activation, gradient, targets, outputs>;

/// Hash over the names of all types that may cross a link.
std::uint64_t type_table_hash();

caf::byte_buffer to_bytes(const hello& x);
caf::expected<hello> hello_from(std::span<const std::byte> bytes);

caf::byte_buffer to_bytes(const control_envelope& x);
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
