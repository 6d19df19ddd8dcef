// A tiny model for the tests of the model store: its network, weights that
// follow from step, neuron and column, and a commit in one call. For one thread
// at a time, but for the pure functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/store/maintenance.hpp"
#include "runtime/model_store/store/model_reader.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/model_store/store/shard.hpp"
#include "test/support/faulty_files.hpp"
#include "test/support/memory_files.hpp"

namespace ganglion {

inline const std::string model_dir = "model";

/// Neurons 0-2 are inputs; 3-8 have 4 parameters each, 9-10 have 7.
inline network small_network() {
  return *parse_network("mlp:3-6-2");
}

inline placement small_placement() {
  return *placement::make(small_network(), {"a", "b"},
                          {{{3, 6}, 0}, {{9, 2}, 1}});
}

inline writer_options options_of(std::string what, bool take_over = false) {
  return {{"host", 7, std::move(what)}, take_over};
}

/// A value that nothing else has.
inline float value_at(std::uint64_t step, std::size_t array, neuron_id neuron,
                      std::size_t column) {
  return static_cast<float>(step) + static_cast<float>(array) / 4
         + static_cast<float>(neuron) / 64 + static_cast<float>(column) / 1024;
}

/// Weights and `arrays` - 1 arrays of an optimizer.
inline parameters values_of(const network& net, std::uint64_t step,
                            neuron_range range, std::size_t arrays = 3) {
  auto columns = net.parameters_per_neuron(*net.layer_of(range.first));
  parameters result{range};
  for (std::size_t k = 0; k < arrays; ++k) {
    matrix values{range.count, columns};
    for (std::size_t i = 0; i < range.count; ++i)
      for (std::size_t j = 0; j < columns; ++j)
        values.row(i)[j] = value_at(step, k, range.first + i, j);
    if (k == 0)
      result.weights = std::move(values).freeze();
    else
      result.state.push_back(std::move(values).freeze());
  }
  return result;
}

inline bool same(const parameters& a, const parameters& b) {
  return a.range == b.range && a.weights == b.weights && a.state == b.state;
}

/// Writes what a commit of `step` needs, cut into these ranges.
inline caf::expected<commit_draft> write_shards(file_system& files,
                                                const model_writer& writer,
                                                std::uint64_t step,
                                                std::vector<neuron_range> cut) {
  const auto& net = writer.reader().net();
  commit_draft result;
  result.cursor.steps = step;
  result.cursor.data_name = "a data set";
  result.where = small_placement();
  result.loss = 1.0 / static_cast<double>(step + 1);
  for (auto range : cut) {
    auto part = values_of(net, step, range);
    auto entry = write_shard(
      files, writer.reader().dir(), {writer.fence(), step},
      writer.reader().network_hash(), *net.layer_of(range.first), {&part, 1});
    if (!entry)
      return entry.error();
    result.shards.push_back(std::move(*entry));
  }
  return result;
}

inline const std::vector<neuron_range> two_shards{{3, 6}, {9, 2}};

inline caf::expected<manifest>
commit_step(file_system& files, model_writer& writer, std::uint64_t step,
            std::vector<neuron_range> cut = two_shards) {
  auto draft = write_shards(files, writer, step, std::move(cut));
  if (!draft)
    return draft.error();
  return writer.commit(std::move(*draft));
}

inline std::string outcome_of(const caf::error& err) {
  return err ? explain(err) : "no error";
}

template <class T>
std::string outcome_of(const caf::expected<T>& x) {
  return x ? "no error" : outcome_of(x.error());
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// A disk, and a process that works on it.
struct memory_process {
  std::shared_ptr<memory_disk> disk = std::make_shared<memory_disk>();
  memory_files files{disk};

  model_writer create() {
    auto writer = model_writer::create(files, model_dir, small_network(),
                                       options_of("first"));
    REQUIRE(outcome_of(writer) == "no error");
    return std::move(*writer);
  }

  model_writer open(std::string what, bool take_over = false) {
    auto writer = model_writer::open(files, model_dir,
                                     options_of(std::move(what), take_over));
    REQUIRE(outcome_of(writer) == "no error");
    return std::move(*writer);
  }

  manifest commit(model_writer& writer, std::uint64_t step) {
    auto what = commit_step(files, writer, step);
    REQUIRE(outcome_of(what) == "no error");
    return *what;
  }

  model_reader reader() {
    auto result = model_reader::open(files, model_dir);
    REQUIRE(outcome_of(result) == "no error");
    return std::move(*result);
  }

  found_commit newest() {
    auto result = reader().newest(verification::everything);
    REQUIRE(outcome_of(result) == "no error");
    return std::move(*result);
  }
};

/// Whether the commit's parameters are those of its step.
inline bool is_whole(const model_reader& reader, const manifest& what) {
  for (neuron_range range : {neuron_range{3, 6}, {9, 2}}) {
    auto values = reader.load_parameters(what, range);
    if (!values || !same(*values, values_of(reader.net(), what.id.step, range)))
      return false;
  }
  return true;
}

} // namespace ganglion
