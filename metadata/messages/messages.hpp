// All messages between actors, and the block of CAF type IDs that names them.
// Data (data_messages.hpp) flows without a reply; requests (requests.hpp) are
// answered, or fail; local messages never leave a process.
#pragma once

#include <caf/type_id.hpp>
#include <caf/unit.hpp>

#include "metadata/error.hpp"
#include "metadata/messages/data_messages.hpp"
#include "metadata/messages/engine_messages.hpp"
#include "metadata/messages/generation_messages.hpp"
#include "metadata/messages/local_messages.hpp"
#include "metadata/messages/requests.hpp"
#include "metadata/placement/cluster_view.hpp"

#define GANGLION_REQUEST_ID(request, answer, ...)                              \
  CAF_ADD_TYPE_ID(ganglion, (ganglion::request))                               \
  CAF_ADD_TYPE_ID(ganglion, (ganglion::answer))
#define GANGLION_REPORT_ID(report, ...)                                        \
  CAF_ADD_TYPE_ID(ganglion, (ganglion::report))

CAF_BEGIN_TYPE_ID_BLOCK(ganglion, GANGLION_FIRST_TYPE_ID)
  CAF_ADD_TYPE_ID(ganglion, (ganglion::errc))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::error_details))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::neuron_range))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::tensor))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::network))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::placement))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::cluster_view))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::training_options))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::header))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::activation))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::tick_values))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::gradient))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::targets))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::model_place))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::commit_id))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::shard_entry))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::open_model))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::model_opened))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_shards))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::kept_shards))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::load_commit))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::commit_loaded))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::connect))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deploy_network))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deployment_info))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::train_step))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::step_report))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::infer))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::inference))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::weight_digests))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_not_finite))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::placed_neurons))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::not_finite_neurons))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::put_parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::parameters))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_traffic))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::traffic_summary))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::stop))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::rearrange))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::rearranged))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::set_rate))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::rate_set))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::set_step))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::step_set))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::get_outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::kept_outputs))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::locate_neuron))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::neuron_location))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::keep_weights))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::weights_kept))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::generate_tokens))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::generated))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::token_chosen))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::tokens_read))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::stop_generating))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::score_tokens))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::token_scores))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::surround))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::group_ready))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::group_squares))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::part_failed))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::ask_progress))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::part_progress))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::await_row))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::row_came))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::look_around))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::dial))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::visit))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::leave))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::link_up))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::link_down))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::attach))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::start))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::control_arrived))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::connection_ended))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::deploy_timeout))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::open_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::close_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::load_local))
  CAF_ADD_TYPE_ID(ganglion, (ganglion::snapshot))
  // What crosses links: see metadata/messages/requests.hpp.
  GANGLION_REQUESTS(GANGLION_REQUEST_ID)
  GANGLION_REPORTS(GANGLION_REPORT_ID)
CAF_END_TYPE_ID_BLOCK(ganglion)

#undef GANGLION_REQUEST_ID
#undef GANGLION_REPORT_ID
