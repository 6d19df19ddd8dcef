// Messages about a model on a share: what a program asks of an engine, and what
// the engine asks of its nodes. Parameters are in none of them: each node reads
// and writes those of its own neurons. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/error.hpp"
#include "metadata/fields.hpp"
#include "metadata/messages/shard_entry.hpp"
#include "metadata/training/commit_id.hpp"

namespace ganglion {

/// Where a model is, and which one it is.
struct model_place {
  /// As the nodes see it.
  std::string path;
  /// fingerprint(network).
  std::string network_hash;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"path", self.path},
                 field{"network_hash", self.network_hash});
  }
};

// -- requests to an engine ----------------------------------------------------

/// Tells all nodes where to write what training steps keep. Answered by
/// `model_opened`. Errors, naming node and path: those of open_store.
struct open_model {
  model_place model;
  /// Of the writer that will commit.
  std::uint64_t fence = 0;
  /// Whether a step is kept whose weights are not finite: else asking for its
  /// shards fails, as diverged.
  bool any_values = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"model", self.model}, field{"fence", self.fence},
                 field{"any_values", self.any_values});
  }
};

struct model_opened {
  std::uint64_t nodes = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"nodes", self.nodes});
  }
};

/// Has the nodes write the weights as they are, with the network at rest, to
/// the model that open_model named; no training step is needed. Answered by
/// `weights_kept`; the shards are to be had as those of a step. Errors:
/// bad_argument without a model, busy where the step is being kept already.
struct keep_weights {
  template <class Self, class Visit>
  static decltype(auto) fields(Self&, Visit&& visit) {
    return visit();
  }
};

struct weights_kept {
  /// Updates that the weights have seen.
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step});
  }
};

/// Asks for the shards of a training step with `keep`, once all nodes have
/// written theirs. Answered by `kept_shards`, once per step. Errors: not_found
/// for a step that was not kept, those of writing a shard, those of the run.
struct get_shards {
  /// Updates that the weights have seen.
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step});
  }
};

struct kept_shards {
  std::uint64_t step = 0;
  std::vector<shard_entry> shards;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"step", self.step}, field{"shards", self.shards});
  }
};

/// Has all nodes read the parameters of their neurons, with the network at
/// rest; the next training step is the one after the commit's. Answered by
/// `commit_loaded`. After an error, which names node and file, the weights are
/// a mixture, and nothing is computed with them until a commit is loaded.
struct load_commit {
  model_place model;
  commit_id commit;
  /// For those who only ask: the optimizer's arrays are not read, and are as at
  /// the start.
  bool weights_only = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"model", self.model}, field{"commit", self.commit},
                 field{"weights_only", self.weights_only});
  }
};

struct commit_loaded {
  commit_id commit;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"commit", self.commit});
  }
};

// -- requests from an engine to a node, and a report --------------------------

/// See open_model. Answered by `store_opened`. Errors: not_found where the node
/// sees no such model, or not this one; system where it cannot write to it.
struct open_store {
  std::uint64_t run = 0;
  model_place model;
  std::uint64_t fence = 0;
  /// See open_model.
  bool any_values = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"model", self.model},
                 field{"fence", self.fence},
                 field{"any_values", self.any_values});
  }
};

struct store_opened {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

/// See load_commit. Answered by `shards_loaded`.
struct load_shards {
  std::uint64_t run = 0;
  model_place model;
  commit_id commit;
  bool weights_only = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"model", self.model},
                 field{"commit", self.commit},
                 field{"weights_only", self.weights_only});
  }
};

struct shards_loaded {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

/// See keep_weights. Answered by `step_kept`, before anything is written; the
/// node hands it on to its groups.
struct keep_step {
  std::uint64_t run = 0;
  std::uint64_t step = 0;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step});
  }
};

struct step_kept {
  std::string node;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"node", self.node});
  }
};

/// From a node to the engine: all its groups' parameters after `step` updates
/// are on the share, or cannot be written.
struct shards_written {
  std::uint64_t run = 0;
  std::uint64_t step = 0;
  /// The node's place in the cluster view.
  std::uint32_t node = 0;
  std::vector<shard_entry> shards;
  /// Without a text where all is well.
  error_details failure;
  /// Whether it failed because of weights that are not finite.
  bool diverged = false;

  template <class Self, class Visit>
  static decltype(auto) fields(Self& self, Visit&& visit) {
    return visit(field{"run", self.run}, field{"step", self.step},
                 field{"node", self.node}, field{"shards", self.shards},
                 field{"failure", self.failure},
                 field{"diverged", self.diverged});
  }
};

} // namespace ganglion
