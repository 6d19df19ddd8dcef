// A tool for tests in other languages: writes a model with commits of known
// values to a directory.
//   write_model DIRECTORY
// Network mlp:3-300-2:tanh; commits 1-10 and 1-20. Array k, neuron i, column j
// of step s holds s + k / 4 + i / 1024 + j / 65536.
//   write_model DIRECTORY forever
// Makes the model or goes on with it, commits step after step until it is
// killed, and says on standard output where it is, a line each:
//   > CALL, < CALL   before and after each call to the file system
//   begin COMMIT     before the first shard of a commit
//   done COMMIT      once it is committed
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/model_store/store/shard.hpp"
#include "test/support/faulty_files.hpp"

using namespace ganglion;

namespace {

matrix array(const network& net, neuron_range range, std::uint64_t step,
             int number) {
  matrix result{range.count,
                net.parameters_per_neuron(*net.layer_of(range.first))};
  for (std::size_t i = 0; i < result.rows(); ++i)
    for (std::size_t j = 0; j < result.columns(); ++j)
      result.row(i)[j] = static_cast<float>(step)
                         + static_cast<float>(number) / 4
                         + static_cast<float>(range.first + i) / 1024
                         + static_cast<float>(j) / 65536;
  return result;
}

caf::error commit(file_system& files, model_writer& writer,
                  std::uint64_t step) {
  const auto& net = writer.reader().net();
  commit_draft draft;
  draft.cursor = {step, 1, 32 * step, 7, 32, 2, "known values", "0123"};
  draft.options.optimizer.learning_rate = 0.25f;
  draft.loss = 1.0 / static_cast<double>(step);
  auto where = placement::make(net, {"alpha", "beta"},
                               {{{3, 299}, 0}, {{302, 3}, 1}});
  if (!where)
    return where.error();
  draft.where = std::move(*where);
  for (neuron_range range :
       {neuron_range{3, 4}, {7, 295}, {302, 1}, {303, 2}}) {
    parameters part{range, array(net, range, step, 0).freeze()};
    for (int k = 1; k <= 2; ++k)
      part.state.push_back(array(net, range, step, k).freeze());
    auto entry = write_shard(
      files, writer.reader().dir(), {writer.fence(), step},
      writer.reader().network_hash(), *net.layer_of(range.first), {&part, 1});
    if (!entry)
      return entry.error();
    draft.shards.push_back(std::move(*entry));
  }
  auto made = writer.commit(std::move(draft));
  return made ? caf::error{} : made.error();
}

caf::error write_model(const std::string& dir) {
  auto net = parse_network("mlp:3-300-2:tanh");
  if (!net)
    return net.error();
  auto files = make_posix_files();
  auto writer = model_writer::create(*files, dir, *net,
                                     {{"alpha", 1234, "write_model"}});
  if (!writer)
    return writer.error();
  for (std::uint64_t step : {10, 20})
    if (auto err = commit(*files, *writer, step))
      return err;
  return {};
}

/// In one call, so that whoever kills this process finds whole lines.
void say(std::string_view what, const std::string& text) {
  auto line = std::string{what} + " " + text + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0)
    ::_exit(1);
}

caf::expected<model_writer> make_or_open(file_system& files,
                                         const std::string& dir) {
  writer_options options{this_process("write_model")};
  if (model_reader::open(files, dir))
    return model_writer::open(files, dir, options);
  auto net = parse_network("mlp:3-300-2:tanh");
  if (!net)
    return net.error();
  return model_writer::create(files, dir, *net, options);
}

caf::error write_until_killed(const std::string& dir) {
  auto disk = make_posix_files();
  faulty_files files{*disk};
  files.around_each([](const std::string& call) { say(">", call); },
                    [](const std::string& call) { say("<", call); });
  auto writer = make_or_open(files, dir);
  if (!writer)
    return writer.error();
  auto step = writer->base() ? writer->base()->what.id.step : 0;
  for (;;) {
    auto name = to_string(commit_id{writer->fence(), ++step});
    say("begin", name);
    if (auto err = commit(files, *writer, step))
      return err;
    say("done", name);
  }
}

} // namespace

int main(int argc, char** argv) {
  ganglion::register_messages();
  auto forever = argc == 3 && argv[2] == std::string_view{"forever"};
  if (argc != 2 && !forever)
    return 2;
  if (auto err = forever ? write_until_killed(argv[1]) : write_model(argv[1])) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
  return 0;
}
