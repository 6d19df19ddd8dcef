// save, load: weights in a file, or a model's newest commit.
#include <fmt/format.h>

#include "runtime/cli/model.hpp"
#include "runtime/cli/repl/verbs.hpp"
#include "runtime/hosting/weights_file.hpp"

namespace ganglion::cli {

namespace {

/// The weights are in a file or a model as they are now.
void note_kept(workspace& w, const std::string& path) {
  w.kept = w.deeds.size();
  w.kept_in = path;
}

/// What a load put there, so that it can be done again elsewhere.
caf::error remember_all(workspace& w) {
  for (layer_id id = 0; id < w.net->layers().size(); ++id) {
    if (w.net->parameters_per_neuron(id) == 0)
      continue;
    auto values = w.on->ask<parameters>(get_parameters{w.net->range_of(id)});
    if (!values)
      return values.error();
    w.deeds.emplace_back(std::move(*values));
  }
  return {};
}

caf::expected<network> network_in(const std::string& path) {
  if (!names_directory(path))
    return network_of_weights(path);
  auto files = make_posix_files();
  auto dir = absolute(path);
  if (!dir)
    return dir.error();
  auto model = model_reader::open(*files, std::move(*dir));
  if (!model)
    return model.error();
  return model->net();
}

caf::expected<model_writer> writer_for(workspace& w, file_system& files,
                                       const std::string& path) {
  auto dir = absolute(path);
  if (!dir)
    return dir.error();
  writer_options options;
  options.who = this_process("ganglion repl");
  if (w.position)
    options.data = w.position->data.train.description;
  auto there = model_reader::open(files, *dir);
  if (!there)
    return there.error() == errc::not_found
             ? model_writer::create(files, *dir, *w.net, options)
             : caf::expected<model_writer>{there.error()};
  if (there->net() != *w.net)
    return expected_instead(fmt::format(
      "{} is a model of another network: expected another DIR/", path));
  return model_writer::open(files, *dir, options);
}

commit_draft draft_of(const workspace& w, std::uint64_t step,
                      std::vector<shard_entry> shards) {
  commit_draft result;
  auto& cursor = result.cursor;
  cursor.steps = step;
  cursor.seed = w.on->training().seed;
  cursor.micro_batches = w.options.micro_batches;
  if (w.position) {
    const auto& at = *w.position;
    cursor.epoch = at.at.epoch;
    cursor.samples = at.at.samples;
    cursor.batch = at.batch;
    cursor.data_name = at.name;
    cursor.data_fingerprint = fingerprint(at.data.train);
  }
  result.options = w.on->training();
  result.where = w.on->where();
  result.shards = std::move(shards);
  return result;
}

/// A commit of the weights as they are.
caf::error save_model(workspace& w, const std::string& path) {
  auto files = make_posix_files();
  auto dir = absolute(path);
  if (!dir)
    return dir.error();
  auto writer = writer_for(w, *files, path);
  if (!writer)
    return writer.error();
  model_place place{*dir, writer->reader().network_hash()};
  auto opened = w.on->ask<model_opened>(open_model{place, writer->fence()});
  if (!opened)
    return opened.error();
  auto kept = w.on->ask<weights_kept>(keep_weights{});
  if (!kept)
    return kept.error();
  auto shards = w.on->ask<kept_shards>(get_shards{kept->step});
  if (!shards)
    return shards.error();
  auto made = writer->commit(
    draft_of(w, kept->step, std::move(shards->shards)));
  if (!made)
    return made.error();
  fmt::print("commit {} of {}\n", to_string(made->id), path);
  return {};
}

/// A commit brings the count of steps along, and leaves nothing of what was
/// before.
void begin_with(workspace& w, load_commit loaded, model_origin origin) {
  w.deeds.assign(1, std::move(loaded));
  w.given = 0;
  w.position.reset();
  w.asked.reset();
  w.losses = {};
  w.origin = std::move(origin);
  w.speaks.reset();
}

caf::error load_model(workspace& w, const std::string& path) {
  auto files = make_posix_files();
  auto dir = absolute(path);
  if (!dir)
    return dir.error();
  auto model = model_reader::open(*files, *dir);
  if (!model)
    return model.error();
  auto newest = model->newest(verification::headers);
  if (!newest)
    return newest.error();
  if (model->net() != *w.net)
    return expected_instead(
      fmt::format("{} is of another network: free, load it, and deploy", path));
  auto described = model->data();
  if (!described)
    return described.error();
  load_commit wanted{{*dir, model->network_hash()}, newest->what.id};
  auto loaded = w.on->ask<commit_loaded>(wanted);
  if (!loaded)
    return loaded.error();
  begin_with(w, std::move(wanted),
             {*dir, newest->what.cursor.data_name, newest->what.cursor.seed,
              described->value_or(data_description{})});
  fmt::print("loaded commit {} of {}\n", to_string(newest->what.id), path);
  return {};
}

} // namespace

caf::error load_into(workspace& w, const std::string& path) {
  auto before = before_change(w, "load " + path, all_with_weights(*w.net));
  if (!before)
    return before.error();
  if (names_directory(path)) {
    if (auto err = load_model(w, path))
      return err;
  } else {
    if (auto err = load_weights(*w.on, path))
      return err;
    fmt::print("loaded {}\n", path);
    if (auto err = remember_all(w))
      return err;
  }
  note_kept(w, path);
  remember(w, std::move(*before));
  return {};
}

namespace {

caf::error run_save(workspace& w, const words& args) {
  if (args.size() != 1)
    return usage_of("save");
  if (auto err = w.need_deployment())
    return err;
  if (names_directory(args[0])) {
    if (auto err = save_model(w, args[0]))
      return err;
  } else {
    if (auto err = save_weights(*w.on, args[0]))
      return err;
    fmt::print("saved network and weights to {}\n", args[0]);
  }
  note_kept(w, args[0]);
  return {};
}

} // namespace

const verb& save_verb() {
  static constexpr verb result{
    "Keep network and weights; take them from there",
    "save",
    "FILE | DIR/",
    "Keep network and weights",
    "FILE is what 'ganglion train --load' reads. DIR/ (with a slash, or there\n"
    "already) is a model with the optimizer's state: a new commit of it, for\n"
    "'ganglion train --resume' and 'ganglion predict'.",
    "save weights.bin",
    "",
    run_save};
  return result;
}

namespace {

caf::error run_load(workspace& w, const words& args) {
  if (args.size() != 1)
    return usage_of("load");
  if (w.on)
    return load_into(w, args[0]);
  auto net = network_in(args[0]);
  if (!net)
    return net.error();
  w.net = std::move(*net);
  w.weights.clear();
  w.pending_load = args[0];
  fmt::print("took the network from {}; its weights come when it is deployed\n",
             args[0]);
  print_network(*w.net);
  return {};
}

} // namespace

const verb& load_verb() {
  static constexpr verb result{
    "Keep network and weights; take them from there",
    "load",
    "FILE | DIR",
    "Take weights from what was saved",
    "Without a deployment, the network is taken from there, and the weights\n"
    "once it is deployed.",
    "load weights.bin",
    "",
    run_load};
  return result;
}

} // namespace ganglion::cli
