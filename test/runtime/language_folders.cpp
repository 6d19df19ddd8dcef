// Folders of Hugging Face's, written and read on a disk in memory: what was
// exported is imported to the same bits, or read where it is, and whatever call
// fails, nothing is left of what was not finished.
#include <functional>

#include "runtime/model_store/huggingface/export.hpp"
#include "runtime/model_store/huggingface/folder.hpp"
#include "runtime/model_store/huggingface/import.hpp"
#include "runtime/model_store/huggingface/network.hpp"
#include "test/runtime/store_models.hpp"

using namespace ganglion;

namespace {

decoder_shape tiny_shape(bool gpt2) {
  decoder_shape result{.width = 8,
                       .blocks = 2,
                       .groups = 2,
                       .units = 6,
                       .tokens = 5,
                       .positions = 4,
                       .epsilon = 1e-5,
                       .activation = gpt2 ? activation_kind::gelu_tanh
                                          : activation_kind::silu,
                       .gpt2 = gpt2};
  result.attention.head = gpt2 ? 4 : 2;
  result.attention.queries = gpt2 ? 1 : 2;
  result.attention.theta = gpt2 ? 0 : 10000;
  result.attention.biases = gpt2;
  return result;
}

/// Values that nothing else has, and zeros where no array takes them.
parameters tiny_values(const network& net, const hf_config& config,
                       neuron_range range) {
  auto layer = *net.layer_of(range.first);
  matrix rows{range.count, net.parameters_per_neuron(layer)};
  std::size_t first = 0;
  for (const auto& x : sources_of(config, net)) {
    if (x.layer != layer)
      continue;
    auto columns = net.parts_of(layer)[x.part].columns;
    for (std::size_t i = 0; i < range.count; ++i)
      for (std::size_t j = first; j < first + columns; ++j)
        rows.row(i)[j] = x.tensor.empty() ? 0.0f
                                          : value_at(1, 0, range.first + i, j);
    first += columns;
  }
  return {range, std::move(rows).freeze()};
}

/// A language model that is exported from here.
struct published : memory_process {
  explicit published(bool gpt2)
    : config(config_of(tiny_shape(gpt2))), net(*network_of(config)) {
    REQUIRE(files.make_directory("model"));
    disk->damage("model/config.json", to_text(config));
    disk->damage("model/tokenizer.json", "{}");
  }

  caf::error write(file_system& on, const std::string& to = "new") const {
    auto load = [&](neuron_range range) -> caf::expected<parameters> {
      return tiny_values(net, config, range);
    };
    auto made = export_hf(on, {net, "1-1", load}, "model", to);
    return made ? caf::error{} : made.error();
  }

  hf_config config;
  network net;
};

caf::error take(file_system& on, bool in_place = false) {
  auto from = hf_folder::open(on, "folder");
  if (!from)
    return from.error();
  auto made = import_hf(on, *from, "new",
                        {options_of("import").who, false, in_place});
  return made ? caf::error{} : made.error();
}

/// With a folder, and a model of it.
void export_and_take(published& on, bool in_place) {
  REQUIRE(outcome_of(on.write(on.files, "folder")) == "no error");
  REQUIRE(outcome_of(take(on.files, in_place)) == "no error");
}

/// All parameters, a layer at a time, and any part of them.
void check_values(const published& on, file_system& files,
                  const std::string& dir) {
  auto reader = model_reader::open(files, dir);
  REQUIRE(reader);
  auto found = reader->newest(verification::everything);
  REQUIRE_MESSAGE(found, (found ? "" : explain(found.error())));
  for (layer_id id = 0; id < on.net.layers().size(); ++id) {
    if (on.net.parameters_per_neuron(id) == 0)
      continue;
    auto all = on.net.range_of(id);
    for (auto range : {all, neuron_range{all.first + 1, 1},
                       neuron_range{all.first, all.count / 2 + 1}}) {
      auto got = reader->load_parameters(found->what, range);
      REQUIRE(got);
      CHECK(got->weights == tiny_values(on.net, on.config, range).weights);
    }
  }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as a model's directory
void copy_tree(published& on, const std::string& from, const std::string& to) {
  if (auto content = on.disk->content(from); !content.empty()) {
    on.disk->damage(to, content);
    return;
  }
  REQUIRE(on.files.make_directory(to));
  for (const auto& name : on.disk->names(from))
    copy_tree(on, from + "/" + name, to + "/" + name);
}

/// Why the parameters cannot be read.
std::string why_unread(file_system& files, const std::string& dir) {
  auto reader = model_reader::open(files, dir);
  REQUIRE(reader);
  auto found = reader->newest(verification::headers);
  return found ? "" : explain(found.error());
}

/// Fails at each call in turn: `new` is not there afterwards.
void fail_each_call(
  const std::function<caf::error(published&, file_system&)>& f,
  const std::function<void(published&)>& prepare) {
  published first{true};
  prepare(first);
  faulty_files counting{first.files};
  REQUIRE(outcome_of(f(first, counting)) == "no error");
  REQUIRE(counting.calls() > 20);
  for (auto what : {fault::disk_full, fault::io_error, fault::short_write})
    for (std::uint64_t n = 1; n <= counting.calls(); ++n) {
      CAPTURE(n);
      published on{true};
      prepare(on);
      auto names = on.disk->names(".");
      faulty_files process{on.files};
      process.fail_at(n, what);
      if (f(on, process)) // otherwise that was in nobody's way
        REQUIRE(on.disk->names(".") == names);
    }
}

} // namespace

TEST_CASE("what is exported is imported to the same bits, or read in place") {
  for (auto gpt2 : {false, true})
    for (auto in_place : {false, true}) {
      published on{gpt2};
      export_and_take(on, in_place);
      check_values(on, on.files, "new");
      CHECK(on.disk->content("new/tokenizer.json") == "{}");
    }
}

TEST_CASE("weights that stay in place are found where a share is seen") {
  published on{false};
  export_and_take(on, true);
  REQUIRE(on.files.make_directory("mnt"));
  for (auto name : {"new", "folder"})
    copy_tree(on, name, std::string{"mnt/"} + name);
  on.disk->damage("folder/model.safetensors", "something else");
  check_values(on, on.files, "mnt/new");
  CHECK(why_unread(on.files, "new").find("is not the file any more")
        != std::string::npos);
}

TEST_CASE("a file that weights are left in, and is gone, is named") {
  published on{true};
  export_and_take(on, true);
  auto content = on.disk->content("folder/model.safetensors");
  on.disk->damage("folder/model.safetensors", content + "x");
  CHECK(
    why_unread(on.files, "new")
      .find(
        "'folder/model.safetensors' is not the file any more that the model "
        "was made of")
    != std::string::npos);
  content[9] ^= 1;
  on.disk->damage("folder/model.safetensors", content);
  CHECK(why_unread(on.files, "new").find("is not the file any more")
        != std::string::npos);
  REQUIRE(on.files.remove("folder/model.safetensors"));
  CHECK(
    why_unread(on.files, "new").find("'folder/model.safetensors' is missing")
    != std::string::npos);
}

TEST_CASE("a folder that cannot be finished leaves nothing") {
  fail_each_call([](published& on, file_system& x) { return on.write(x); },
                 [](published&) {});
}

TEST_CASE("nor does a language model that cannot be imported") {
  for (auto in_place : {false, true})
    fail_each_call(
      [in_place](published&, file_system& x) { return take(x, in_place); },
      [](published& on) {
        REQUIRE(outcome_of(on.write(on.files, "folder")) == "no error");
      });
}
