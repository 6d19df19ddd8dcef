#include "runtime/model_store/huggingface/export.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/model_store/files/undoable_files.hpp"
#include "runtime/model_store/formats/safetensors_header.hpp"
#include "runtime/model_store/huggingface/export_arrays.hpp"
#include "runtime/model_store/store/companions.hpp"

namespace ganglion {

namespace {

caf::error folder_holds(const std::string& path, std::string_view name) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is not empty (it holds '{}'): give a "
                                  "new path, or that of an empty folder",
                                  printable_path(path), printable(name)));
}

caf::error make_folder(file_system& on, const std::string& path) {
  auto made = on.make_directory(path);
  if (!made)
    return made.error();
  if (*made)
    return on.sync_directory(parent_directory(path));
  auto names = on.list(path);
  if (!names)
    return names.error();
  return names->empty() ? caf::error{} : folder_holds(path, names->front());
}

/// An error unless the layers are those that the configuration describes;
/// blocks, which are the cut of sums, may be others.
caf::error check_same(const network& net, const hf_config& config,
                      const std::string& model) {
  auto wanted = network_of(config);
  if (!wanted)
    return wanted.error();
  auto same = net.layers().size() == wanted->layers().size();
  for (layer_id id = 0; same && id < net.layers().size(); ++id) {
    auto own = net.at(id);
    own.block_size = wanted->at(id).block_size;
    same = own == wanted->at(id);
  }
  if (same)
    return {};
  return make_failure(errc::bad_model,
                      fmt::format("'{}/config.json' describes another network "
                                  "than the model has: restore it, or export "
                                  "the weights as FILE.safetensors",
                                  printable_path(model)));
}

caf::error write_text_file(file_system& on, const std::string& path,
                           const std::string& text) {
  auto made = write_once(on, path, text);
  if (!made)
    return made.error();
  return *made ? caf::error{}
               : folder_holds(parent_directory(path),
                              path.substr(path.rfind('/') + 1));
}

caf::error write_arrays(new_file& out, const export_source& from,
                        const hf_arrays& arrays) {
  auto all = arrays.list();
  std::vector<safetensors_array> listed;
  listed.reserve(all.size());
  for (const auto& x : all)
    listed.push_back({x.name, arrays.shape_of(x)});
  auto header = make_safetensors_header(listed, notes_of(from));
  if (auto err = out.write(std::as_bytes(std::span{header})))
    return err;
  for (const auto& x : all) {
    auto values = arrays.read(x);
    if (!values)
      return values.error();
    if (auto err = out.write(std::as_bytes(std::span{*values})))
      return err;
  }
  return out.finish();
}

caf::error write_weights_file(file_system& on, const std::string& path,
                              const export_source& from,
                              const hf_arrays& arrays) {
  auto out = new_file::make(on, path);
  if (!out)
    return out.error();
  if (auto err = write_arrays(*out, from, arrays))
    return err;
  auto made = out->publish(path);
  if (!made)
    return made.error();
  return *made ? caf::error{}
               : folder_holds(parent_directory(path), "model.safetensors");
}

/// What is written, once the configuration is known to be the network's.
struct folder_parts {
  const export_source& from;
  const std::string& model;
  const std::string& config_text;
  hf_config config;
};

caf::error write_folder(file_system& on, const std::string& path,
                        const folder_parts& x, hf_export_report& report) {
  if (auto err = make_folder(on, path))
    return err;
  hf_arrays arrays{x.from, x.config};
  if (auto err = arrays.look_at_tied())
    return err;
  report.came_apart = x.config.tied && !arrays.config().tied;
  if (auto err = write_weights_file(on, path + "/model.safetensors", x.from,
                                    arrays))
    return err;
  if (auto err = copy_tokenizer(on, x.model, path))
    return err;
  // Last, since it is what makes a folder one of these.
  return write_text_file(on, path + "/config.json",
                         exported_config(x.config_text, report.came_apart));
}

} // namespace

caf::expected<hf_export_report> export_hf(file_system& files,
                                          const export_source& from,
                                          const std::string& model,
                                          const std::string& to) {
  auto text = read_all(files, model + "/config.json");
  if (!text)
    return text.error();
  auto config = parse_hf_config(*text);
  if (!config)
    return config.error();
  if (auto err = check_same(from.net, *config, model))
    return err;
  auto path = to.substr(0,
                        std::max<std::size_t>(to.find_last_not_of('/') + 1, 1));
  folder_parts parts{from, model, *text, std::move(*config)};
  hf_export_report result;
  auto write = [&](file_system& on) {
    return write_folder(on, path, parts, result);
  };
  if (auto err = files_or_undo(files, path, write))
    return err;
  return result;
}

} // namespace ganglion
