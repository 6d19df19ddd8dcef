#include <algorithm>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/messages.hpp"
#include "runtime/model_store/files/undoable_files.hpp"
#include "runtime/model_store/store/companions.hpp"
#include "runtime/model_store/store/layout.hpp"
#include "runtime/model_store/store/maintenance.hpp"

namespace ganglion {

namespace {

constexpr std::uint64_t copy_size = std::uint64_t{1} << 20;

caf::error copy_file(file_system& files, const std::string& from,
                     const std::string& to) {
  auto in = files.open(from);
  if (!in)
    return in.error();
  auto out = new_file::make(files, to);
  if (!out)
    return out.error();
  std::vector<std::byte> piece(copy_size);
  for (std::uint64_t done = 0;;) {
    auto got = (*in)->read_at(done, piece);
    if (!got)
      return got.error();
    if (auto err = out->write(std::span{piece}.first(*got)))
      return err;
    done += *got;
    if (*got < piece.size())
      break;
  }
  if (auto err = out->finish())
    return err;
  auto made = out->publish(to);
  return made ? caf::error{} : made.error();
}

/// Links where that is possible: shards never change, so two models may share.
caf::error take_shards(file_system& files, const manifest& what,
                       const std::string& from, const std::string& to) {
  for (const auto& entry : what.shards) {
    auto source = layout::shard_path(from, entry.name);
    auto target = layout::shard_path(to, entry.name);
    if (!files.link(source, target)) // another file system
      if (auto err = copy_file(files, source, target))
        return err;
  }
  return files.sync_directory(layout::shards(to));
}

/// Shards, and what texts need.
caf::error take_files(file_system& files, const manifest& what,
                      const std::string& from, const std::string& to) {
  auto err = take_shards(files, what, from, to);
  return err ? err : copy_companions(files, from, to);
}

caf::expected<writer_options> options_for(const model_reader& from,
                                          commit_id id,
                                          const writer_identity& who) {
  auto data = from.data();
  if (!data)
    return data.error();
  writer_options result{who};
  result.first_fence = id.fence;
  result.data = std::move(*data);
  return result;
}

} // namespace

caf::expected<manifest> branch(file_system& files, const std::string& from,
                               commit_id id, const std::string& to,
                               const writer_identity& who) {
  auto reader = model_reader::open(files, from);
  if (!reader)
    return reader.error();
  auto what = reader->find(id);
  if (!what)
    return what.error();
  // Where no pin can be made, nothing can be pruned from here either.
  auto pin = reader->pin(id);
  if (!pin && pin.error() == errc::not_found)
    return pin.error();
  auto where = reader->load_placement(*what);
  if (!where)
    return where.error();
  auto options = options_for(*reader, id, who);
  if (!options)
    return options.error();
  return make_or_undo(
    files, to, [&](file_system& on) -> caf::expected<manifest> {
      auto writer = model_writer::create(on, to, reader->net(), *options);
      if (!writer)
        return writer.error();
      if (auto err = take_files(on, *what, from, to))
        return err;
      return writer->commit({what->cursor, what->options, *where, what->shards,
                             what->loss_value(), what->validation_value()});
    });
}

} // namespace ganglion
