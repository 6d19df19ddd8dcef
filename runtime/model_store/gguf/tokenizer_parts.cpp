#include "runtime/model_store/gguf/tokenizer_parts.hpp"

namespace ganglion {

namespace {

using json = nlohmann::json;

constexpr const char* blank_mark = "\xe2\x96\x81";

json part_of_type(const char* name) {
  auto result = json::object();
  result["type"] = name;
  return result;
}

json replace_part(const char* what, const char* by) {
  auto result = part_of_type("Replace");
  result["pattern"] = json::object();
  result["pattern"]["String"] = what;
  result["content"] = by;
  return result;
}

} // namespace

json piece_normalizer(bool has_prefix) {
  auto steps = json::array();
  if (has_prefix) {
    auto prepend = part_of_type("Prepend");
    prepend["prepend"] = blank_mark;
    steps.push_back(std::move(prepend));
  }
  steps.push_back(replace_part(" ", blank_mark));
  auto result = part_of_type("Sequence");
  result["normalizers"] = std::move(steps);
  return result;
}

json piece_decoder(bool has_prefix) {
  auto steps = json::array();
  steps.push_back(replace_part(blank_mark, " "));
  steps.push_back(part_of_type("ByteFallback"));
  steps.push_back(part_of_type("Fuse"));
  if (has_prefix) {
    auto strip = part_of_type("Strip");
    strip["content"] = " ";
    strip["start"] = 1;
    strip["stop"] = 0;
    steps.push_back(std::move(strip));
  }
  auto result = part_of_type("Sequence");
  result["decoders"] = std::move(steps);
  return result;
}

json added_token(std::uint64_t id, const std::string& text, bool special) {
  return {{"id", id},          {"content", text}, {"single_word", false},
          {"lstrip", false},   {"rstrip", false}, {"normalized", false},
          {"special", special}};
}

json front_token(
  const std::optional<std::pair<std::uint64_t, std::string>>& x) {
  auto result = part_of_type("TemplateProcessing");
  auto single = json::array();
  auto special = json::object();
  auto part = [](const char* kind, const std::string& id) {
    auto made = json::object();
    made[kind]["id"] = id;
    made[kind]["type_id"] = 0;
    return made;
  };
  if (x) {
    const auto& [id, text] = *x;
    single.push_back(part("SpecialToken", text));
    special[text]["id"] = text;
    special[text]["ids"] = json::array({id});
    special[text]["tokens"] = json::array({text});
  }
  single.push_back(part("Sequence", "A"));
  result["single"] = std::move(single);
  result["pair"] = json::array();
  result["special_tokens"] = std::move(special);
  return result;
}

} // namespace ganglion
