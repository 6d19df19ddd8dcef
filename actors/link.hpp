// The link: the one actor through which everything to a peer goes, a CAF broker
// on a connection of its own. It greets, checks that both sides fit, and then
// takes the same messages as the actors behind it: who sends to a link cannot
// tell. It keeps little in the socket's buffer, so that what matters more still
// overtakes, and declares a silent peer lost. It does not reconnect.
//
//     greeting --hello fits--> linked --closed, silent, protocol broken--> down
//         '------refused, silent, closed----------------------------------^
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <caf/io/broker.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/frame.hpp"
#include "actors/inbound.hpp"
#include "actors/outbox.hpp"
#include "actors/wire.hpp"
#include "metadata/local_messages.hpp"

namespace ganglion {

struct link_config {
  /// Is told of link_up and link_down, and answers the peer's requests.
  caf::actor owner;
  /// What this side says of itself.
  hello self;
  /// The address that this side dialled; empty where the peer did.
  std::string dialled;
  /// Whether nodes may compute differently: results then depend on placement.
  bool any_arithmetic = false;
};

struct link_state;

using link_actor = caf::stateful_actor<link_state, caf::io::broker>;

struct link_state : frame_sink {
  explicit link_state(link_actor* ptr) : self(ptr) {
    // nop
  }

  // -- set-up and end (link.cpp) ----------------------------------------------
  caf::behavior run(caf::io::connection_handle connection, link_config setup);
  void on_tick();
  void down(caf::error why);
  void finish();
  void pump();
  void on_data(const caf::io::new_data_msg& x);
  void on_written(const caf::io::data_transferred_msg& x);
  void greet();
  void on_greeting(frame_kind kind, std::span<const std::byte> payload);
  void refuse(const caf::error& why);

  // -- frames that arrive (link_inbound.cpp) ----------------------------------
  caf::error on_frame(const frame_prefix& prefix,
                      std::span<const std::byte> payload) override;
  caf::error on_tensor_bytes(const frame_prefix& prefix,
                             std::span<const std::byte> bytes) override;
  caf::error on_control(const frame_prefix& prefix,
                        std::span<const std::byte> payload);
  caf::error dispatch(control_envelope x);
  template <class T>
  caf::error take(std::uint64_t number, T& x);
  template <class Report>
  caf::error take_report(Report& x);
  template <class Answer, class Request>
  caf::error take_request(std::uint64_t number, Request& x);
  caf::error deliver(tensor_message x);
  void answer(std::uint64_t number, control_message content);
  void on_reply(std::uint64_t number, control_message content);

  // -- messages to the peer ---------------------------------------------------
  void send_tensor(tensor_message x);
  void send_report(control_message x);
  caf::response_promise send_request(control_message x);

  link_actor* self;
  link_config config;
  caf::io::connection_handle connection;
  frame_reader reader;
  outbox out;
  peer_info peer;
  bool linked = false;
  /// No more reading; what is in the outbox still goes out.
  bool closing = false;
  bool finished = false;
  /// Bytes given to the socket's buffer that the system has not taken.
  std::uint64_t unsent = 0;
  std::shared_ptr<link_counters> counters = std::make_shared<link_counters>();
  std::chrono::steady_clock::time_point last_heard;
  std::chrono::steady_clock::time_point last_sent;
  /// Whom to deliver to.
  attach routes;
  inbound_tensors tensors;
  /// Start of control messages whose end has not arrived.
  std::map<std::uint32_t, std::vector<std::byte>> controls;
  std::map<std::uint64_t, caf::response_promise> pending;
  std::uint64_t last_number = 0;

  static inline const char* name = "ganglion.link";
};

/// The link on an accepted connection.
caf::behavior accepted_link(link_actor* self,
                            caf::io::connection_handle connection,
                            link_config config);

/// The link on a connected socket, which it owns.
caf::behavior dialled_link(link_actor* self, int socket, link_config config);

/// What keeps two sides from working together, in words for both; no error
/// where nothing does.
caf::error check_fit(const hello& ours, const hello& theirs,
                     bool any_arithmetic);

} // namespace ganglion
