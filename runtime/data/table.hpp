// Reads a text file of records and fields: CSV as RFC 4180 has it (quotes
// protect separators, line ends and, doubled, themselves), with commas,
// semicolons, tabs or blanks, plain or compressed with gzip. Reads the file
// once, in pieces; owns it; for one thread. It knows nothing of what fields
// mean.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/data/gz_reader.hpp"

namespace ganglion {

struct table_field {
  /// Without blanks and quotes around it; doubled quotes are single. Valid
  /// until the next record.
  std::string_view text;
  /// Where it begins, from 1.
  std::size_t column = 1;
};

class table_reader {
public:
  /// The first record that is not blank decides what separates fields:
  /// semicolons if it has any outside quotes, else tabs, else commas, else
  /// blanks. A byte order mark of UTF-8 is skipped. Errors: cannot be read, or
  /// is no text, as UTF-16 is none.
  /// `comment`: lines that begin with it are skipped; 0: none are.
  static caf::expected<table_reader> open(const std::string& path,
                                          char comment = 0);

  /// Of a text in memory; `name` is for messages.
  static caf::expected<table_reader>
  of_text(const std::string& name, std::string text, char comment = 0);

  /// The next record that is not blank; false at the end. Errors, with the
  /// place: a quote that is not closed, or is followed by more; a record of
  /// more than 64 MiB; those of reading.
  caf::expected<bool> next();

  [[nodiscard]] std::span<const table_field> fields() const noexcept {
    return fields_;
  }

  /// 0 before the first record.
  [[nodiscard]] char separator() const noexcept {
    return separator_;
  }

  /// The line on which the record begins, from 1.
  [[nodiscard]] std::size_t line() const noexcept {
    return line_;
  }

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  /// "file:line:column: what", with the user's text fit for a message.
  [[nodiscard]] caf::error bad(std::size_t column, std::string_view what) const;

private:
  table_reader(std::string path, char comment)
    : path_(std::move(path)), comment_(comment) {
    // nop
  }

  caf::error fill();
  caf::expected<std::size_t> end_of_line(std::size_t from);
  [[nodiscard]] caf::error check_start();
  [[nodiscard]] bool is_skipped(std::string_view line) const;
  struct piece;
  [[nodiscard]] bool is_end(std::size_t i, std::size_t end) const;
  [[nodiscard]] std::size_t skip_blanks(std::size_t i, std::size_t end) const;
  [[nodiscard]] piece unquoted(std::size_t first, std::size_t end) const;
  caf::expected<piece> quoted(std::size_t first, std::size_t& end,
                              std::size_t& lines);
  caf::expected<std::size_t> split(std::string_view line, std::size_t end);
  caf::expected<std::size_t> split_quoted(std::size_t end);
  void add_pieces(std::string_view record, const std::vector<piece>& pieces);
  void split_plain(std::string_view record);
  void add(std::string_view text, std::size_t column);

  std::string path_;
  char comment_ = 0;
  /// None where all is in the buffer.
  std::optional<gz_reader> in_;
  /// What was read and is not used up; `at_` is where the next record begins.
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
  char separator_ = 0;
  std::size_t line_ = 0;
  /// Of the record that comes next.
  std::size_t next_line_ = 1;
  std::vector<table_field> fields_;
  /// Fields in which doubled quotes were made single: where in fields_.
  std::vector<std::pair<std::size_t, std::string>> changed_;
};

} // namespace ganglion
