#include "runtime/generation/score_table.hpp"

#include <algorithm>
#include <span>

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

caf::error score_table::write(const std::string& path) const {
  auto out = writable_file::open(path);
  if (!out)
    return out.error();
  auto rows = values_.size() / std::max<std::size_t>(columns_, 1);
  auto err = out->write(npy_header({rows, columns_}));
  if (!err)
    err = out->write(std::as_bytes(std::span{values_}));
  return err ? err : out->finish();
}

} // namespace ganglion
