#include "runtime/generation/score_table.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "metadata/values/sha256.hpp"
#include "runtime/model_store/files/writable_file.hpp"
#include "runtime/model_store/formats/npy_header.hpp"

namespace ganglion {

void score_table::take(std::uint64_t first, const tensor& scores) {
  columns_ = scores.columns();
  values_.resize((first + scores.rows()) * columns_);
  for (std::size_t r = 0; r < scores.rows(); ++r)
    std::ranges::copy(scores.row(r),
                      values_.begin()
                        + static_cast<std::ptrdiff_t>((first + r) * columns_));
}

std::size_t score_table::positions() const noexcept {
  return values_.size() / std::max<std::size_t>(columns_, 1);
}

std::string score_table::digest() const {
  return to_hex(sha256(std::as_bytes(std::span{values_})));
}

std::optional<std::size_t>
score_table::first_difference(const score_table& other) const {
  auto both = std::min(positions(), other.positions());
  auto bytes = columns_ * sizeof(float);
  for (std::size_t i = 0; i < both; ++i)
    if (columns_ != other.columns_
        || std::memcmp(values_.data() + i * columns_,
                       other.values_.data() + i * columns_, bytes)
             != 0)
      return i;
  if (positions() != other.positions())
    return both;
  return std::nullopt;
}

caf::error score_table::write(const std::string& path) const {
  auto out = writable_file::open(path);
  if (!out)
    return out.error();
  auto err = out->write(npy_header({positions(), columns_}));
  if (!err)
    err = out->write(std::as_bytes(std::span{values_}));
  return err ? err : out->finish();
}

} // namespace ganglion
