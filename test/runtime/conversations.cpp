#include <initializer_list>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/engine/conversations.hpp"

using namespace ganglion;

namespace {

network reader_of_tokens() {
  auto made = network::make({{.name = "text",
                              .kind = layer_kind::input,
                              .neurons = layout_columns,
                              .inputs = {}},
                             {.name = "embedding",
                              .kind = layer_kind::embedding,
                              .neurons = 4,
                              .inputs = {0},
                              .settings = {10, 8}}});
  REQUIRE(made);
  return *made;
}

struct spoken_row {
  float token;
  float position;
  float conversation;
};

tensor spoken(std::initializer_list<spoken_row> rows) {
  std::vector<float> values;
  for (auto x : rows)
    values.insert(values.end(), {x.token, x.position, x.conversation});
  return tensor::copy_of(values, rows.size(), layout_columns);
}

/// Flows of two rows.
caf::error take(conversation_book& book, std::initializer_list<spoken_row> rows,
                bool training = false) {
  std::vector<std::uint64_t> starts;
  for (std::uint64_t i = 0; i < rows.size(); i += 2)
    starts.push_back(i);
  return book.take(reader_of_tokens(), spoken(rows), training, starts);
}

} // namespace

TEST_CASE("a conversation goes on where it ended, or begins again") {
  conversation_book book;
  CHECK(!take(book, {{1, 0, 3}, {2, 1, 3}, {3, 2, 3}}));
  CHECK(!take(book, {{1, 3, 3}}));
  // From the middle on, anew.
  CHECK(!take(book, {{1, 2, 3}}));
  CHECK(take(book, {{1, 4, 3}}) == errc::not_found);
  CHECK(!take(book, {{1, 0, 3}}));
  CHECK(take(book, {{1, 2, 3}}) == errc::not_found);
  CHECK(!take(book, {{1, 1, 3}}));
  book.clear();
  CHECK(explain(take(book, {{1, 1, 3}}))
        == "row 0 is position 1 of conversation 3, of which the network has "
           "read 0: send it from position 0");
}

TEST_CASE("rows of no conversation are whole in their flow") {
  conversation_book book;
  CHECK(!take(book, {{1, 0, 0}, {2, 1, 0}, {1, 0, 0}}));
  CHECK(take(book, {{1, 1, 0}}) == errc::not_found);
  // The third row flows by itself.
  CHECK(take(book, {{1, 0, 0}, {2, 1, 0}, {3, 2, 0}}) == errc::not_found);
  // In a training, nothing is kept of any.
  CHECK(!take(book, {{1, 0, 5}, {2, 1, 5}}, true));
  CHECK(take(book, {{1, 2, 5}}, true) == errc::not_found);
}

TEST_CASE("numbers of tokens and positions that there are not are refused") {
  conversation_book book;
  CHECK(explain(take(book, {{1, 0, 1}, {10, 1, 1}}))
        == "row 1 has the token 10: expected a whole number up to 9");
  CHECK(take(book, {{0.5f, 0, 1}}) == errc::bad_data);
  CHECK(take(book, {{-1, 0, 1}}) == errc::bad_data);
  CHECK(take(book, {{1, 8, 1}}) == errc::bad_data);
  CHECK(take(book, {{1, 0, -1}}) == errc::bad_data);
  // Nothing was noted of what was refused.
  CHECK(take(book, {{1, 1, 1}}) == errc::not_found);
}
