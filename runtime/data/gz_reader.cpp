#include "runtime/data/gz_reader.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/input.hpp"

namespace ganglion {

namespace {

/// zlib counts in int.
constexpr std::size_t most_per_call = std::size_t{1} << 30;

caf::error unreadable(const std::string& path, int code) {
  return make_failure(errc::bad_data,
                      fmt::format("cannot read '{}': {}: check the path and "
                                  "its permissions",
                                  path, std::generic_category().message(code)));
}

} // namespace

void gz_reader::closer::operator()(gzFile_s* file) const noexcept {
  gzclose_r(file);
}

gz_reader::gz_reader(std::string path, gzFile_s* file)
  : path_(std::move(path)), file_(file) {
  // nop
}

caf::expected<gz_reader> gz_reader::open(const std::string& path) {
  if (auto err = check_input(path, errc::bad_data))
    return err;
  errno = 0;
  auto file = gzopen(path.c_str(), "rbe");
  // Without an errno, zlib had no memory.
  if (!file)
    return unreadable(path, errno == 0 ? ENOMEM : errno);
  return gz_reader{path, file};
}

caf::expected<std::size_t> gz_reader::read(std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    auto want = std::min(buffer.size() - done, most_per_call);
    auto got = gzread(file_.get(), buffer.data() + done,
                      static_cast<unsigned>(want));
    if (got < 0)
      return failure();
    if (got == 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  // An early end of the compressed data is no error to gzread itself.
  auto code = Z_OK;
  gzerror(file_.get(), &code);
  if (done < buffer.size() && code != Z_OK && code != Z_STREAM_END)
    return failure();
  return done;
}

caf::error gz_reader::failure() const {
  auto code = Z_OK;
  std::string_view text = gzerror(file_.get(), &code);
  if (code == Z_ERRNO)
    return unreadable(path_, errno);
  // zlib puts the path in front.
  if (text.starts_with(path_ + ": "))
    text.remove_prefix(path_.size() + 2);
  return make_failure(errc::bad_data,
                      fmt::format("'{}' is a damaged gzip file ({}): fetch it "
                                  "again",
                                  path_, text));
}

} // namespace ganglion
