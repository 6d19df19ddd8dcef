// A tool for tests in other languages: writes a model with commits of known
// values to a directory.
//   write_model DIRECTORY
// Network mlp:3-300-2:tanh; commits 1-10 and
// 1-20. Array k, neuron i, column j of step s holds s + k / 4 + i / 1024
// + j / 65536.
#include <cstdio>

#include <caf/init_global_meta_objects.hpp>

#include "metadata/error.hpp"
#include "metadata/messages.hpp"
#include "runtime/model_store/model_writer.hpp"
#include "runtime/model_store/posix_files.hpp"
#include "runtime/model_store/shard.hpp"

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

} // namespace

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::ganglion>();
  caf::core::init_global_meta_objects();
  if (argc != 2)
    return 2;
  if (auto err = write_model(argv[1])) {
    std::fprintf(stderr, "%s\n", explain(err).c_str());
    return 1;
  }
  return 0;
}
