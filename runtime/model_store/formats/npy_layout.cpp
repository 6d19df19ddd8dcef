#include "runtime/model_store/formats/npy_layout.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ganglion {

namespace {

class memory_stream : public byte_stream {
public:
  memory_stream(std::vector<std::byte> bytes, std::unique_ptr<byte_stream> from)
    : bytes_(std::move(bytes)), from_(std::move(from)) {
    // nop
  }

  caf::error read(std::span<std::byte> out) override {
    // Shape and size were found to fit.
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(),
                out.begin());
    at_ += out.size();
    return {};
  }

  caf::error finish() override {
    return from_->finish();
  }

private:
  std::vector<std::byte> bytes_;
  std::unique_ptr<byte_stream> from_;
  std::size_t at_ = 0;
};

/// Where a value that is at `index` by columns is by rows.
std::size_t by_rows(std::size_t index,
                    const std::vector<std::uint64_t>& shape) {
  std::vector<std::size_t> position;
  for (auto extent : shape) {
    position.push_back(index % extent);
    index /= extent;
  }
  std::size_t result = 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    result = result * shape[i] + position[i];
  return result;
}

} // namespace

caf::expected<std::unique_ptr<byte_stream>>
rearranged(std::unique_ptr<byte_stream> from, const tensor_info& what,
           npy_layout layout) {
  auto size = size_of(what.type);
  std::vector<std::byte> bytes(bytes_of(what).value_or(0));
  if (auto err = from->read(bytes))
    return err;
  if (layout.big_endian)
    for (auto i = bytes.begin(); i != bytes.end();
         i += static_cast<std::ptrdiff_t>(size))
      std::reverse(i, i + static_cast<std::ptrdiff_t>(size));
  if (layout.by_columns) {
    std::vector<std::byte> sorted(bytes.size());
    for (std::size_t i = 0; i * size < bytes.size(); ++i)
      std::copy_n(&bytes[i * size], size,
                  &sorted[by_rows(i, what.shape) * size]);
    bytes = std::move(sorted);
  }
  return std::make_unique<memory_stream>(std::move(bytes), std::move(from));
}

} // namespace ganglion
