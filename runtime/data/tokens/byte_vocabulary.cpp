#include "runtime/data/tokens/byte_vocabulary.hpp"

#include <cstddef>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ganglion {

std::string byte_tokenizer(const byte_set& x) {
  auto words = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i])
      words[fmt::format("<0x{:02X}>", i)] = words.size();
  nlohmann::ordered_json all{{"version", "1.0"},
                             {"added_tokens", nlohmann::ordered_json::array()},
                             {"normalizer", nullptr},
                             {"pre_tokenizer", nullptr},
                             {"decoder", {{"type", "ByteFallback"}}},
                             {"model",
                              {{"type", "BPE"},
                               {"byte_fallback", true},
                               {"vocab", words},
                               {"merges", nlohmann::ordered_json::array()}}}};
  return all.dump(1) + '\n';
}

} // namespace ganglion
