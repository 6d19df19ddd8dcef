// A folder of Hugging Face's: config.json, and arrays in model.safetensors or
// in the files that model.safetensors.index.json names. Arrays are found by
// name and read one at a time. For one thread; nothing is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/formats/tensor_file.hpp"
#include "runtime/model_store/huggingface/published_model.hpp"

namespace ganglion {

class hf_folder : public published_model {
public:
  /// Whether a folder has a config.json.
  static bool is_one(file_system& files, const std::string& dir);

  /// Opens all files of arrays. Errors: bad_data of the configuration,
  /// not_found naming the file that is missing, bad_model of the arrays.
  static caf::expected<hf_folder> open(file_system& files,
                                       const std::string& dir);

  [[nodiscard]] const hf_config& config() const noexcept override {
    return config_;
  }

  [[nodiscard]] const tensor_info* find(const std::string& name) const override;

  [[nodiscard]] std::optional<stored_array>
  place_of(const std::string& name) const override;

  caf::expected<std::vector<float>> read(const std::string& name) override;

  [[nodiscard]] std::vector<std::string> own_names() const override;

  caf::error put_companions(file_system& files,
                            const std::string& dir) const override;

private:
  struct place {
    std::size_t file = 0;
    std::size_t index = 0;
  };

  caf::error add(file_system& files, const std::string& path);

  std::string path_;
  hf_config config_;
  std::vector<std::unique_ptr<tensor_file>> files_;
  std::vector<std::string> paths_;
  std::map<std::string, place> places_;
};

} // namespace ganglion
