#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/system.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"Ganglion deploys one neural network over many servers",
               "ganglion"};
  app.set_version_flag("--version", GANGLION_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  ganglion::cli::chosen chosen;
  ganglion::cli::add_bench(app, chosen);
  ganglion::cli::add_demo(app, chosen);
  ganglion::cli::add_model(app, chosen);
  ganglion::cli::add_node(app, chosen);
  ganglion::cli::add_plan(app, chosen);
  ganglion::cli::add_predict(app, chosen);
  ganglion::cli::add_repl(app, chosen);
  ganglion::cli::add_train(app, chosen);
  ganglion::cli::add_verify(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& err) {
    return app.exit(err) == 0 ? 0 : 2;
  }
  ganglion::stop_signal stop;
  ganglion::init_types();
  if (auto err = chosen.run(stop)) {
    fmt::print(stderr, "ganglion: {}\n", ganglion::explain(err));
    return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& err) {
    fmt::print(stderr, "ganglion: {}\n", err.what());
    return 1;
  }
}
