// A GGUF file, as llama.cpp writes and people publish them: arrays with
// metadata. Quantised arrays come as float32, block by block as they are read.
// A file and its streams are for one thread; nothing is written. What models
// are in such files is runtime/model_store/gguf/'s to know.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/model_store/formats/gguf_header.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"

namespace ganglion {

/// What such a file begins with.
inline constexpr std::string_view gguf_magic = "GGUF";

class gguf_file : public tensor_file {
public:
  /// Errors: not_found, those of read_gguf_header.
  static caf::expected<std::unique_ptr<gguf_file>>
  open(file_system& files, const std::string& path);

  static caf::expected<std::unique_ptr<gguf_file>>
  open(std::unique_ptr<input_file> file, const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  [[nodiscard]] const gguf_metadata& metadata() const noexcept {
    return header_.metadata;
  }

  [[nodiscard]] const std::vector<tensor_info>& tensors() const override {
    return tensors_;
  }

  [[nodiscard]] bool keeps_order() const noexcept override {
    return true;
  }

  [[nodiscard]] caf::expected<std::unique_ptr<byte_stream>>
  open(std::size_t index) override;

private:
  gguf_file(std::unique_ptr<input_file> file, std::string path,
            gguf_header header);

  std::unique_ptr<input_file> file_;
  std::string path_;
  gguf_header header_;
  std::vector<tensor_info> tensors_;
};

/// Whether a file begins as such a file does; false where there is none.
bool is_gguf(file_system& files, const std::string& path);

} // namespace ganglion
