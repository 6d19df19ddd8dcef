// Eight bytes of length, that much JSON, then the values; see
// https://github.com/huggingface/safetensors.
#include <utility>

#include "metadata/error.hpp"
#include "runtime/model_store/formats/little_endian.hpp"
#include "runtime/model_store/formats/region_stream.hpp"
#include "runtime/model_store/formats/safetensors_header.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

namespace {

/// The format's own limit.
constexpr std::uint64_t max_json_header = 100'000'000;

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
    auto entries = parse_safetensors_header(path_, *text, *size - data_);
    if (!entries)
      return entries.error();
    for (auto& x : *entries) {
      tensors_.push_back(std::move(x.info));
      offsets_.push_back(x.first);
    }
    return {};
  }

  [[nodiscard]] std::optional<std::uint64_t>
  offset_of(std::size_t index) const override {
    return data_ + offsets_[index];
  }

  [[nodiscard]] const std::vector<tensor_info>& tensors() const override {
    return tensors_;
  }

  caf::expected<std::unique_ptr<byte_stream>> open(std::size_t index) override {
    return std::make_unique<region_stream>(*file_, path_,
                                           data_ + offsets_[index]);
  }

private:
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
