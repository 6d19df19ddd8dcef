// ganglion model import: a model of weights that another program trained.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/text/names.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/data/edge_file.hpp"
#include "runtime/model_store/exchange/import.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/gguf/model.hpp"
#include "runtime/model_store/huggingface/folder.hpp"
#include "runtime/model_store/huggingface/import.hpp"

namespace ganglion::cli {

namespace {

struct import_text {
  std::string file;
  std::string dir;
  std::string network;
  std::uint64_t block_size = 0;
  std::vector<std::string> names;
  bool ignore = false;
  bool by_order = false;
  bool in_place = false;
};

/// "hidden1=fc1"
caf::expected<std::map<std::string, std::string>>
parse_names(const std::vector<std::string>& text) {
  std::map<std::string, std::string> result;
  for (const auto& x : text) {
    auto sign = x.find('=');
    if (sign == x.npos || sign == 0 || sign + 1 == x.size())
      return make_failure(errc::bad_argument,
                          fmt::format("--names '{}': give LAYER=NAME, such as "
                                      "hidden1=fc1 for fc1.weight and fc1.bias",
                                      printable(x)));
    result[x.substr(0, sign)] = x.substr(sign + 1);
  }
  return result;
}

void warn_not_finite(const std::string& layer, std::uint64_t neurons) {
  print_aside(
    fmt::format("warning: weights of {} neurons of layer '{}' are not "
                "finite",
                neurons, layer));
}

void show_taken(const std::string& array, const std::string& from) {
  fmt::print("{:<24} <- {}\n", array,
             from.empty() ? "zeros: the file has none" : printable(from));
}

/// What says by itself what network it is takes nothing that names one.
caf::error check_no_network(const import_text& text, std::string_view what) {
  if (text.network.empty() && text.names.empty() && !text.by_order
      && text.block_size == 0)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is {} what network it is: leave out "
                                  "--network, --names, --by-order and "
                                  "--block-size",
                                  printable(text.file), what));
}

caf::error import_published(file_system& files, const import_text& text,
                            published_model& from) {
  auto dir = absolute(text.dir);
  if (!dir)
    return dir.error();
  auto made = import_hf(files, from, *dir,
                        {this_process("ganglion model import"), text.ignore,
                         text.in_place, show_taken, warn_not_finite});
  if (!made)
    return made.error();
  fmt::print("{}: commit {} with the weights of {}\n", text.dir,
             to_string(made->id), text.file);
  return {};
}

caf::error run_import_folder(file_system& files, const import_text& text) {
  if (!hf_folder::is_one(files, text.file))
    return make_failure(errc::not_found,
                        fmt::format("'{}': it is a directory without a "
                                    "config.json: name a file, or a folder in "
                                    "the layout of Hugging Face's transformers",
                                    printable(text.file)));
  if (auto err = check_no_network(text, "a folder, whose config.json says"))
    return err;
  // Others will look for files that stay in place, from their own directories.
  auto folder = text.in_place ? absolute(text.file) : text.file;
  if (!folder)
    return folder.error();
  auto from = hf_folder::open(files, *folder);
  if (!from)
    return from.error();
  return import_published(files, text, *from);
}

caf::error run_import_gguf(file_system& files, const import_text& text) {
  if (auto err = check_no_network(text, "a GGUF file, which says"))
    return err;
  auto from = gguf_model::open(files, text.file);
  if (!from)
    return from.error();
  if (!from->words())
    print_aside(fmt::format("'{}' has no vocabulary: 'ganglion generate' takes "
                            "--prompt-tokens",
                            printable(text.file)));
  return import_published(files, text, *from);
}

caf::error in_place_alone(const std::string& file) {
  return make_failure(errc::bad_argument,
                      fmt::format("'{}' is no folder of Hugging Face's, whose "
                                  "weights alone can be used --in-place: leave "
                                  "that out",
                                  printable(file)));
}

caf::error run_import_arrays(file_system& files, const import_text& text) {
  if (text.in_place)
    return in_place_alone(text.file);
  if (text.network.empty())
    return make_failure(errc::bad_argument,
                        "--network is missing: say what the weights are of, "
                        "such as mlp:784-256-10:gelu");
  auto net = find_network(text.network, text.block_size);
  if (!net)
    return net.error();
  auto names = parse_names(text.names);
  if (!names)
    return names.error();
  auto from = open_tensor_file(files, text.file);
  if (!from)
    return from.error();
  import_options options{this_process("ganglion model import"),
                         std::move(*names),
                         text.by_order,
                         text.ignore,
                         show_taken,
                         warn_not_finite};
  auto made = import_model(files, **from, text.dir, *net, options);
  if (!made)
    return made.error();
  fmt::print("{}: commit {} with the weights of {}\n", text.dir,
             to_string(made->id), text.file);
  return {};
}

caf::error run_import(const import_text& text) {
  auto files = make_posix_files();
  std::error_code ignored;
  if (std::filesystem::is_directory(text.file, ignored))
    return run_import_folder(*files, text);
  if (is_gguf(*files, text.file))
    return run_import_gguf(*files, text);
  return run_import_arrays(*files, text);
}

void add_name_options(CLI::App& app, import_text& out) {
  auto names = app
                 .add_option("--names", out.names,
                             "LAYER=NAME,...: a layer's arrays are NAME.weight "
                             "and NAME.bias (default: as the layer is called)")
                 ->delimiter(',')
                 ->allow_extra_args(false);
  app
    .add_flag("--by-order", out.by_order,
              "Take arrays in their order, whatever they are called: those "
              "with two dimensions are weights, with one biases")
    ->excludes(names);
  app.add_flag("--in-place", out.in_place,
               "Leave the weights in the folder's files, of which each node "
               "reads what it owns");
  app.add_flag("--ignore", out.ignore,
               "Leave out arrays of the file that the network does not take");
}

} // namespace

void add_import(CLI::App& model, chosen& out) {
  auto text = std::make_shared<import_text>();
  auto command = model.add_subcommand(
    "import", "Make a model of weights of another program");
  command
    ->add_option("FROM", text->file,
                 "FILE.safetensors, FILE.npz, or a language model: FILE.gguf, "
                 "or a folder of Hugging Face's")
    ->required();
  command->add_option("NEW-DIR", text->dir, "Where the model is to be")
    ->required();
  command->add_option("--network", text->network,
                      "What the weights of a file are of, such as "
                      "mlp:784-256-10:gelu");
  command->add_option("--block-size", text->block_size,
                      "Neurons per block (default: by the layer's width)");
  add_name_options(*command, *text);
  command->footer(
    "Example: ganglion model import mlp.safetensors my-model \\\n           "
    "--network mlp:784-256-10 --names hidden1=fc1,output=fc2");
  command->callback([&out, text] {
    out.run = [text](const stop_signal&) { return run_import(*text); };
  });
}

} // namespace ganglion::cli
