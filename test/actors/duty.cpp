#include "actors/duty.hpp"

#include <new>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "actors/link/known_peers.hpp"
#include "actors/sequence_window.hpp"
#include "metadata/error.hpp"

using namespace ganglion;

namespace {

hello greeting_of(const std::string& name, std::uint64_t incarnation) {
  hello result;
  result.name = name;
  result.incarnation = incarnation;
  result.address = "127.0.0.1:1";
  return result;
}

} // namespace

TEST_CASE("a drill is read from its text, and strikes once") {
  for (auto bad : {"", "group", "group:hang", "group:hang@", "group:hang@0",
                   "group:fall@1", "layer:hang@1", "group:hang@1x"})
    CHECK(drill::parse(bad).error() == errc::bad_argument);
  auto drops = *drill::parse("relay:drop@2");
  CHECK(!drops->loses_message(part_kind::relay));
  CHECK(!drops->loses_message(part_kind::group));
  CHECK(drops->loses_message(part_kind::relay));
  CHECK(!drops->loses_message(part_kind::relay));
  CHECK_THROWS((*drill::parse("loss:throw@1"))->loses_message(part_kind::loss));
}

TEST_CASE("what a handler throws becomes an error that says it") {
  CHECK(explain(error_of(std::make_exception_ptr(std::runtime_error("why"))))
        == "why");
  CHECK(error_of(std::make_exception_ptr(std::bad_alloc{})) == errc::system);
  CHECK(error_of(std::make_exception_ptr(5)) == errc::system);
}

TEST_CASE("a thread that does no piece of its work is seen to be stuck") {
  work_meter meter;
  work_meter::look last;
  CHECK(meter.stuck_since(last) == 0);
  {
    work_scope at_work{meter, work_code(part_kind::group, 3)};
    CHECK(meter.stuck_since(last) == 0); // it may have begun just now
    meter.add();
    CHECK(meter.stuck_since(last) == 0);
    auto code = meter.stuck_since(last);
    CHECK(kind_of(code) == part_kind::group);
    CHECK(index_of(code) == 3);
  }
  CHECK(meter.stuck_since(last) == 0);
  CHECK(meter.pieces() == 2);
}

TEST_CASE("work within work is of what was begun last") {
  work_meter meter;
  work_meter::look last;
  work_scope outer{meter, work_code(part_kind::node, 0)};
  {
    work_scope inner{meter, work_code(part_kind::loss, 0)};
    meter.stuck_since(last);
    CHECK(kind_of(meter.stuck_since(last)) == part_kind::loss);
  }
  meter.stuck_since(last);
  CHECK(kind_of(meter.stuck_since(last)) == part_kind::node);
}

TEST_CASE("a window knows which of the last micro-batches were done") {
  sequence_window done;
  CHECK(!done.contains(1));
  done.add(1);
  done.add(3);
  CHECK(done.contains(1));
  CHECK(!done.contains(2));
  CHECK(done.contains(3));
  CHECK(!done.contains(4));
  done.add(2);
  CHECK(done.contains(2));
  done.add(66);
  CHECK(done.contains(3));
  CHECK(!done.contains(4));
  CHECK(done.contains(2)); // older than the window
  done.add(1000);
  CHECK(!done.contains(999));
}

TEST_CASE("of two nodes of a name the second is refused, and told why") {
  known_peers peers{"a", 1};
  CHECK(!peers.arrive(greeting_of("b", 4)));
  CHECK(!peers.arrive(greeting_of("b", 5))); // nobody needs that one
  peers.leave("b", 4);
  peers.use({{"a", 1}, {"b", 5}});
  CHECK(!peers.arrive(greeting_of("b", 5))); // both sides dialled
  auto err = peers.arrive(greeting_of("b", 6));
  CHECK(err == errc::incompatible);
  CHECK(explain(err).find("named 'b' is here already, at 127.0.0.1:1")
        != std::string::npos);
  CHECK(peers.arrive(greeting_of("a", 7)) == errc::incompatible);
  peers.leave("b", 5);
  CHECK(peers.arrive(greeting_of("b", 6)));
  peers.leave("b", 5);
  CHECK(!peers.arrive(greeting_of("b", 6)));
  peers.use({{"a", 1}, {"b", 6}});
  CHECK(peers.arrive(greeting_of("b", 7)));
  peers.use({});
  CHECK(!peers.arrive(greeting_of("b", 7)));
  auto engine = greeting_of("a", 0);
  engine.engine = true;
  CHECK(!peers.arrive(engine));
}
