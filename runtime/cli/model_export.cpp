// ganglion model export: weights for other programs, and the commit whose they
// are.
#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/commit_choice.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/model_request.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/model_store/exchange/export.hpp"
#include "runtime/model_store/exchange/weights_reader.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/huggingface/export.hpp"
#include "runtime/model_store/huggingface/folder.hpp"

namespace ganglion::cli {

caf::expected<manifest> chosen_commit(const model_reader& from,
                                      const model_request& text) {
  if (!text.commit.empty())
    return find_named(from, text.commit);
  auto found = from.newest(verification::headers);
  if (!found)
    return found.error();
  for (const auto& x : found->skipped)
    print_error("ganglion: commit {} is not whole: {}\n", to_string(x.id),
                explain(x.why));
  return std::move(found->what);
}

caf::error
at_commit(const model_request& text,
          const std::function<caf::error(file_system&, const model_reader&,
                                         const manifest&)>& f) {
  auto files = make_posix_files();
  auto from = model_reader::open(*files, text.dir);
  if (!from)
    return from.error();
  auto what = chosen_commit(*from, text);
  return what ? f(*files, *from, *what) : what.error();
}

namespace {

/// Of a file that --save wrote.
caf::error export_saved(const model_request& text) {
  auto from = weights_reader::open(text.dir);
  if (!from)
    return from.error();
  if (auto err = from->verify())
    return err;
  auto load = [&](neuron_range range) { return from->load(range); };
  if (auto err = export_weights({from->net(), {}, load}, text.to))
    return err;
  fmt::print("{}: weights of {}\n", text.to, text.dir);
  return {};
}

caf::error export_to_file(const model_request& text) {
  if (auto err = check_export_name(text.to))
    return err;
  if (is_weights_file(text.dir))
    return export_saved(text);
  return at_commit(
    text,
    [&](file_system&, const model_reader& from,
        const manifest& what) -> caf::error {
      if (auto err = export_weights(source_of(from, what), text.to))
        return err;
      fmt::print("{}: weights of commit {}\n", text.to, to_string(what.id));
      return {};
    });
}

caf::error export_to_folder(const model_request& text) {
  return at_commit(
    text,
    [&](file_system& files, const model_reader& from,
        const manifest& what) -> caf::error {
      auto made = export_hf(files, source_of(from, what), text.dir, text.to);
      if (!made)
        return made.error();
      fmt::print("{}: language model of commit {}\n", text.to,
                 to_string(what.id));
      if (made->came_apart)
        print_aside("ganglion: the logits of this model are no longer its "
                    "embedding: they are lm_head.weight, and config.json says "
                    "\"tie_word_embeddings\": false");
      return {};
    });
}

/// Whether a name ends in a dot and something that begins with a letter: in
/// "llama-3.1" it does not.
bool has_any_ending(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  auto dot = name.rfind('.');
  auto is_letter = [](char x) {
    return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z');
  };
  return dot != name.npos && dot + 1 < name.size() && is_letter(name[dot + 1]);
}

caf::error no_folder(const model_request& text) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is a folder, which is for language "
                                  "models, and '{}' has no config.json: give "
                                  "FILE.safetensors or FILE.npz",
                                  printable_path(text.to),
                                  printable_path(text.dir)));
}

} // namespace

caf::error export_to(const model_request& text) {
  auto files = make_posix_files();
  auto is_language = hf_folder::is_one(*files, text.dir);
  auto is_folder = names_directory(text.to);
  if (is_folder && !is_language)
    return no_folder(text);
  if (is_folder || (is_language && !has_any_ending(text.to)))
    return export_to_folder(text);
  return export_to_file(text);
}

} // namespace ganglion::cli
