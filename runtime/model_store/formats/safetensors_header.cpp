#include "runtime/model_store/formats/safetensors_header.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/text/names.hpp"

namespace ganglion {

namespace {

using json = nlohmann::json;

/// What is shown of an array's name.
constexpr std::size_t longest_shown = 100;

value_type parse_type(const std::string& text) {
  return text == "F32"    ? value_type::f32
         : text == "F64"  ? value_type::f64
         : text == "F16"  ? value_type::f16
         : text == "BF16" ? value_type::bf16
                          : value_type::other;
}

/// Whether a comes before b, numbers in them taken as numbers.
bool natural_less(std::string_view a, std::string_view b) {
  auto digits = [](std::string_view x) {
    return static_cast<std::size_t>(
      std::find_if_not(x.begin(), x.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; })
      - x.begin());
  };
  while (!a.empty() && !b.empty()) {
    auto m = digits(a);
    auto n = digits(b);
    if (m > 0 && n > 0 && m != n)
      return m < n; // without leading zeros, the longer is the larger
    auto count = m > 0 && n > 0 ? m : 1;
    if (auto order = a.substr(0, count).compare(b.substr(0, count)))
      return order < 0;
    a.remove_prefix(count);
    b.remove_prefix(count);
  }
  return a.size() < b.size();
}

/// Takes what the JSON parser finds, piece by piece: an object with an object
/// per array. What it does not know in those is passed over.
class header_reader : public nlohmann::json_sax<json> {
public:
  std::vector<safetensors_entry> entries;

  /// The array that is being read; empty outside of all.
  [[nodiscard]] const std::string& name() const noexcept {
    return entry_.info.name;
  }

  [[nodiscard]] bool complete() const noexcept {
    return due_ == due::nothing;
  }

  bool null() override {
    return other_value();
  }

  bool boolean(bool) override {
    return other_value();
  }

  bool number_integer(number_integer_t) override {
    return other_value();
  }

  bool number_float(number_float_t, const string_t&) override {
    return other_value();
  }

  bool binary(binary_t&) override {
    return other_value();
  }

  bool number_unsigned(number_unsigned_t x) override {
    if (due_ != due::number)
      return other_value();
    list_->push_back(x);
    return list_->size() <= max_dimensions;
  }

  bool string(string_t& x) override {
    if (due_ != due::type)
      return other_value();
    entry_.info.type_name = std::move(x);
    due_ = due::field;
    return true;
  }

  bool start_object(std::size_t) override {
    if (due_ == due::header)
      due_ = due::name;
    else if (due_ == due::entry)
      due_ = due::field;
    else
      return begin_other();
    return true;
  }

  bool end_object() override {
    if (due_ == due::other)
      return end_other();
    if (due_ == due::field)
      return end_entry();
    due_ = due::nothing;
    return true;
  }

  bool start_array(std::size_t) override {
    if (due_ != due::list)
      return begin_other();
    due_ = due::number;
    return true;
  }

  bool end_array() override {
    if (due_ == due::other)
      return end_other();
    due_ = due::field;
    return true;
  }

  bool key(string_t& x) override {
    if (due_ == due::other)
      return true;
    if (due_ == due::name) {
      due_ = x == "__metadata__" ? due::other : due::entry;
      after_ = due::name;
      if (due_ == due::entry)
        entry_.info.name = std::move(x);
      return true;
    }
    after_ = due::field;
    due_ = x == "dtype"                          ? due::type
           : x == "shape" || x == "data_offsets" ? due::list
                                                 : due::other;
    list_ = x == "shape" ? &entry_.info.shape : &offsets_;
    if (due_ == due::list)
      list_->clear();
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const json::exception&) override {
    return false;
  }

private:
  /// What comes next, keys and ends apart.
  enum class due : std::uint8_t {
    header,
    name,
    entry,
    field,
    type,
    list,
    number,
    /// A value that is passed over, with all that is in it.
    other,
    nothing,
  };

  bool other_value() {
    if (due_ != due::other)
      return false;
    if (depth_ == 0)
      due_ = after_;
    return true;
  }

  bool begin_other() {
    ++depth_;
    return due_ == due::other;
  }

  bool end_other() {
    --depth_;
    return other_value();
  }

  bool end_entry() {
    if (entry_.info.type_name.empty() || offsets_.size() != 2)
      return false;
    entry_.info.type = parse_type(entry_.info.type_name);
    entry_.first = offsets_[0];
    entry_.last = offsets_[1];
    entries.push_back(std::exchange(entry_, {}));
    offsets_.clear();
    due_ = due::name;
    return true;
  }

  due due_ = due::header;
  /// What is due after a value that is passed over.
  due after_ = due::name;
  std::size_t depth_ = 0;
  safetensors_entry entry_;
  std::vector<std::uint64_t> offsets_;
  /// One of the two that an entry has.
  std::vector<std::uint64_t>* list_ = &offsets_;
};

bool fits(const safetensors_entry& x, std::uint64_t room) {
  return x.first <= x.last && x.last <= room
         && (x.info.type == value_type::other
             || bytes_of(x.info) == x.last - x.first);
}

const std::string& name_of(const safetensors_entry& x) {
  return x.info.name;
}

/// The name of one that begins before another one has ended; empty where there
/// is none.
std::string overlapping(const std::vector<safetensors_entry>& all) {
  std::vector<const safetensors_entry*> sorted;
  for (const auto& x : all)
    if (x.first < x.last)
      sorted.push_back(&x);
  std::ranges::sort(sorted, {}, [](const auto* x) { return x->first; });
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i]->first < sorted[i - 1]->last)
      return sorted[i]->info.name;
  return {};
}

} // namespace

caf::expected<std::vector<safetensors_entry>>
parse_safetensors_header(const std::string& path, std::string_view text,
                         std::uint64_t room) {
  auto bad = [&](std::string_view what) {
    return damaged_file(path, sizeof(std::uint64_t), what);
  };
  auto senseless = [&](const std::string& name) {
    return bad(fmt::format("its header says nothing sensible of tensor '{}'",
                           printable(name, longest_shown)));
  };
  header_reader reader;
  if (!json::sax_parse(text, &reader) || !reader.complete())
    return reader.name().empty() ? bad("its header is no JSON object")
                                 : senseless(reader.name());
  auto& all = reader.entries;
  std::ranges::sort(all, natural_less, name_of);
  for (const auto& x : all)
    if (!fits(x, room))
      return senseless(x.info.name);
  auto twice = std::ranges::adjacent_find(all, {}, name_of);
  if (twice != all.end())
    return bad(fmt::format("its header names tensor '{}' twice",
                           printable(twice->info.name, longest_shown)));
  if (auto name = overlapping(all); !name.empty())
    return bad(
      fmt::format("its header gives tensor '{}' bytes that are those of "
                  "another one, too",
                  printable(name, longest_shown)));
  return std::move(all);
}

std::string make_safetensors_header(
  const std::vector<safetensors_array>& arrays,
  const std::vector<std::pair<std::string, std::string>>& notes) {
  nlohmann::ordered_json all;
  // Without this, transformers does not read a file.
  all["__metadata__"] = {{"format", "pt"}};
  for (const auto& [name, what] : notes)
    all["__metadata__"][name] = what;
  std::uint64_t offset = 0;
  for (const auto& x : arrays) {
    std::uint64_t bytes = sizeof(float);
    for (auto size : x.shape)
      bytes *= size;
    all[x.name] = {{"dtype", "F32"},
                   {"shape", x.shape},
                   {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  auto text = all.dump(-1, ' ', false, json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  auto size = std::uint64_t{text.size()};
  return std::string{reinterpret_cast<const char*>(&size), sizeof(size)} + text;
}

} // namespace ganglion
