// Gradients that are clipped: once all nodes have told of theirs, the engine
// says by how much they are shortened, and the groups update. The sum of the
// squares is exact, so that no placement changes a bit of it.
#include <algorithm>
#include <cmath>

#include "metadata/error.hpp"
#include "runtime/engine/ask.hpp"

namespace ganglion {

namespace {

/// Keeps the quotient finite where all gradients are zero; PyTorch's.
constexpr double least_norm = 1e-6;

/// As clip_grad_norm_ of PyTorch computes it.
float scale_of(double squares, float longest) {
  auto scale = double{longest} / (std::sqrt(squares) + least_norm);
  // Gradients that are not finite are left as they are: the loss tells.
  return scale < 1 ? static_cast<float>(scale) : 1.0f;
}

} // namespace

void engine_state::on_squares(const gradient_squares& x) {
  if (!runs(x.head.run))
    return;
  now->moved = true;
  auto i = now->flows.find(x.head.sequence);
  if (i == now->flows.end()
      || !std::holds_alternative<training_job>(i->second.owner->what)
      || !now->working_nodes.contains(x.node)
      || !i->second.squares_from.insert(x.node).second)
    return;
  i->second.squares.add(x.sum);
  if (i->second.squares_from.size() == now->working_nodes.size())
    scale_gradients(x.head, i->second.squares);
}

void engine_state::scale_gradients(const header& head,
                                   const exact_sum& squares) {
  auto scale = scale_of(squares.value(),
                        now->what->training.optimizer.clip_norm);
  ask_all<apply_update>({now->what->run, head.step, scale},
                        [this](const caf::error& why) {
                          if (why)
                            end_run(why);
                        });
}

} // namespace ganglion
