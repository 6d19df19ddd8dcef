#include "runtime/model_store/formats/gguf_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "runtime/model_store/formats/region_stream.hpp"

namespace ganglion {

namespace {

/// The float32 that blocks of quantised values become.
class block_stream : public byte_stream {
public:
  block_stream(region_stream from, const gguf_type& type, std::uint64_t blocks)
    : from_(from), type_(type), left_(blocks) {
    // nop
  }

  caf::error read(std::span<std::byte> out) override {
    while (!out.empty()) {
      if (given_.empty())
        if (auto err = read_blocks())
          return err;
      auto count = std::min(out.size(), given_.size());
      std::memcpy(out.data(), given_.data(), count);
      given_ = given_.subspan(count);
      out = out.subspan(count);
    }
    return {};
  }

  caf::error finish() override {
    return from_.finish();
  }

private:
  caf::error read_blocks() {
    constexpr std::uint64_t at_once = 256;
    // Who reads on is told by the file that it ends.
    auto count = std::clamp<std::uint64_t>(left_, 1, at_once);
    raw_.resize(count * type_.bytes);
    if (auto err = from_.read(raw_))
      return err;
    left_ -= std::min(left_, count);
    values_.resize(count * type_.values);
    for (std::uint64_t i = 0; i < count; ++i)
      type_.dequantise(&raw_[i * type_.bytes], &values_[i * type_.values]);
    given_ = std::as_bytes(std::span{values_});
    return {};
  }

  region_stream from_;
  const gguf_type& type_;
  std::uint64_t left_;
  std::vector<std::byte> raw_;
  std::vector<float> values_;
  std::span<const std::byte> given_;
};

} // namespace

gguf_file::gguf_file(std::unique_ptr<input_file> file, std::string path,
                     gguf_header header)
  : file_(std::move(file)), path_(std::move(path)), header_(std::move(header)) {
  for (const auto& x : header_.entries)
    tensors_.push_back(x.info);
}

caf::expected<std::unique_ptr<gguf_file>>
gguf_file::open(std::unique_ptr<input_file> file, const std::string& path) {
  auto header = read_gguf_header(*file, path);
  if (!header)
    return header.error();
  return std::unique_ptr<gguf_file>{
    new gguf_file{std::move(file), path, std::move(*header)}};
}

caf::expected<std::unique_ptr<gguf_file>>
gguf_file::open(file_system& files, const std::string& path) {
  auto file = files.open(path);
  if (!file)
    return file.error();
  return open(std::move(*file), path);
}

caf::expected<std::unique_ptr<byte_stream>> gguf_file::open(std::size_t index) {
  const auto& x = header_.entries[index];
  region_stream raw{*file_, path_, header_.data + x.first};
  if (x.type->dequantise)
    return std::make_unique<block_stream>(raw, *x.type,
                                          x.bytes / x.type->bytes);
  return std::make_unique<region_stream>(raw);
}

bool is_gguf(file_system& files, const std::string& path) {
  auto file = files.open(path);
  if (!file)
    return false;
  std::array<char, gguf_magic.size()> start{};
  auto got = (*file)->read_at(0, std::as_writable_bytes(std::span{start}));
  return got && std::string_view{start.data(), *got} == gguf_magic;
}

} // namespace ganglion
