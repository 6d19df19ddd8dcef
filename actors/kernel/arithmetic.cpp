#include "actors/kernel/arithmetic.hpp"

#include <fmt/format.h>
#include <oneapi/dnnl/dnnl.hpp>

#include "actors/kernel/layer_math.hpp"
#include "actors/kernel/loss.hpp"
#include "actors/kernel/philox.hpp"
#include "metadata/values/sha256.hpp"

namespace ganglion {

namespace {

std::string name_of(dnnl::cpu_isa isa) {
  switch (isa) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
      return "AVX2";
    case dnnl::cpu_isa::avx2_vnni:
      return "AVX2 with VNNI";
    case dnnl::cpu_isa::avx512_core:
      return "AVX-512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "AVX-512 with VNNI";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "AVX-512 with BF16";
    default:
      return fmt::format("instruction set {:#x} of oneDNN",
                         static_cast<unsigned>(isa));
  }
}

std::string library() {
  auto version = dnnl_version();
  return fmt::format("oneDNN {}.{}.{} ({})", version->major, version->minor,
                     version->patch, version->hash);
}

std::string build() {
#ifdef GANGLION_NATIVE
  constexpr auto target = "for its own machine";
#else
  constexpr auto target = "portable";
#endif
#ifdef __clang__
  return fmt::format("clang {}, {}", __clang_version__, target);
#else
  return fmt::format("gcc {}, {}", __VERSION__, target);
#endif
}

tensor noise(std::size_t rows, std::size_t columns) {
  matrix result{rows, columns};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = unit_float(
      philox({static_cast<std::uint32_t>(i), 0, 0, 1}, key_of(42))[0]);
  return std::move(result).freeze();
}

/// Trains one layer for two steps; the shapes have odd and even sizes.
void train_layer(activation_kind kind, std::uint64_t width,
                 sha256_stream& hash) {
  auto model = std::make_shared<model_definition>();
  model->net = *network::make(
    {{.name = "in", .kind = layer_kind::input, .neurons = 67, .inputs = {}},
     {.name = "out", .activation = kind, .neurons = width, .inputs = {0}}});
  const auto& net = model->net;
  auto all = net.range_of(1);
  auto math = make_layer_math(model, 1, all);
  for (std::uint64_t step = 1; step <= 2; ++step) {
    auto state = math->forward({noise(13, 67)});
    auto loss = evaluate_loss(loss_kind::cross_entropy, state.outputs,
                              tensor::copy_of(std::vector<float>(13, 3), 13, 1),
                              13);
    math->backward(state, loss->gradient);
    auto back = math->input_gradient(0, {all.first, net.at(1).block_size});
    hash.add(std::as_bytes(back.values()));
    if (step == 1) {
      math->accumulate_and_update(state, step);
    } else {
      math->accumulate(state, true);
      math->accumulate(state, false);
      math->block().update(step);
    }
  }
  for (std::size_t i = 0; i < all.count; ++i)
    hash.add(std::as_bytes(math->block().parameters(all).row(i)));
}

arithmetic_fingerprint compute() {
  sha256_stream hash;
  for (auto kind : all_activations())
    for (std::uint64_t width : {5, 16, 80})
      train_layer(kind, width, hash);
  return {name_of(dnnl::get_effective_cpu_isa()), library(), build(),
          to_hex(hash.finish())};
}

} // namespace

const arithmetic_fingerprint& own_arithmetic() {
  static const auto result = compute();
  return result;
}

std::string difference(const arithmetic_fingerprint& ours,
                       const arithmetic_fingerprint& theirs) {
  if (ours.instruction_set != theirs.instruction_set)
    return fmt::format("computes with {}, this one with {}",
                       theirs.instruction_set, ours.instruction_set);
  if (ours.library != theirs.library)
    return fmt::format("uses {}, this one {}", theirs.library, ours.library);
  if (ours.build != theirs.build)
    return fmt::format("was built by {}, this one by {}", theirs.build,
                       ours.build);
  if (ours.trial != theirs.trial)
    return "gets other bits from the same tiny training";
  return {};
}

} // namespace ganglion
