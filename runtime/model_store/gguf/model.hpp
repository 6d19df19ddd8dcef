// A language model in one GGUF file, as llama.cpp writes it: its configuration
// as transformers would have it, its arrays in their order, and its vocabulary.
// For one thread; memory: an array or two at a time. Nothing is written but the
// files beside a model.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "runtime/model_store/formats/gguf_file.hpp"
#include "runtime/model_store/gguf/config.hpp"
#include "runtime/model_store/gguf/tokenizer.hpp"
#include "runtime/model_store/huggingface/published_model.hpp"

namespace ganglion {

class gguf_model : public published_model {
public:
  /// Errors: those of gguf_file; bad_data naming what is missing, not known, or
  /// disagrees.
  static caf::expected<gguf_model> open(file_system& files,
                                        const std::string& path);

  [[nodiscard]] const hf_config& config() const noexcept override {
    return config_;
  }

  [[nodiscard]] const tensor_info* find(const std::string& name) const override;

  caf::expected<std::vector<float>> read(const std::string& name) override;

  [[nodiscard]] std::string own_name(const std::string& name) const override;

  [[nodiscard]] std::vector<std::string> own_names() const override;

  caf::error put_companions(file_system& files,
                            const std::string& dir) const override;

  /// None where the file has no vocabulary.
  [[nodiscard]] const std::optional<gguf_tokenizer>& words() const noexcept {
    return words_;
  }

private:
  caf::error read_configuration();

  /// Notes which arrays there are, too.
  caf::expected<gguf_facts> read_facts();

  std::unique_ptr<gguf_file> file_;
  std::string architecture_;
  std::string config_text_;
  hf_config config_;
  std::optional<gguf_tokenizer> words_;
  /// Of the file's arrays, with transformers' shapes; without those that became
  /// a part of the configuration.
  std::map<std::string, std::size_t> places_;
  std::vector<tensor_info> infos_;
};

} // namespace ganglion
