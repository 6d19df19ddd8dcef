// The handshake of a link, on the thread of its connection's loop: who the peer
// is, and whether the two fit; and how its words are shown.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "actors/link/link_port.hpp"
#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

/// Characters of an error that come from elsewhere.
constexpr std::size_t max_reported_text = 4096;

} // namespace

caf::error check_fit(const hello& ours, const hello& theirs,
                     bool any_arithmetic) {
  auto both = fmt::format("'{}' and '{}'", ours.name, theirs.name);
  auto fail = [&](std::string text) {
    return make_failure(errc::incompatible,
                        {std::move(text), {}, {}, {ours.name, theirs.name}});
  };
  if (ours.version != theirs.version || ours.type_table != theirs.type_table)
    return fail(fmt::format("{} speak different protocols (versions {} and {}):"
                            " run the same release of Ganglion on both",
                            both, ours.version, theirs.version));
  if (ours.engine || theirs.engine || any_arithmetic)
    return {};
  auto differs = difference(ours.arithmetic, theirs.arithmetic);
  if (differs.empty())
    return {};
  return fail(fmt::format("{} compute differently, so results would depend on "
                          "where neurons live: {}. Run the same release "
                          "of Ganglion on both, or start them with "
                          "--any-arithmetic",
                          both, differs));
}

void link_port::refuse(const caf::error& why) {
  auto text = explain(why).substr(0, max_handshake_payload);
  auto data = reinterpret_cast<const caf_byte*>(text.data());
  connection_->send(frame_kind::refuse,
                    caf::byte_buffer(data, data + text.size()));
}

caf::error link_port::on_greeting(frame_kind kind,
                                  std::span<const std::byte> payload) {
  if (kind == frame_kind::refuse) {
    auto text = reinterpret_cast<const char*>(payload.data());
    return make_failure(errc::incompatible, std::string{text, payload.size()});
  }
  auto expected = config_.dialled.empty() ? frame_kind::hello
                                          : frame_kind::welcome;
  if (linked_ || kind != expected)
    return make_failure(errc::protocol, "a greeting at the wrong time");
  auto theirs = hello_from(payload);
  auto err = theirs ? check_fit(config_.self, *theirs, config_.any_arithmetic)
                    : theirs.error();
  // It is printed, and it is a key: nobody greets with what no user may give.
  if (!err)
    err = theirs->engine ? check_text("name", theirs->name)
                         : check_node_name(theirs->name);
  return err ? err : welcome(*theirs);
}

caf::error link_port::welcome(const hello& theirs) {
  if (config_.peers)
    if (auto err = config_.peers->arrive(theirs))
      return err;
  peer_ = {theirs.name,    theirs.address, theirs.incarnation,
           theirs.threads, theirs.engine,  theirs.observer};
  known_ = config_.peers && !theirs.engine;
  if (config_.dialled.empty())
    connection_->send(frame_kind::welcome, to_bytes(config_.self));
  linked_ = true;
  connection_->handshake_done();
  post_to(link_,
          link_up{link_, peer_, config_.dialled, connection_->counters()});
  return {};
}

std::string link_port::words_of_peer(const std::string& text) const {
  if (text.empty())
    return fmt::format("node '{}' says that something failed, and not what",
                       peer_.name);
  auto shown = printable(text, max_reported_text);
  auto named = shown.find(fmt::format("'{}'", peer_.name)) != shown.npos;
  return named ? shown : fmt::format("node '{}': {}", peer_.name, shown);
}

} // namespace ganglion
