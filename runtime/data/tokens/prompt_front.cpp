#include "runtime/data/tokens/prompt_front.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/data/tokens/token_file.hpp"

namespace ganglion {

namespace {

using token_list = std::vector<std::uint32_t>;

class front_reader {
public:
  explicit front_reader(std::size_t tokens) : tokens_(tokens) {
    // nop
  }

  /// Later ones put theirs in front of those of earlier ones.
  caf::error read(const nlohmann::json& from, int depth) {
    auto name = token_file::text(from, "type");
    if (name == "Sequence" && depth < token_file::max_depth) {
      for (const auto& x : token_file::at(from, "processors"))
        if (auto err = read(x, depth + 1))
          return err;
      return {};
    }
    token_list own;
    if (name == "TemplateProcessing") {
      if (auto err = read_template(from, own))
        return err;
    } else if (name == "BertProcessing" || name == "RobertaProcessing") {
      const auto& first = token_file::at(from, "cls");
      if (!first.is_array() || first.size() != 2 || !take(first[1], own))
        return no_token();
    } else if (name != "ByteLevel") {
      return token_file::unknown("post_processor", from);
    }
    front_.insert(front_.begin(), own.begin(), own.end());
    return {};
  }

  token_list result() && {
    return std::move(front_);
  }

private:
  static caf::error no_token() {
    return token_file::bad("the post_processor names a token that there is "
                           "not");
  }

  bool take(const nlohmann::json& id, token_list& out) const {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= tokens_)
      return false;
    out.push_back(id.get<std::uint32_t>());
    return true;
  }

  caf::error read_template(const nlohmann::json& from, token_list& out) const {
    for (const auto& x : token_file::at(from, "single")) {
      const auto& special = token_file::at(x, "SpecialToken");
      if (special.is_null())
        break;
      auto name = token_file::text(special, "id");
      const auto& ids = token_file::at(
        token_file::at(token_file::at(from, "special_tokens"), name.c_str()),
        "ids");
      if (!ids.is_array())
        return no_token();
      for (const auto& id : ids)
        if (!take(id, out))
          return no_token();
    }
    return {};
  }

  std::size_t tokens_;
  token_list front_;
};

} // namespace

caf::expected<std::optional<std::vector<std::uint32_t>>>
read_prompt_front(const nlohmann::json& post_processor, std::size_t tokens) {
  std::optional<token_list> result;
  if (post_processor.is_null())
    return result;
  front_reader reader{tokens};
  if (auto err = reader.read(post_processor, 0))
    return err;
  result = std::move(reader).result();
  return result;
}

} // namespace ganglion
