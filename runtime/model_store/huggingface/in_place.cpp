#include "runtime/model_store/huggingface/in_place.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/huggingface/array_layout.hpp"
#include "runtime/model_store/store/reference_reader.hpp"

namespace ganglion {

namespace {

caf::error not_as_it_is(const std::string& name) {
  return make_failure(
    errc::bad_argument,
    fmt::format("the array {} is not in its file as it is needed: leave out "
                "--in-place, and it is computed once",
                printable(name)));
}

/// The number of a file among those that are referred to.
caf::expected<std::uint32_t> number_of(file_system& files,
                                       const std::string& path,
                                       const std::string& dir,
                                       weights_reference& in) {
  auto i = std::ranges::find(in.files, path, &referenced_file::path);
  auto number = static_cast<std::uint32_t>(i - in.files.begin());
  if (i != in.files.end())
    return number;
  auto made = refer_to(files, dir, path);
  if (!made)
    return made.error();
  in.files.push_back(std::move(*made));
  return number;
}

} // namespace

caf::expected<weights_reference>
locate_layer(file_system& files, const published_model& from,
             const network& net, const std::vector<hf_source>& all,
             layer_id layer, const std::string& dir) {
  weights_reference result;
  for (const auto& x : all) {
    if (x.layer != layer)
      continue;
    referenced_part part;
    part.place = hf_layout{net, x}.place();
    if (!x.tensor.empty()) {
      auto at = from.place_of(x.tensor);
      if (!at)
        return not_as_it_is(from.own_name(x.tensor));
      auto number = number_of(files, at->path, dir, result);
      if (!number)
        return number.error();
      part.file = *number;
      part.offset = at->offset;
      part.type = static_cast<std::uint8_t>(at->type);
    }
    result.parts.push_back(part);
  }
  return result;
}

} // namespace ganglion
