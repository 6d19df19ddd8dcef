// A link's side of its connection: the handshake, what frames mean, and whom
// they are for. Data goes past the link's mailbox: out on the thread of whoever
// sends, in on the connection's thread, which hands each tensor to the actor
// that waits for it; requests and answers go through the link. Sending,
// `attach` and what dials are safe from any thread. It keeps actors until
// `close` at the most, since threads that end later hold it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>

#include "actors/kernel/work_meter.hpp"
#include "actors/link/connection.hpp"
#include "actors/link/guest_book.hpp"
#include "actors/link/inbound.hpp"
#include "actors/link/known_peers.hpp"
#include "actors/link/memory_account.hpp"
#include "actors/link/wire.hpp"
#include "metadata/messages/local_messages.hpp"
#include "metadata/peer_timeout.hpp"

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
  /// A peer from which nothing came for so long is lost.
  std::chrono::milliseconds peer_timeout = default_peer_timeout;
  /// Of a node: who is there already, by name.
  std::shared_ptr<known_peers> peers;
  /// What all links of an owner may take for what arrives.
  memory_account_ptr memory = std::make_shared<memory_account>();
};

class link_port : public connection_sink {
public:
  /// Of an address that is yet to be dialled.
  explicit link_port(link_config config);

  /// Takes over the connected socket of a peer that dialled, which has a place
  /// in the guest book for as long as the socket is open.
  link_port(int socket, link_config config, guest_book::place place);

  ~link_port() override;

  /// Dials, or waits for a greeting. Keeps `link` until the connection ends,
  /// and tells it of that.
  static void open(const std::shared_ptr<link_port>& port, caf::actor link);

  /// Ends the connection; nothing is told any more.
  void close();

  // -- of who dials -----------------------------------------------------------
  /// A connected socket, or why there is none.
  static void connected(const std::shared_ptr<link_port>& port,
                        caf::expected<int> socket);
  /// Something was thrown instead.
  static void dial_failed(const std::shared_ptr<link_port>& port,
                          const char* what) noexcept;
  /// Whether the link still waits for a connection.
  [[nodiscard]] bool wanted();

  // -- of the gate ------------------------------------------------------------
  /// Leaves its place to another, unless its peer has greeted.
  void give_way();

  /// Sends data and reports, and takes `attach`, without the link's mailbox;
  /// false for other messages, which are the link's.
  bool take_at_once(const caf::message& x);

  /// Dropped before the handshake and after the end.
  void send(control_envelope x);

  /// The same for the answer to a request of the peer's.
  void answer(control_envelope x);

  /// A text of the peer's as it may be shown: it says whose it is.
  [[nodiscard]] std::string words_of_peer(const std::string& text) const;

  /// To whom what arrives is delivered, and what it is checked against.
  [[nodiscard]] attach routes();

  [[nodiscard]] bool linked() const noexcept {
    return linked_;
  }

  /// Valid once linked.
  [[nodiscard]] const peer_info& peer() const noexcept {
    return peer_;
  }

  [[nodiscard]] const link_config& config() const noexcept {
    return config_;
  }

  // -- on the connection's thread ---------------------------------------------
  caf::error on_frame(const frame_prefix& prefix,
                      std::span<const std::byte> payload) override;
  caf::error on_tensor_bytes(const frame_prefix& prefix,
                             std::span<const std::byte> bytes) override;
  std::span<std::byte> tensor_room(const frame_prefix& prefix,
                                   std::size_t left) override;
  caf::error on_tensor_filled(const frame_prefix& prefix,
                              std::size_t count) override;
  caf::error on_tick() override;
  void on_end(const caf::error& why) override;

private:
  using whole_tensor = caf::expected<std::optional<tensor_message>>;

  caf::error on_greeting(frame_kind kind, std::span<const std::byte> payload);
  caf::error welcome(const hello& theirs);
  void refuse(const caf::error& why);
  caf::error on_pulse(std::span<const std::byte> payload);
  caf::error on_tensor_head(const frame_prefix& prefix,
                            std::span<const std::byte> payload);
  static caf::error check_tensor_of(const tensor_head& x, const attach& to);
  [[nodiscard]] caf::error check_size(std::span<const std::byte> start,
                                      std::size_t size);
  [[nodiscard]] caf::error check_asker(std::string_view request, may_ask by);
  [[nodiscard]] caf::byte_buffer own_pulse();
  caf::error on_control(const frame_prefix& prefix,
                        std::span<const std::byte> payload);
  caf::error dispatch(control_envelope x);
  template <class Report>
  caf::error take_report(Report& x);
  caf::error deliver(whole_tensor x);
  void leave_peers() noexcept;
  void begin(const std::shared_ptr<link_port>& self);
  void take_routes(attach x);
  [[nodiscard]] caf::error check_stranger() const;
  void end(caf::error why);
  [[nodiscard]] std::string who() const;

  link_config config_;
  /// Null until there is a socket.
  std::unique_ptr<connection> connection_;
  guest_book::place place_;
  /// Of the socket's other end, or what was dialled.
  std::string address_;
  connection::clock::time_point began_ = connection::clock::now();
  std::atomic<bool> linked_ = false;
  /// Somebody else got its place.
  std::atomic<bool> unwanted_ = false;
  /// Written before `linked_`, and never again.
  peer_info peer_;
  std::mutex mutex_;
  /// Whom to deliver to.
  attach routes_;
  /// Data is expected: the connection has a thread to itself.
  bool busy_ = false;
  bool closed_ = false;
  /// Until the connection has ended.
  caf::actor link_;
  inbound_tensors tensors_;
  /// Start of the control message whose end has not arrived.
  std::vector<std::byte> gathered_;
  std::uint32_t gathered_stream_ = 0;
  memory_share gathered_memory_;
  /// Requests of the peer's that were not answered.
  std::atomic<int> open_requests_ = 0;
  /// What the last heartbeat saw of the threads.
  work_meter::look last_look_;
  /// Whether it is among the known peers.
  std::atomic<bool> known_ = false;
};

/// What keeps two sides from working together, in words for both; no error
/// where nothing does.
caf::error check_fit(const hello& ours, const hello& theirs,
                     bool any_arithmetic);

} // namespace ganglion
