// ganglion model: look at a model on a share, check it, prune it, branch off a
// copy, and hand its weights to other programs.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/layer_rule.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/model_request.hpp"
#include "runtime/cli/showing/manifest_text.hpp"
#include "runtime/cli/showing/report.hpp"
#include "runtime/cli/showing/terminal.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/maintenance.hpp"
#include "runtime/model_store/store/prune.hpp"

namespace ganglion::cli {

namespace {

// -- show, log ----------------------------------------------------------------

void print_layers(const network& net) {
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    const auto& x = net.at(id);
    fmt::print("  {:<16} {:<10} {:>10} neurons {:>14} parameters\n", x.name,
               rule_of(x).word(x), x.neurons,
               net.parameters_of(id, net.range_of(id)));
  }
}

caf::error show(const model_request& text) {
  auto files = make_posix_files();
  auto from = model_reader::open(*files, text.dir);
  if (!from)
    return from.error();
  fmt::print("network {}\n", from->network_hash().substr(0, 16));
  print_layers(from->net());
  auto what = chosen_commit(*from, text);
  if (!what)
    return what.error();
  const auto& at = what->cursor;
  fmt::print("commit {}, {}\n", to_string(what->id), time_text(what->time));
  auto validated = what->validation_value();
  fmt::print("  {} shards, {}; loss {:.4f}{}\n", what->shards.size(),
             size_text(*what), what->loss_value(),
             std::isnan(validated)
               ? std::string{}
               : fmt::format(", validation loss {:.4f}", validated));
  fmt::print("  by {} on {}, process {}; arithmetic {}\n", what->writer.what,
             what->writer.host, what->writer.process, what->arithmetic);
  if (at.is_none()) {
    fmt::print("  weights alone: a training that resumes is told its data\n");
    return {};
  }
  fmt::print("  data {}: step {}, epoch {} and {} samples; batch {}, {} "
             "micro-batches, seed {}\n",
             at.data_name, at.steps, at.epoch, at.samples, at.batch,
             at.micro_batches, at.seed);
  fmt::print("  {}\n", text_of(what->options));
  return {};
}

caf::error log(const model_request& text) {
  auto files = make_posix_files();
  auto from = model_reader::open(*files, text.dir);
  if (!from)
    return from.error();
  auto commits = from->log();
  if (!commits)
    return commits.error();
  auto best = from->best();
  fmt::print("{:<16} {:<24} {:>10} {:>12} {:>12}\n", "commit", "time", "loss",
             "validation", "size");
  for (const auto& x : *commits) {
    if (x.what)
      fmt::print("{:<16} {:<24} {:>10.4f} {:>12} {:>12}{}\n", to_string(x.id),
                 time_text(x.what->time), x.what->loss_value(),
                 validation_text(*x.what), size_text(*x.what),
                 best && best->id == x.id ? "  best" : "");
    else
      fmt::print("{:<16} damaged: {}\n", to_string(x.id), explain(x.why));
  }
  return {};
}

// -- fsck, prune, branch ------------------------------------------------------

void print_report(const fsck_report& x) {
  for (const auto& y : x.commits)
    fmt::print("{:<16} {}\n", to_string(y.id),
               y.why      ? "DAMAGED: " + explain(y.why)
               : y.voided ? "whole, but void: its writer had lost its lease"
                          : "whole");
  for (const auto& y : x.damaged)
    fmt::print("damaged          {}: {}\n", y.path, explain(y.why));
  for (const auto& y : x.orphaned)
    fmt::print("of no commit     {}\n", y);
  fmt::print("newest whole     {}\n",
             x.newest_whole ? to_string(*x.newest_whole) : "none");
}

caf::error check(const model_request& text) {
  auto files = make_posix_files();
  auto report = [&] {
    work_line line{"checking", false};
    return fsck(*files, text.dir,
                [&](auto done, auto all) { line.show(done, all); });
  }();
  if (!report)
    return report.error();
  print_report(*report);
  auto broken = std::count_if(report->commits.begin(), report->commits.end(),
                              [](const auto& x) { return !x.voided && x.why; });
  if (broken == 0 && report->damaged.empty())
    return {};
  return make_failure(
    errc::bad_model,
    fmt::format("{} is damaged: restore the files named above; 'ganglion "
                "train --resume' goes on from the newest whole commit",
                text.dir));
}

caf::error remove_old(const model_request& text) {
  if (text.keep == 0)
    return make_failure(errc::bad_argument, "--keep must be 1 or more");
  auto files = make_posix_files();
  auto report = prune(*files, text.dir, {text.keep, text.keep_best});
  if (!report)
    return report.error();
  for (auto id : report->removed)
    fmt::print("removed          {}\n", to_string(id));
  if (auto id = report->pinned)
    fmt::print("in use, kept     {} and what is newer\n", to_string(*id));
  fmt::print("{} commits and {} shards removed\n", report->removed.size(),
             report->removed_shards);
  return {};
}

caf::error branch_off(const model_request& text) {
  return at_commit(text,
                   [&](file_system& files, const model_reader&,
                       const manifest& what) -> caf::error {
                     auto made = branch(files, text.dir, what.id, text.to,
                                        this_process("ganglion model branch"));
                     if (!made)
                       return made.error();
                     fmt::print("{} goes on from commit {} of {}\n", text.to,
                                to_string(made->id), text.dir);
                     return {};
                   });
}

using work = caf::error (*)(const model_request&);

/// The commands below `ganglion model`, which share what the user typed.
struct model_commands {
  CLI::App& app;
  chosen& out;
  std::shared_ptr<model_request> text = std::make_shared<model_request>();

  CLI::App* add(const char* name, const char* what, work run,
                const char* more = "") {
    auto command = app.add_subcommand(name, what);
    command->footer(
      fmt::format("Example: ganglion model {} /mnt/share/model{}", name, more));
    command->add_option("DIR", text->dir, "The model's directory")->required();
    command->callback([&to = out, text = text, run] {
      to.run = [text, run](const stop_signal&) { return run(*text); };
    });
    return command;
  }

  void take_commit(CLI::App* command) {
    command->add_option("--commit", text->commit,
                        "FENCE-STEP, as 'ganglion model log' shows it, or "
                        "best: by validation (default: the newest whole one)");
  }

  void add_prune() {
    auto command = add("prune", "Remove all but the newest commits", remove_old,
                       " --keep 3");
    command->add_option("--keep", text->keep, "Commits to keep")->required();
    command->add_flag("--keep-best", text->keep_best,
                      "Also the best by validation, and all newer ones");
  }

  void add_branch() {
    auto command = add("branch", "A new model that goes on from a commit",
                       branch_off, " /mnt/share/branch");
    command->add_option("NEW-DIR", text->to, "Where it is to be")->required();
    take_commit(command);
  }

  void add_export() {
    auto command = add("export",
                       "Weights for other programs, of a model or of a file "
                       "that --save wrote",
                       export_to, " weights.safetensors");
    command
      ->add_option("FILE", text->to,
                   "FILE.safetensors or FILE.npz, or FOLDER/ of a language "
                   "model for transformers")
      ->required();
    take_commit(command);
  }
};

} // namespace

void add_model(CLI::App& app, chosen& out) {
  auto command = app.add_subcommand(
    "model",
    "Look at a model on a share, check, prune, branch, export, import");
  command->require_subcommand(1);
  model_commands below{*command, out};
  below.take_commit(
    below.add("show", "Network, and what one commit holds", show));
  below.add("log", "The commits that count, newest first", log);
  below.add("fsck", "Check every checksum", check);
  below.add_prune();
  below.add_branch();
  below.add_export();
  add_import(*command, out);
  command->footer("Example: ganglion model log /mnt/share/model");
}

} // namespace ganglion::cli
