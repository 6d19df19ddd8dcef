// What a user asks of a model with `ganglion model`, and the commit that is
// meant. Plain values; the work itself is in model_command.cpp, and what it
// takes to export in model_export.cpp. For one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/store/model_reader.hpp"

namespace ganglion::cli {

/// As the user typed it.
struct model_request {
  std::string dir;
  std::string commit;
  std::string to;
  std::uint64_t keep = 0;
  bool keep_best = false;
};

/// The commit that was named, or the newest whole one; says of newer ones why
/// they are not. Errors: bad_argument, not_found.
caf::expected<manifest> chosen_commit(const model_reader& from,
                                      const model_request& text);

/// Calls `f` with the file system, the model and the commit that was named.
caf::error
at_commit(const model_request& text,
          const std::function<caf::error(file_system&, const model_reader&,
                                         const manifest&)>& f);

/// `ganglion model export`: a file, or a folder.
caf::error export_to(const model_request& text);

} // namespace ganglion::cli
