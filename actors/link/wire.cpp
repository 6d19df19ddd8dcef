#include "actors/link/wire.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

caf::error garbled(std::string_view what) {
  return make_failure(errc::protocol,
                      fmt::format("garbled bytes instead of {}", what));
}

caf::const_byte_span view(std::span<const std::byte> bytes) {
  return const_byte_span(bytes.data(), bytes.size());
}

/// FNV-1a.
void add_to_hash(std::uint64_t& hash, std::string_view text) {
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
}

template <class Variant, std::size_t I = 0>
bool emplace_by_index(Variant& x, std::size_t index) {
  if constexpr (I < std::variant_size_v<Variant>) {
    if (index != I)
      return emplace_by_index<Variant, I + 1>(x, index);
    x.template emplace<I>();
    return true;
  }
  return false;
}

struct control_type {
  std::string_view name;
  holds size;
};

#define GANGLION_REPORT_NAME(report, size) control_type{#report, holds::size},
#define GANGLION_REQUEST_NAMES(request, answer, who, time, size, answer_size)  \
  control_type{#request, holds::size},                                         \
    control_type{#answer, holds::answer_size},

/// In the order of control_message.
constexpr std::array<control_type, std::variant_size_v<control_message>>
  control_types{control_type{"failure", holds::little},
                GANGLION_REPORTS(GANGLION_REPORT_NAME)
                  GANGLION_REQUESTS(GANGLION_REQUEST_NAMES)};

#undef GANGLION_REPORT_NAME
#undef GANGLION_REQUEST_NAMES

/// Number, whether it is an answer, and index of a control message.
constexpr std::size_t envelope_size = 10;

template <class T>
caf::byte_buffer bytes_of(const T& x) {
  caf::byte_buffer result;
  auto sink = make_serializer(result);
  static_cast<void>(sink.apply(x)); // into memory: cannot fail
  return result;
}

/// A variant goes as its index and its content.
template <class Variant>
bool load_variant(caf::binary_deserializer& source, Variant& x) {
  std::uint8_t index = 0;
  return source.apply(index) && emplace_by_index(x, index)
         && std::visit([&](auto& content) { return source.apply(content); }, x);
}

/// Fields of a tensor message without the tensor.
template <class Inspector, class T>
bool inspect_head(Inspector& f, T& x) {
  if (!f.apply(x.head))
    return false;
  if constexpr (requires { x.node; })
    return f.apply(x.node);
  return true;
}

} // namespace

std::uint64_t type_table_hash() {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto& x : control_types)
    add_to_hash(hash, x.name);
  for (auto x : {"activation", "gradient", "targets", "outputs", "tick_values"})
    add_to_hash(hash, x);
  return hash;
}

std::string_view name_of(const control_message& x) {
  return control_types[x.index()].name;
}

std::size_t most_bytes(std::span<const std::byte> start, std::size_t slice) {
  auto index = start.size() < envelope_size
                 ? control_types.size()
                 : std::to_integer<std::size_t>(start[envelope_size - 1]);
  if (index >= control_types.size())
    return 0;
  switch (control_types[index].size) {
    case holds::little:
      return std::size_t{1} << 16;
    case holds::much:
      return std::size_t{1} << 24;
    case holds::a_network:
      return std::size_t{96} << 20;
    case holds::a_slice:
      break;
  }
  return slice;
}

caf::byte_buffer to_bytes(const hello& x) {
  return bytes_of(x);
}

caf::byte_buffer to_bytes(const pulse& x) {
  return bytes_of(x);
}

caf::expected<pulse> pulse_from(std::span<const std::byte> bytes) {
  pulse result;
  auto source = make_deserializer(view(bytes));
  if (!bytes.empty() && (!source.apply(result) || source.remaining() != 0))
    return garbled("a heartbeat");
  return result;
}

caf::expected<hello> hello_from(std::span<const std::byte> bytes) {
  hello result;
  auto source = make_deserializer(view(bytes));
  // What speaks another version may go on differently: the start decides.
  if (!source.apply(result) && result.version == protocol_version)
    return garbled("a greeting");
  if (result.magic != hello{}.magic)
    return make_failure(errc::incompatible, "this is not a Ganglion node");
  return result;
}

caf::byte_buffer to_bytes(const control_envelope& x) {
  caf::byte_buffer result;
  auto sink = make_serializer(result);
  auto index = static_cast<std::uint8_t>(x.content.index());
  static_cast<void>(
    sink.apply(x.number) && sink.apply(x.reply) && sink.apply(index)
    && std::visit([&](const auto& y) { return sink.apply(y); }, x.content));
  return result;
}

caf::expected<control_envelope> control_from(std::span<const std::byte> bytes) {
  control_envelope result;
  auto source = make_deserializer(view(bytes));
  if (!source.apply(result.number) || !source.apply(result.reply)
      || !load_variant(source, result.content) || source.remaining() != 0)
    return garbled("a control message");
  return result;
}

caf::byte_buffer head_bytes(const tensor_message& x) {
  caf::byte_buffer result;
  auto sink = make_serializer(result);
  auto index = static_cast<std::uint8_t>(x.index());
  std::uint64_t rows = values_of(x).rows();
  std::uint64_t columns = values_of(x).columns();
  static_cast<void>(
    sink.apply(index)
    && std::visit([&](const auto& y) { return inspect_head(sink, y); }, x)
    && sink.apply(rows) && sink.apply(columns));
  return result;
}

caf::expected<tensor_head> head_from(std::span<const std::byte> bytes) {
  tensor_head result;
  auto source = make_deserializer(view(bytes));
  std::uint8_t index = 0;
  auto load = [&](auto& y) { return inspect_head(source, y); };
  if (!source.apply(index) || !emplace_by_index(result.message, index)
      || !std::visit(load, result.message) || !source.apply(result.rows)
      || !source.apply(result.columns) || source.remaining() != 0)
    return garbled("the head of a tensor");
  return result;
}

const header& head_of(const tensor_message& x) {
  return std::visit([](const auto& y) -> const header& { return y.head; }, x);
}

const tensor& values_of(const tensor_message& x) {
  return std::visit([](const auto& y) -> const tensor& { return y.values; }, x);
}

tensor& values_of(tensor_message& x) {
  return std::visit([](auto& y) -> tensor& { return y.values; }, x);
}

} // namespace ganglion
