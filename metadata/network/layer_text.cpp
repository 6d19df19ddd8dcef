#include "metadata/network/layer_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metadata/text/number_text.hpp"

namespace ganglion {

namespace {

/// "block12", and also "block0..3" where last is more than first.
struct block_names {
  std::string_view stem;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// A name that ends in a number, or in two with dots between them.
std::optional<block_names> parse_block(std::string_view text) {
  auto end = text.find("..");
  auto front = text.substr(0, end);
  auto digits = front.find_last_not_of("0123456789") + 1;
  if (digits == 0 || digits == front.size())
    return std::nullopt;
  auto first = number_from<std::uint64_t>(front.substr(digits));
  auto last = end == text.npos
                ? first
                : number_from<std::uint64_t>(text.substr(end + 2));
  if (!first || !last || *last < *first)
    return std::nullopt;
  return block_names{front.substr(0, digits), *first, *last};
}

/// The block of "block2.attention", and what comes after the dot.
struct layer_in_block {
  block_names block;
  std::string_view part;
};

std::optional<layer_in_block> block_of(std::string_view name) {
  auto dot = name.find('.');
  if (dot == name.npos)
    return std::nullopt;
  auto block = parse_block(name.substr(0, dot));
  if (!block)
    return std::nullopt;
  return layer_in_block{*block, name.substr(dot + 1)};
}

/// The layers of blocks; none where one of these has none.
std::vector<layer_id> layers_in(const network& net, const block_names& blocks) {
  std::vector<layer_id> result;
  std::uint64_t before = 0;
  std::uint64_t found = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto x = block_of(net.at(id).name);
    if (!x || x->block.stem != blocks.stem || x->block.first < blocks.first
        || x->block.first > blocks.last)
      continue;
    if (result.empty() || x->block.first != before)
      ++found;
    before = x->block.first;
    result.push_back(id);
  }
  if (found != blocks.last - blocks.first + 1)
    result.clear();
  return result;
}

/// Blocks that follow each other and have the same parts.
struct run_of_blocks {
  block_names blocks;
  std::vector<std::string_view> parts;
};

std::string to_text(const run_of_blocks& x) {
  auto numbers = x.blocks.first == x.blocks.last
                   ? fmt::format("{}", x.blocks.first)
                   : fmt::format("{}..{}", x.blocks.first, x.blocks.last);
  return fmt::format("{}{}.{}", x.blocks.stem, numbers,
                     fmt::join(x.parts, "/"));
}

} // namespace

caf::expected<std::vector<layer_id>> find_layers(const network& net,
                                                 std::string_view text) {
  auto one = net.find(text);
  if (one)
    return std::vector{*one};
  if (auto blocks = parse_block(text))
    if (auto all = layers_in(net, *blocks); !all.empty())
      return all;
  return one.error();
}

std::string list_of_layers(const network& net) {
  std::vector<run_of_blocks> runs;
  std::vector<std::string> result;
  auto flush = [&] {
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (i + 1 < runs.size() && runs[i].parts == runs[i + 1].parts
          && runs[i].blocks.stem == runs[i + 1].blocks.stem)
        runs[i + 1].blocks.first = runs[i].blocks.first;
      else
        result.push_back(to_text(runs[i]));
    runs.clear();
  };
  for (const auto& x : net.layers()) {
    auto found = block_of(x.name);
    if (!found) {
      flush();
      result.push_back(x.name);
    } else if (runs.empty() || runs.back().blocks.stem != found->block.stem
               || runs.back().blocks.first != found->block.first) {
      runs.push_back({found->block, {found->part}});
    } else {
      runs.back().parts.push_back(found->part);
    }
  }
  flush();
  return fmt::format("{}", fmt::join(result, ", "));
}

} // namespace ganglion
