// The link: the one actor through which everything to a peer goes. It takes the
// same messages as the actors behind it: who sends to a link cannot tell. Data
// does not wait in its mailbox but goes to the socket at once, on the sender's
// thread (see link_port.hpp); requests wait here for their answers. It does not
// reconnect.
//
//     greeting --hello fits--> linked --closed, silent, protocol broken--> down
//         '------refused, silent, closed----------------------------------^
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/link/link_port.hpp"
#include "metadata/caf_compat.hpp"

namespace ganglion {

struct link_state {
  using base = caf::stateful_actor<link_state>;

  link_state(base* ptr, std::shared_ptr<link_port> to_peer);

  /// Ends the connection and waits until nobody serves it.
  ~link_state();

  caf::behavior make_behavior();

private:
  /// What is to become of an answer, and what it must be like.
  struct open_request {
    caf::response_promise promise;
    std::function<caf::error(const control_message&)> check;
  };

  void on_arrived(control_envelope& x);
  template <is_request Request>
  void take(std::uint64_t number, Request& x);
  void on_reply(control_envelope& x);
  void on_ended(const caf::error& why);
  template <is_request Request>
  caf::response_promise send_request(Request& x);
  [[nodiscard]] caf::error error_from_peer(failure& x) const;
  [[nodiscard]] caf::error wrong_answer(std::string_view request,
                                        const caf::error& why) const;

  base* self;
  std::shared_ptr<link_port> port;
  exit_watch owner_watch;
  /// Requests that the peer has not answered.
  std::map<std::uint64_t, open_request> pending;
  std::uint64_t last_number = 0;

public:
  static inline const char* name = "ganglion.link";
};

class link_actor : public link_state::base {
public:
  link_actor(caf::actor_config& config, std::shared_ptr<link_port> port)
    : super(config, port), port_(std::move(port)) {
    // nop
  }

  using super = link_state::base;
  using super::enqueue;

  /// Data takes the short way, on the caller's thread.
  bool enqueue(caf::mailbox_element_ptr what, caf_scheduler* where) override;

private:
  /// Outlives the state: who has the link's handle may send at any time.
  std::shared_ptr<link_port> port_;
};

} // namespace ganglion
