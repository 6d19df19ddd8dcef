// What messages of a run must be like to fit its deployment. Links check what
// arrives, by its type, before an actor sees it: so actors may trust ranges,
// shapes and numbers. Pure functions; an overload for each type of which there
// is more to say than that its run is known. Errors: protocol, not_found,
// bad_model, bad_placement, naming the neurons.
#pragma once

#include <cstdint>
#include <type_traits>

#include <caf/error.hpp>

#include "metadata/messages/data_messages.hpp"
#include "metadata/messages/requests.hpp"
#include "metadata/values/tensor.hpp"

namespace ganglion {

/// Bytes of parameters that are asked for, or handed over, at a time, unless
/// one neuron has more.
constexpr std::uint64_t slice_bytes = std::uint64_t{1} << 20;

/// Samples of which groups keep outputs, times ticks.
constexpr std::uint64_t max_kept_rows = std::uint64_t{1} << 16;

/// Neurons of a layer whose parameters are one slice.
std::uint64_t neurons_per_slice(const network& net, layer_id id);

/// Neurons of a layer whose kept outputs are asked for at a time.
std::uint64_t neurons_per_output_slice(const network& net, layer_id id);

/// The most bytes that a message with a slice may have.
std::size_t most_slice_bytes(const deploy& of);

/// The layer, with weights, that has all of these neurons; not_found where
/// there is none.
caf::expected<layer_id> layer_with_all(neuron_range range, const network& net);

// -- requests -----------------------------------------------------------------

caf::error check(const fetch& x, const deploy& of);
caf::error check(const fetch_digests& x, const deploy& of);
caf::error check(const fetch_outputs& x, const deploy& of);
caf::error check(const fetch_not_finite& x, const deploy& of);
caf::error check(const store& x, const deploy& of);
caf::error check(const open_store& x, const deploy& of);
caf::error check(const load_shards& x, const deploy& of);
caf::error check(const prepare_move& x, const deploy& of);
caf::error check(const apply_update& x, const deploy& of);
caf::error check(const change_rate& x, const deploy& of);

template <class Request>
caf::error check(const Request&, const deploy&) {
  return {};
}

// -- answers ------------------------------------------------------------------

/// What an answer is checked against: who was asked, and about what.
struct question {
  /// The place of the asked node in the cluster view.
  node_index node = 0;
  std::uint64_t step = 0;
  neuron_range range;
};

template <class Request>
question question_of(const Request& x, node_index node) {
  question result{node};
  if constexpr (requires { x.slice.range; })
    result.range = x.slice.range;
  if constexpr (requires { x.range; })
    result.range = x.range;
  if constexpr (requires { x.step; })
    result.step = x.step;
  return result;
}

caf::error check(const deployed& x, const question& asked, const deploy& of);
caf::error check(const parameter_slice& x, const question& asked,
                 const deploy& of);
caf::error check(const stored& x, const question& asked, const deploy& of);
caf::error check(const digests& x, const question& asked, const deploy& of);
caf::error check(const output_slice& x, const question& asked,
                 const deploy& of);
caf::error check(const not_finite& x, const question& asked, const deploy& of);
caf::error check(const flow_state& x, const question& asked, const deploy& of);
caf::error check(const traffic_report& x, const question& asked,
                 const deploy& of);
caf::error check(const released& x, const question& asked, const deploy& of);

template <class Answer>
caf::error check(const Answer&, const question&, const deploy&) {
  return {};
}

// -- reports, from the node at this place in the cluster view -----------------

caf::error check_report(const loss_report& x, node_index from,
                        const deploy& of);
caf::error check_report(const flow_done& x, node_index from, const deploy& of);
caf::error check_report(const gradient_squares& x, node_index from,
                        const deploy& of);
caf::error check_report(const shards_written& x, node_index from,
                        const deploy& of);

template <class Report>
caf::error check_report(const Report&, node_index, const deploy&) {
  return {};
}

// -- tensors ------------------------------------------------------------------

/// The most values of one tensor: 1 GiB.
constexpr std::uint64_t max_tensor_values = std::uint64_t{1} << 28;

/// An error unless layer, range and shape of an announced tensor are possible
/// in this network.
template <class Message>
caf::error check_tensor(const Message& x, std::uint64_t rows,
                        std::uint64_t columns, const deploy& of);

/// The same for a header by itself; `columns_fit` says whether that many can
/// be.
caf::error check_head(const header& head, std::uint64_t rows,
                      std::uint64_t columns, bool columns_fit,
                      const network& net);

/// An error unless the node at this place has these neurons.
caf::error check_holder(neuron_range range, node_index from, const deploy& of);

template <class Message>
caf::error check_tensor(const Message& x, std::uint64_t rows,
                        std::uint64_t columns, const deploy& of) {
  const auto& head = x.head;
  auto fit = false;
  if (head.layer < of.net.layers().size()) {
    auto width = head.range.count * of.net.at(head.layer).values;
    fit = columns == width;
    // Class numbers, and answers of some neurons of the last layer.
    if constexpr (std::is_same_v<Message, targets>)
      fit = fit || columns == 1;
    if constexpr (std::is_same_v<Message, outputs>)
      fit = fit
            || (head.range == of.net.range_of(head.layer)
                && columns == of.net.answer_width(head.layer));
    auto within = std::is_same_v<Message, tick_values>;
    fit = fit && within == (head.tick > 0)
          && (!within || of.net.reads_itself(head.layer));
    // Where a layer stands, a row of it goes out, and one comes back.
    auto row
      = std::is_same_v<Message, activation> && head.mode == pass_mode::stand;
    auto stands = of.net.stands(head.layer);
    fit = fit && (!row || stands)
          && (!stands
              || ((row || std::is_same_v<Message, gradient>)&&rows == 1));
  }
  return check_head(head, rows, columns, fit, of.net);
}

} // namespace ganglion
