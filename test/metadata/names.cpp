// What a name may be.
#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/network/network.hpp"
#include "metadata/text/names.hpp"

using namespace ganglion;

TEST_CASE("nodes have names that lists can hold") {
  for (auto name : {"a", "node-3", "rack_7.example.org", "Zürich", "b/c", "計",
                    "a+b", "7"}) {
    CAPTURE(name);
    CHECK_FALSE(check_node_name(name));
  }
  CHECK_FALSE(check_node_name(std::string(64, 'x')));
  std::string umlauts;
  for (int i = 0; i < 64; ++i)
    umlauts += "ü";
  CHECK_FALSE(check_node_name(umlauts)); // characters, not bytes
}

TEST_CASE("names of nodes that would break lists are refused") {
  using namespace std::string_literals;
  for (const auto& name :
       {""s, "a b"s, "a,b"s, "a:b"s, "a=b"s, "a#b"s, "@a"s, "a'b"s, "a\"b"s,
        "a\nb"s, "a\0b"s, "\x7f"s, "\xc2\x85"s, "\xe2\x80\xa8"s,
        std::string(65, 'x')}) {
    CAPTURE(printable(name));
    auto err = check_node_name(name);
    CHECK(err == errc::bad_argument);
    CHECK(explain(err).find("node name '") == 0);
    CHECK(explain(err).find("take 1 to 64") != std::string::npos);
  }
}

TEST_CASE("bytes that are no UTF-8 are no name") {
  // A byte alone, one too few, too long a form, a surrogate, above the last.
  for (auto name :
       {"\xff", "a\x80", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf",
        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    CAPTURE(printable(name));
    CHECK(explain(check_node_name(name)).find("not UTF-8")
          != std::string::npos);
    CHECK(check_text("owner", name) == errc::bad_argument);
  }
}

TEST_CASE("other texts may have spaces, and are of one line") {
  CHECK_FALSE(check_text("owner", "train on host, process 7"));
  CHECK_FALSE(check_text("owner", ""));
  CHECK(check_text("owner", "a\tb") == errc::bad_argument);
  CHECK(explain(check_text("owner", std::string(257, 'x'))).find("owner 'xxx")
        == 0);
}

TEST_CASE("what anybody wrote is shown on one line, and cut") {
  CHECK(printable("plain ü") == "plain ü");
  CHECK(printable(std::string_view{"a\0b\n\xff\x1b[31m", 10}) == "a?b???[31m");
  CHECK(printable("abcdef", 4) == "abcd...");
  CHECK(printable("abcü", 4) == "abc..."); // no half a character
  CHECK(printable("abcd", 4) == "abcd");
  // What somebody else wrote is not shown at length, but a path is.
  std::string longer(300, 'x');
  CHECK(printable(longer) == longer.substr(0, 80) + "...");
  CHECK(printable_path(longer) == longer);
  CHECK(printable_lines("a\x1b\nb\0", 100) == "a?\nb");
  CHECK(printable_lines("begin" + longer + "end", 20)
        == "beginxxxxx ... xxxxxxxend");
}

TEST_CASE("a layer whose name is no text is no layer") {
  auto made = [](std::string name) {
    return network::make(
      {{.name = "in", .kind = layer_kind::input, .neurons = 2},
       {.name = std::move(name), .neurons = 2, .inputs = {0}}});
  };
  CHECK(made("out 2, the last"));
  CHECK(made("a\xff").error() == errc::bad_network);
  CHECK(made("a\nb").error() == errc::bad_network);
  CHECK(explain(made(std::string(1000, 'x')).error()).size() < 300);
}
