// Eight bytes of length, that much JSON, then the values; see
// https://github.com/huggingface/safetensors.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "runtime/model_store/little_endian.hpp"
#include "runtime/model_store/tensor_file.hpp"

namespace ganglion {

namespace {

using json = nlohmann::json;

/// The format's own limit.
constexpr std::uint64_t max_json_header = 100'000'000;

/// No deeper than what it needs: an object per tensor, with lists.
constexpr int max_depth = 4;

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

class region_stream : public byte_stream {
public:
  region_stream(input_file& file, const std::string& path, std::uint64_t at)
    : file_(file), path_(path), at_(at) {
    // nop
  }

  caf::error read(std::span<std::byte> out) override {
    auto got = file_.read_at(at_, out);
    if (!got)
      return got.error();
    at_ += *got;
    return *got == out.size()
             ? caf::error{}
             : damaged_file(path_, at_, "it ends there, too early");
  }

  caf::error finish() override {
    return {}; // the format has no checksums
  }

private:
  input_file& file_;
  const std::string& path_;
  std::uint64_t at_;
};

class safetensors_file : public tensor_file {
public:
  safetensors_file(std::unique_ptr<input_file> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {
    // nop
  }

  caf::error read_header() {
    auto size = file_->size();
    if (!size)
      return size.error();
    std::uint64_t length = 0;
    if (*size < sizeof length)
      return damaged_file(path_, *size, "it is no safetensors and no .npz");
    auto start = read_text_at(*file_, path_, 0, sizeof length);
    if (!start)
      return start.error();
    length = get_number<std::uint64_t>(std::as_bytes(std::span{*start}), 0);
    if (length > *size - sizeof length || length > max_json_header)
      return damaged_file(path_, 0,
                          "it is no safetensors and no .npz: its header would "
                          "be longer than the file");
    auto text = read_text_at(*file_, path_, sizeof length, length);
    if (!text)
      return text.error();
    data_ = sizeof length + length;
    return parse(*text, *size - data_);
  }

  [[nodiscard]] const std::vector<tensor_info>& tensors() const override {
    return tensors_;
  }

  caf::expected<std::unique_ptr<byte_stream>> open(std::size_t index) override {
    return std::make_unique<region_stream>(*file_, path_,
                                           data_ + offsets_[index]);
  }

private:
  caf::error parse(const std::string& text, std::uint64_t room) {
    auto shallow = [](int depth, json::parse_event_t, json&) {
      return depth <= max_depth;
    };
    auto header = json::parse(text, shallow, false);
    if (!header.is_object())
      return damaged_file(path_, sizeof(std::uint64_t),
                          "its header is no JSON object");
    std::vector<std::string> names;
    for (const auto& [name, x] : header.items())
      if (name != "__metadata__")
        names.push_back(name);
    std::ranges::sort(names, natural_less);
    for (const auto& name : names)
      if (!add(name, header[name], room))
        return damaged_file(path_, sizeof(std::uint64_t),
                            fmt::format("its header says nothing sensible of "
                                        "tensor '{}'",
                                        name));
    return {};
  }

  bool add(const std::string& name, const json& x, std::uint64_t room) {
    if (!x.is_object() || !x.contains("dtype") || !x["dtype"].is_string()
        || !x.contains("shape") || !x["shape"].is_array()
        || !x.contains("data_offsets") || !x["data_offsets"].is_array()
        || x["data_offsets"].size() != 2)
      return false;
    tensor_info info{name, {}, value_type::other, x["dtype"]};
    info.type = parse_type(info.type_name);
    auto is_count = [](const json& y) { return y.is_number_unsigned(); };
    const auto& shape = x["shape"];
    const auto& offsets = x["data_offsets"];
    if (!std::all_of(shape.begin(), shape.end(), is_count)
        || !std::all_of(offsets.begin(), offsets.end(), is_count))
      return false;
    info.shape = shape.get<std::vector<std::uint64_t>>();
    auto first = offsets[0].get<std::uint64_t>();
    auto last = offsets[1].get<std::uint64_t>();
    if (first > last || last > room)
      return false;
    if (info.type != value_type::other && bytes_of(info) != last - first)
      return false;
    tensors_.push_back(std::move(info));
    offsets_.push_back(first);
    return true;
  }

  std::unique_ptr<input_file> file_;
  std::string path_;
  std::vector<tensor_info> tensors_;
  /// From the start of the values on.
  std::vector<std::uint64_t> offsets_;
  std::uint64_t data_ = 0;
};

} // namespace

caf::expected<std::unique_ptr<tensor_file>>
open_safetensors(std::unique_ptr<input_file> file, const std::string& path) {
  auto result = std::make_unique<safetensors_file>(std::move(file), path);
  if (auto err = result->read_header())
    return err;
  return result;
}

} // namespace ganglion
