// All that programs need that embed Ganglion: <ganglion/ganglion.hpp>. These
// headers, and those that they include, are public and installed; the others
// are the project's own. docs/TUTORIAL.md shows how to use them.
#pragma once

// What is computed, and who takes part: plain data.
#include "metadata/error.hpp"
#include "metadata/network/network.hpp"
#include "metadata/placement/cluster_view.hpp"
#include "metadata/placement/placement.hpp"
#include "metadata/training/training_options.hpp"
#include "metadata/values/tensor.hpp"

// Which neuron lives where, and what that costs: pure functions.
#include "distributor/distribute.hpp"
#include "distributor/plan.hpp"

// Networks of neurons that are wired one by one.
#include "runtime/data/edge_file.hpp"

// The actor system of a host, nodes, and the engine that uses them.
#include "runtime/engine/engine.hpp"
#include "runtime/hosting/cluster.hpp"
#include "runtime/hosting/hosted_node.hpp"
#include "runtime/hosting/system.hpp"

// Data sets, and training with them.
#include "runtime/data/csv.hpp"
#include "runtime/data/generate.hpp"
#include "runtime/data/idx.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/training/trainer.hpp"

// Models in a directory.
#include "runtime/model_store/files/posix_files.hpp"
#include "runtime/model_store/store/model_reader.hpp"
#include "runtime/model_store/store/model_writer.hpp"
#include "runtime/training/commits.hpp"

// Asking from where there is no actor; CAF 0.18 and 1.x in the same code.
#include "metadata/caf_compat.hpp"
#include "runtime/ask.hpp"
#include "runtime/training/evaluate.hpp"
