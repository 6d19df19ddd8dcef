// The bytes of an array that lie in a file as they are, from an offset on. It
// refers to the file and its path, and is for one thread. No checksums: neither
// safetensors nor GGUF has any.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

class region_stream : public byte_stream {
public:
  /// `file` and `path` live longer.
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
    return {};
  }

private:
  input_file& file_;
  const std::string& path_;
  std::uint64_t at_;
};

} // namespace ganglion
