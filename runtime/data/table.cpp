#include "runtime/data/table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

constexpr std::size_t read_ahead = std::size_t{1} << 20;
constexpr std::size_t max_record = std::size_t{1} << 26;
constexpr std::string_view blanks = " \t\r";
constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

/// The first of ; tab and , that is outside quotes in a line; else a blank.
char separator_of(std::string_view line) {
  auto quoted = false;
  std::string outside;
  for (auto x : line) {
    quoted = quoted != (x == '"');
    if (!quoted)
      outside += x;
  }
  for (auto x : {';', '\t', ','})
    if (outside.find(x) != outside.npos)
      return x;
  return ' ';
}

} // namespace

caf::expected<table_reader> table_reader::open(const std::string& path,
                                               char comment) {
  auto in = gz_reader::open(path);
  if (!in)
    return in.error();
  table_reader result{path, comment};
  result.in_.emplace(std::move(*in));
  if (auto err = result.fill())
    return err;
  if (auto err = result.check_start())
    return err;
  return result;
}

caf::expected<table_reader>
table_reader::of_text(const std::string& name, std::string text, char comment) {
  table_reader result{name, comment};
  result.buffer_ = std::move(text);
  result.ended_ = true;
  if (auto err = result.check_start())
    return err;
  return result;
}

caf::error table_reader::check_start() {
  auto fail = [&](std::string_view what) {
    return make_failure(errc::bad_data,
                        fmt::format("'{}' {}", printable_path(path_), what));
  };
  std::string_view start{buffer_};
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff"))
    return fail("is UTF-16: save it as UTF-8 (in Excel, 'CSV UTF-8')");
  if (start.starts_with(utf8_mark))
    at_ = utf8_mark.size();
  if (start.substr(0, start.find('\n')).find('\0') != start.npos)
    return fail("is no text: name a table such as FILE.csv");
  return {};
}

bool table_reader::is_skipped(std::string_view line) const {
  auto first = line.find_first_not_of(blanks);
  return first == line.npos || (comment_ != 0 && line[first] == comment_);
}

caf::error table_reader::bad(std::size_t column, std::string_view what) const {
  return make_failure(
    errc::bad_data,
    fmt::format("{}:{}:{}: {}", printable_path(path()), line_, column, what));
}

/// Reads a piece more, and forgets what was used up.
caf::error table_reader::fill() {
  buffer_.erase(0, std::exchange(at_, 0));
  auto size = buffer_.size();
  buffer_.resize(size + read_ahead);
  auto got = in_->read(
    std::as_writable_bytes(std::span{buffer_}.subspan(size)));
  if (!got)
    return got.error();
  ended_ = *got < read_ahead;
  buffer_.resize(size + *got);
  return {};
}

/// One past the line that is `from` beyond at_, and past its line feed: beyond
/// at_, too.
caf::expected<std::size_t> table_reader::end_of_line(std::size_t from) {
  for (;;) {
    auto end = buffer_.find('\n', at_ + from);
    if (end != buffer_.npos)
      return end + 1 - at_;
    if (ended_)
      return buffer_.size() - at_;
    from = buffer_.size() - at_;
    if (from > max_record)
      return bad(1, "a record of more than 64 MiB: is this a table?");
    if (auto err = fill())
      return err;
  }
}

caf::expected<bool> table_reader::next() {
  for (;;) {
    line_ = next_line_;
    auto end = end_of_line(0);
    if (!end)
      return end.error();
    if (*end == 0)
      return false;
    auto line = std::string_view{buffer_}.substr(at_, *end);
    if (line.ends_with('\n'))
      line.remove_suffix(1);
    if (is_skipped(line)) {
      at_ += *end;
      ++next_line_;
      continue;
    }
    if (separator_ == 0)
      separator_ = separator_of(line);
    end = split(line, *end);
    if (!end)
      return end.error();
    at_ += *end;
    return true;
  }
}

/// A record that begins with this line, after which the next one begins at
/// `end`; where it really ends.
caf::expected<std::size_t> table_reader::split(std::string_view line,
                                               std::size_t end) {
  fields_.clear();
  changed_.clear();
  if (line.find('"') != line.npos)
    return split_quoted(end);
  split_plain(line);
  ++next_line_;
  return end;
}

void table_reader::add(std::string_view text, std::size_t column) {
  auto first = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(first);
  text = text.substr(0, text.find_last_not_of(blanks) + 1);
  fields_.push_back({text, column + first});
}

void table_reader::split_plain(std::string_view record) {
  if (separator_ != ' ') {
    for (std::size_t begin = 0;;) {
      auto end = std::min(record.find(separator_, begin), record.size());
      add(record.substr(begin, end - begin), begin + 1);
      if (end == record.size())
        return;
      begin = end + 1;
    }
  }
  for (std::size_t begin = 0; begin < record.size();) {
    begin = record.find_first_not_of(blanks, begin);
    if (begin == record.npos)
      return;
    auto end = std::min(record.find_first_of(blanks, begin), record.size());
    add(record.substr(begin, end - begin), begin + 1);
    begin = end;
  }
}

/// Where a field lies in a record, which may move until all of it is read.
struct table_reader::piece {
  std::size_t first;
  std::size_t last;
  /// Whether it has doubled quotes.
  bool is_changed = false;
};

bool table_reader::is_end(std::size_t i, std::size_t end) const {
  return i >= end || buffer_[at_ + i] == '\n';
}

/// The next that is no blank. A tab that separates is none.
std::size_t table_reader::skip_blanks(std::size_t i, std::size_t end) const {
  auto is_blank = [this](char x) {
    return x == ' ' || (x != separator_ && blanks.find(x) != blanks.npos);
  };
  while (!is_end(i, end) && is_blank(buffer_[at_ + i]))
    ++i;
  return i;
}

table_reader::piece table_reader::unquoted(std::size_t first,
                                           std::size_t end) const {
  auto separates = [this](char x) {
    return x == separator_ || (separator_ == ' ' && x == '\t');
  };
  auto last = first;
  while (!is_end(last, end) && !separates(buffer_[at_ + last]))
    ++last;
  return {first, last};
}

/// What begins behind a quote at `first` ends before its closing one, in this
/// line or in one of the next, to which `end` and `lines` then go.
caf::expected<table_reader::piece>
table_reader::quoted(std::size_t first, std::size_t& end, std::size_t& lines) {
  auto at = [this](std::size_t i) { return buffer_[at_ + i]; };
  piece result{first, first};
  for (auto i = first;; ++i) {
    if (i >= end) {
      auto longer = end_of_line(end);
      if (!longer)
        return longer.error();
      if (*longer == end)
        return bad(first, "a quote begins here and is not closed");
      end = *longer;
    }
    if (at(i) == '\n')
      ++lines;
    if (at(i) != '"')
      continue;
    if (i + 1 >= end || at(i + 1) != '"') {
      result.last = i;
      return result;
    }
    result.is_changed = true;
    ++i;
  }
}

/// Where nothing moves any more.
void table_reader::add_pieces(std::string_view record,
                              const std::vector<piece>& pieces) {
  changed_.reserve(pieces.size());
  for (const auto& x : pieces) {
    auto raw = record.substr(x.first, x.last - x.first);
    if (!x.is_changed) {
      add(raw, x.first + 1);
      continue;
    }
    auto& kept = changed_.emplace_back(fields_.size(), std::string{}).second;
    for (std::size_t k = 0; k < raw.size(); ++k) {
      kept += raw[k];
      k += raw[k] == '"' ? 1 : 0;
    }
    fields_.push_back({kept, x.first + 1});
  }
}

/// A record with quotes, whose first line ends at `end`; where it really ends.
caf::expected<std::size_t> table_reader::split_quoted(std::size_t end) {
  auto by_space = separator_ == ' ';
  std::vector<piece> pieces;
  std::size_t lines = 1;
  for (std::size_t i = 0;;) {
    i = skip_blanks(i, end);
    if (by_space && is_end(i, end))
      break;
    if (is_end(i, end) || buffer_[at_ + i] != '"') {
      pieces.push_back(unquoted(i, end));
      i = pieces.back().last;
    } else {
      auto next = quoted(i + 1, end, lines);
      if (!next)
        return next.error();
      pieces.push_back(*next);
      i = skip_blanks(next->last + 1, end);
      if (!by_space && !is_end(i, end) && buffer_[at_ + i] != separator_)
        return bad(i + 1, "there is more text after a closing quote: double "
                          "quotes that are meant as such");
    }
    if (is_end(i, end))
      break;
    if (!by_space)
      ++i;
  }
  add_pieces(std::string_view{buffer_}.substr(at_, end), pieces);
  next_line_ += lines;
  return end;
}

} // namespace ganglion
