#include "runtime/model_store/huggingface/folder.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/store/companions.hpp"

namespace ganglion {

namespace {

std::string file_in(const std::string& dir, std::string_view name) {
  return fmt::format("{}/{}", dir, name);
}

/// The files that an index names. Only names in the same folder: an index is
/// somebody else's text.
caf::expected<std::set<std::string>> files_of_index(const std::string& text,
                                                    const std::string& path) {
  auto all = nlohmann::json::parse(text, nullptr, false);
  std::set<std::string> result;
  auto map = all.is_object() ? all.find("weight_map") : all.end();
  if (!all.is_object() || map == all.end() || !map->is_object())
    return make_failure(
      errc::bad_model,
      fmt::format("'{}' has no object weight_map", printable(path)));
  for (const auto& x : *map) {
    auto name = x.is_string() ? x.get<std::string>() : std::string{};
    if (name.empty() || name.find('/') != name.npos || name.front() == '.')
      return make_failure(errc::bad_model,
                          fmt::format("'{}' names a file that is not beside "
                                      "it: '{}'",
                                      printable(path), printable(name)));
    result.insert(name);
  }
  return result;
}

} // namespace

bool hf_folder::is_one(file_system& files, const std::string& dir) {
  return static_cast<bool>(files.open(file_in(dir, "config.json")));
}

caf::expected<hf_folder> hf_folder::open(file_system& files,
                                         const std::string& dir) {
  auto text = read_all(files, file_in(dir, "config.json"));
  if (!text)
    return text.error();
  auto config = parse_hf_config(*text);
  if (!config)
    return config.error();
  hf_folder result;
  result.path_ = dir;
  result.config_ = std::move(*config);
  std::set<std::string> names{"model.safetensors"};
  auto index = file_in(dir, "model.safetensors.index.json");
  if (auto listed = read_all(files, index)) {
    auto found = files_of_index(*listed, index);
    if (!found)
      return found.error();
    names = std::move(*found);
  } else if (listed.error() != errc::not_found) {
    return listed.error();
  }
  for (const auto& x : names)
    if (auto err = result.add(files, file_in(dir, x)))
      return err;
  return result;
}

caf::error hf_folder::add(file_system& files, const std::string& path) {
  auto made = open_tensor_file(files, path);
  if (!made)
    return made.error();
  const auto& all = (*made)->tensors();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!places_.emplace(all[i].name, place{files_.size(), i}).second)
      return make_failure(errc::bad_model,
                          fmt::format("'{}' has the array {} that another file "
                                      "has, too",
                                      printable(path), printable(all[i].name)));
  files_.push_back(std::move(*made));
  paths_.push_back(path);
  return {};
}

const tensor_info* hf_folder::find(const std::string& name) const {
  auto i = places_.find(name);
  return i == places_.end()
           ? nullptr
           : &files_[i->second.file]->tensors()[i->second.index];
}

std::optional<stored_array> hf_folder::place_of(const std::string& name) const {
  auto at = places_.at(name);
  const auto& file = *files_[at.file];
  auto offset = file.offset_of(at.index);
  if (!offset)
    return std::nullopt;
  return stored_array{paths_[at.file], *offset, file.tensors()[at.index].type};
}

caf::expected<std::vector<float>> hf_folder::read(const std::string& name) {
  auto at = places_.at(name);
  return read_whole_array(*files_[at.file], at.index);
}

std::vector<std::string> hf_folder::own_names() const {
  std::vector<std::string> result;
  result.reserve(places_.size());
  for (const auto& x : places_)
    result.push_back(x.first);
  return result;
}

caf::error hf_folder::put_companions(file_system& files,
                                     const std::string& dir) const {
  return copy_companions(files, path_, dir);
}

} // namespace ganglion
