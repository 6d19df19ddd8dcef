#include "actors/link/turned_away.hpp"

#include <unistd.h>

#include <atomic>
#include <memory>

#include "actors/link/connection.hpp"
#include "actors/link/connection_loop.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

/// Their sockets are from what is left for other things.
constexpr int max_turned_away = 32;

std::atomic<int> being_turned_away = 0;

class turned_away : public connection_sink {
public:
  explicit turned_away(int socket) : connection_(socket) {
    ++being_turned_away;
  }

  ~turned_away() override {
    --being_turned_away;
  }

  static void begin(const std::shared_ptr<turned_away>& self,
                    const std::string& why) {
    auto text = why.substr(0, max_handshake_payload);
    auto data = reinterpret_cast<const caf_byte*>(text.data());
    self->connection_.send(frame_kind::refuse,
                           caf::byte_buffer(data, data + text.size()));
    self->connection_.start(self, connection_loop::common());
    self->connection_.nudge();
  }

  caf::error on_frame(const frame_prefix&,
                      std::span<const std::byte>) override {
    return on_tick();
  }

  caf::error on_tensor_bytes(const frame_prefix&,
                             std::span<const std::byte>) override {
    return on_tick();
  }

  caf::error on_tick() override {
    return make_failure(errc::busy, "there is no room");
  }

  void on_end(const caf::error&) override {
    // nop
  }

private:
  connection connection_;
};

} // namespace

void turn_away(int socket, const std::string& why) {
  if (being_turned_away >= max_turned_away)
    ::close(socket);
  else
    turned_away::begin(std::make_shared<turned_away>(socket), why);
}

} // namespace ganglion
