// Asks a GGUF file's metadata for what one architecture's keys say, and notes
// which were asked for: one that nobody asks for may change what the model is.
// The first thing that is amiss is kept. Refers to the metadata; for one
// thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "runtime/model_store/formats/gguf_metadata.hpp"

namespace ganglion {

class gguf_fields {
public:
  /// Keys begin with `architecture` and a dot.
  gguf_fields(const gguf_metadata& from, std::string architecture);

  /// From 1 to 2^24, or `usual`; 0 as `usual`: must be there.
  std::uint64_t size(std::string_view name, std::uint64_t usual = 0);

  /// 0 as `usual`: must be there.
  double number(std::string_view name, double usual);

  std::string text(std::string_view name, std::string_view usual);

  /// Whatever it says makes no difference.
  void pass(std::string_view name);

  /// May be there as this alone.
  void expect(std::string_view name, const gguf_value& only);

  /// Names the key.
  void complain(std::string_view name, std::string_view what);

  /// What was complained of, or a key that was not asked for; else empty.
  [[nodiscard]] std::string problem() const;

private:
  const gguf_value* ask(std::string_view name);

  const gguf_metadata& from_;
  std::string prefix_;
  std::set<std::string, std::less<>> asked_;
  std::string problem_;
};

} // namespace ganglion
