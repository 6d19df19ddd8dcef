// Shards: files with the parameters of a range of neurons of one layer, and the
// optimizer's arrays beside them. Immutable, checked in chunks, so that a
// reader of a few neurons reads and verifies little more than these. Each node
// writes and reads its own; functions may be called from several threads at
// once. The bytes are described in docs/MODEL_STORE.md. A shard may also refer
// to files of another program, which are read where they are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "metadata/messages/engine_messages.hpp"
#include "runtime/model_store/files/file_system.hpp"
#include "runtime/model_store/formats/shard_format.hpp"
#include "runtime/model_store/store/manifest.hpp"
#include "runtime/model_store/store/reference_reader.hpp"

namespace ganglion {

/// Writes one shard of commit `id` into the model at `dir`. `parts` follow one
/// another without a gap and are of one layer, each as metadata's `parameters`
/// has them; all have equally many arrays. Durable when this returns. Writing
/// the same again is fine. Errors: bad_argument for parts that do not fit
/// together, system.
caf::expected<shard_entry> write_shard(file_system& files,
                                       const std::string& dir, commit_id id,
                                       const std::string& network_hash,
                                       layer_id layer,
                                       std::span<const parameters> parts);

/// Writes a shard that refers to other files; otherwise as write_shard.
caf::expected<shard_entry> write_reference(file_system& files,
                                           const std::string& dir, commit_id id,
                                           const weights_reference& what);

/// A shard that is open for reading. For one thread.
class shard_reader {
public:
  /// Reads header and table and compares them with what the manifest says.
  /// Errors: bad_model, naming file and offset; incompatible for a newer
  /// format; system, stale.
  static caf::expected<shard_reader> open(file_system& files,
                                          const std::string& dir,
                                          const std::string& network_hash,
                                          const shard_entry& entry);

  /// Of one that refers to other files, as if it held their values.
  [[nodiscard]] const shard_header& header() const noexcept {
    return header_;
  }

  /// Reads rows of array `array` (0: weights) for `range`, which lies within
  /// the shard, into `out` [range.count x columns], verifying every chunk that
  /// it touches.
  caf::error read_rows(std::uint32_t array, neuron_range range,
                       std::span<float> out);

  /// Reads everything and verifies it.
  caf::error verify();

private:
  shard_reader(std::string path, std::unique_ptr<input_file> file,
               shard_header header, std::vector<std::uint64_t> table);

  shard_reader(std::string path, shard_header header, reference_reader from);

  static caf::expected<shard_reader>
  open_reference(file_system& files, const std::string& dir, std::string path,
                 const std::string& network_hash, const shard_entry& entry);

  caf::error read_bytes(std::uint64_t first, std::span<std::byte> out);
  caf::error check_chunk(std::uint64_t chunk, std::span<const std::byte> bytes);
  caf::expected<std::span<const std::byte>> whole_chunk(std::uint64_t chunk);

  std::string path_;
  std::unique_ptr<input_file> file_;
  shard_header header_;
  std::vector<std::uint64_t> table_;
  /// The chunk that was read last, since ranges share chunks at their borders.
  std::vector<std::byte> scratch_;
  std::uint64_t scratch_chunk_;
  /// Where it refers to other files, these.
  std::optional<reference_reader> elsewhere_;
};

/// Reads what a shard holds of `range`, which must lie within it.
caf::expected<parameters> read_shard(file_system& files, const std::string& dir,
                                     const std::string& network_hash,
                                     const shard_entry& entry,
                                     neuron_range range);

} // namespace ganglion
