// ganglion predict: deploy a model's network, load a commit of it, and ask it
// about a data set; with --follow again for every newer commit. Shards are read
// and verified by the nodes that hold their neurons, and what they find damaged
// is skipped here.
#include <memory>

#include "runtime/cli/commands.hpp"
#include "runtime/cli/model.hpp"
#include "runtime/cli/predictor.hpp"
#include "runtime/model_store/files/posix_files.hpp"

namespace ganglion::cli {

namespace {

caf::error run_predict(const predict_text& text, const stop_signal& stop) {
  auto files = make_posix_files();
  auto dir = absolute(text.model);
  if (!dir)
    return dir.error();
  auto from = commit_choice::open(*files, *dir);
  if (!from)
    return from.error();
  return predictor{text, std::move(*from), stop}.run();
}

void add_output_options(CLI::App& app, predict_text& out) {
  auto output = app.add_option("--output", out.output,
                               "Write a prediction per sample to FILE, anew "
                               "for every commit; -: standard output");
  app
    .add_option_function<std::string>(
      "--format",
      [&out](const std::string& x) { out.format.json = x == "json"; },
      "csv, or json: an object per line")
    ->check(CLI::IsMember({"csv", "json"}))
    ->needs(output);
  app
    .add_flag("--probabilities", out.format.probabilities,
              "The probability of each class beside the predictions")
    ->needs(output);
  app
    .add_flag("--outputs", out.format.outputs,
              "The network's outputs beside the predictions")
    ->needs(output);
}

void add_confusion(CLI::App& app, predict_text& out) {
  app.add_flag("--confusion", out.confusion,
               "Show which classes were taken for which, and precision and "
               "recall of each");
}

} // namespace

void add_predict(CLI::App& app, chosen& out) {
  auto text = std::make_shared<predict_text>();
  auto command = app.add_subcommand("predict", "Ask a model about a data set");
  command->add_option("--model", text->model, "The model's directory")
    ->required();
  auto commit = command->add_option("--commit", text->commit,
                                    "FENCE-STEP, or best: by validation "
                                    "(default: the newest whole one)");
  command
    ->add_option("--data", text->training.data,
                 "As for train; the test part where there is one")
    ->required();
  add_model_placement(*command, text->training.placement);
  command
    ->add_flag("--follow", text->follow,
               "Go on, and take each newer commit as it appears")
    ->excludes(commit);
  add_table_options(*command, text->table);
  add_output_options(*command, *text);
  add_confusion(*command, *text);
  add_node_options(*command, text->training);
  command->footer("Example: ganglion predict --model my-model --data "
                  "fashion-mnist --output out.csv");
  command->callback([&out, text] {
    out.run = [text](const stop_signal& stop) {
      return run_predict(*text, stop);
    };
  });
}

} // namespace ganglion::cli
