#include "actors/kernel/instruction_set.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

#include "actors/kernel/lanes.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include "actors/kernel/processor_check.hpp"
#include "metadata/error.hpp"

namespace ganglion {

namespace {

struct named_set {
  std::string_view word;
  std::int64_t target;
};

/// From the best one on.
constexpr auto named_sets = std::to_array<named_set>({
#ifdef __x86_64__
  {"avx512", HWY_AVX3},
  {"avx2", HWY_AVX2},
#else
  {"neon", HWY_NEON},
#endif
});

std::string usable_words(std::int64_t supported) {
  std::string result;
  for (const auto& x : named_sets)
    if ((x.target & supported) != 0)
      result += fmt::format("{}{}", result.empty() ? "" : ", ", x.word);
  return result;
}

} // namespace

caf::error choose_instruction_set() {
  require_processor();
  auto word = std::getenv("GANGLION_ISA");
  return choose_instruction_set(word ? word : "");
}

caf::error choose_instruction_set(std::string_view word) {
  hwy::DisableTargets(0);
  auto supported = hwy::SupportedTargets() & HWY_TARGETS;
  auto allowed = word.empty() ? supported : 0;
  for (const auto& x : named_sets)
    if (x.word == word)
      allowed = supported & x.target;
  if (allowed == 0)
    return make_failure(errc::bad_argument,
                        fmt::format("GANGLION_ISA={} names nothing that this "
                                    "processor can compute with: it has {}",
                                    word, usable_words(supported)));
  hwy::DisableTargets(~allowed);
  hwy::GetChosenTarget().Update(allowed);
  return {};
}

std::string instruction_set() {
  auto& chosen = hwy::GetChosenTarget();
  if (!chosen.IsInitialized())
    chosen.Update(hwy::SupportedTargets());
  for (const auto& x : named_sets)
    if ((hwy::SupportedTargets() & HWY_TARGETS & x.target) != 0)
      return std::string{x.word};
  return {};
}

} // namespace ganglion
