#include "runtime/model_store/gguf/model.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/model_store/gguf/tensor_names.hpp"
#include "runtime/model_store/store/companions.hpp"

namespace ganglion {

namespace {

constexpr auto factors_name = "rope_freqs.weight";

} // namespace

caf::expected<gguf_model> gguf_model::open(file_system& files,
                                           const std::string& path) {
  auto file = gguf_file::open(files, path);
  if (!file)
    return file.error();
  gguf_model result;
  result.file_ = std::move(*file);
  if (auto err = result.read_configuration())
    return err;
  return result;
}

caf::error gguf_model::read_configuration() {
  const auto& path = file_->path();
  const auto& metadata = file_->metadata();
  auto facts = read_facts();
  if (!facts)
    return facts.error();
  auto text = gguf_config_text(path, metadata, *facts);
  if (!text)
    return text.error();
  auto config = parse_hf_config(*text);
  if (!config)
    return gguf_problem(path, "as a " + explain(config.error()));
  auto words = read_gguf_tokenizer(path, metadata, facts->tokens);
  if (!words)
    return words.error();
  architecture_ = *metadata.find_as<std::string>("general.architecture");
  config_text_ = std::move(*text);
  config_ = std::move(*config);
  words_ = std::move(*words);
  for (auto& x : infos_)
    if (gguf_order_of(architecture_, x.name) == gguf_order::transposed)
      std::ranges::reverse(x.shape);
  return {};
}

caf::expected<gguf_facts> gguf_model::read_facts() {
  infos_ = file_->tensors();
  for (std::size_t i = 0; i < infos_.size(); ++i)
    places_.emplace(infos_[i].name, i);
  auto embedding = places_.find("token_embd.weight");
  if (embedding == places_.end() || infos_[embedding->second].shape.size() != 2)
    return gguf_problem(file_->path(),
                        "it has no tensor token_embd.weight of two "
                        "extents: it is no language model");
  gguf_facts result;
  result.tokens = infos_[embedding->second].shape.front();
  result.tied = !places_.contains("output.weight");
  if (auto i = places_.find(factors_name); i != places_.end()) {
    auto factors = read_whole_array(*file_, i->second);
    if (!factors)
      return factors.error();
    result.factors = std::move(*factors);
    places_.erase(i);
  }
  return result;
}

std::string gguf_model::own_name(const std::string& name) const {
  return gguf_tensor_name(name);
}

const tensor_info* gguf_model::find(const std::string& name) const {
  auto i = places_.find(own_name(name));
  return i == places_.end() ? nullptr : &infos_[i->second];
}

caf::expected<std::vector<float>> gguf_model::read(const std::string& name) {
  auto own = own_name(name);
  auto at = places_.at(own);
  auto order = gguf_order_of(architecture_, own);
  const auto& shape = infos_[at].shape;
  auto head = config_.attention.head;
  if (order != gguf_order::same
      && (shape.size() != 2 || shape.front() % head != 0))
    return gguf_problem(file_->path(),
                        fmt::format("the tensor {} has no rows of heads", own));
  auto result = read_whole_array(*file_, at);
  if (result && order == gguf_order::pairs)
    put_pairs_apart(*result, shape.front() / head, head);
  else if (result && order == gguf_order::transposed)
    transpose(*result, shape.back());
  return result;
}

std::vector<std::string> gguf_model::own_names() const {
  std::vector<std::string> result;
  result.reserve(places_.size());
  for (const auto& x : places_)
    result.push_back(x.first);
  return result;
}

caf::error gguf_model::put_companions(file_system& files,
                                      const std::string& dir) const {
  auto err = write_companion(files, dir, "config.json", config_text_);
  if (!err && words_)
    err = write_companion(files, dir, "tokenizer.json", words_->json);
  if (!err && words_)
    err = write_companion(files, dir, "tokenizer_config.json", words_->config);
  return err;
}

} // namespace ganglion
