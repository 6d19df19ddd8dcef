// A language model as others publish it, in whatever files: what network it is,
// its arrays by the names that Hugging Face's transformers has for them, and
// the files that generating needs. What import reads from; for one thread; it
// makes no model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/huggingface/config.hpp"

namespace ganglion {

/// An array in a file, as it is needed.
struct stored_array {
  std::string path;
  /// Bytes before its first value.
  std::uint64_t offset = 0;
  value_type type = value_type::other;
};

class published_model {
public:
  virtual ~published_model() = default;

  [[nodiscard]] virtual const hf_config& config() const noexcept = 0;

  /// Null where there is none of the name. What is found has the name that the
  /// files have for it, and the shape that transformers' have.
  [[nodiscard]] virtual const tensor_info*
  find(const std::string& name) const = 0;

  /// All values, in the order of transformers' files. The array must be there.
  virtual caf::expected<std::vector<float>> read(const std::string& name) = 0;

  /// Where an array is, for those who will read it there; nothing where `read`
  /// does more than read. The array must be there.
  [[nodiscard]] virtual std::optional<stored_array>
  place_of(const std::string&) const {
    return std::nullopt;
  }

  /// What the files call an array, whether they have it or not.
  [[nodiscard]] virtual std::string own_name(const std::string& name) const {
    return name;
  }

  /// Of all arrays, as the files call them.
  [[nodiscard]] virtual std::vector<std::string> own_names() const = 0;

  /// Puts config.json, and the tokenizer's files where there are any, into the
  /// directory `dir`. Errors: bad_argument where it has one already, system.
  virtual caf::error put_companions(file_system& files,
                                    const std::string& dir) const = 0;
};

} // namespace ganglion
