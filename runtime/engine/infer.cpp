// How an engine asks the network, and what it is shown on the way.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/layers/row_layout.hpp"
#include "metadata/messages/checks.hpp"
#include "metadata/values/not_finite.hpp"
#include "runtime/engine/state.hpp"

namespace ganglion {

namespace {

caf::error unwatched(const layer& x, std::string_view why) {
  return make_failure(
    errc::bad_argument,
    {fmt::format("layer '{}' {}", x.name, why), {}, {x.name}, {}});
}

} // namespace

/// Where rows are of sequences, they go on from what was read before.
caf::error engine_state::take_rows(const tensor& samples, bool training,
                                   std::uint64_t conversations_below) {
  if (!limits_of(now->net()))
    return {};
  auto rows = samples.rows();
  auto parts = training ? parts_of(samples)
                        : (rows + inference_rows - 1) / inference_rows;
  std::vector<std::uint64_t> starts;
  for (std::uint32_t part = 0; part < parts; ++part)
    starts.push_back(training ? part_begin(rows, parts, part)
                              : part * inference_rows);
  return now->conversations.take(now->net(), samples, training, starts,
                                 conversations_below);
}

engine_state::promise<inference> engine_state::on_infer(infer& x) {
  // Texts that it goes on with, it asks itself about. Known until there is a
  // promise, which takes the sender along.
  auto own = self->current_sender().get() == self->ctrl();
  auto answer = self->make_response_promise<inference>();
  inference_job what;
  auto err = check_infer(x, what);
  if (!err)
    err = take_rows(x.samples, false,
                    own ? most_conversations : first_own_conversation);
  if (err) {
    answer.deliver(std::move(err));
    return answer;
  }
  auto next = std::make_shared<job>();
  auto rows = x.samples.rows();
  next->parts = static_cast<std::uint32_t>((rows + inference_rows - 1)
                                           / inference_rows);
  what.results = matrix{rows,
                        now->net().answer_width(*output_layer(now->net()))};
  what.samples = std::move(x.samples);
  what.answer = answer;
  what.keep = x.keep;
  what.ticks = x.ticks;
  next->what = std::move(what);
  enqueue(std::move(next));
  return answer;
}

/// Also which layers it watches.
caf::error engine_state::check_infer(const infer& x, inference_job& out) const {
  if (auto err = not_usable())
    return err;
  if (auto err = check_samples(x.samples))
    return err;
  auto rows = x.samples.rows();
  if (auto err = check_rows(std::min<std::uint64_t>(rows, inference_rows),
                            "ask about fewer at a time"))
    return err;
  if (auto err = check_ticks(x))
    return err;
  if (auto err = watch_layers(x, out))
    return err;
  if (!x.keep || rows <= inference_rows)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("outputs are kept for {} samples at most, "
                                  "not for {}: ask about fewer at a time",
                                  inference_rows, rows));
}

caf::error engine_state::check_ticks(const infer& x) const {
  if (x.ticks > max_ticks)
    return make_failure(
      errc::bad_argument,
      fmt::format("{} ticks: at most {} are possible", x.ticks, max_ticks));
  const auto& net = now->net();
  std::uint64_t most = 0;
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (net.reads_itself(id))
      most = std::max(most, net.schedule_of(id).ticks);
  auto ticks = most > 0 && x.ticks > 0 ? x.ticks : most;
  if (!x.keep || ticks * x.samples.rows() <= max_kept_rows)
    return {};
  return make_failure(errc::bad_argument,
                      fmt::format("outputs of {} ticks are kept for {} samples "
                                  "at most, not for {}",
                                  ticks, max_kept_rows / ticks,
                                  x.samples.rows()));
}

caf::error engine_state::watch_layers(const infer& x,
                                      inference_job& out) const {
  const auto& net = now->net();
  for (const auto& wanted : x.watch) {
    auto id = net.find(wanted);
    if (!id)
      return id.error();
    auto same = [&](const watched_layer& y) { return y.layer == *id; };
    if (std::any_of(out.watched.begin(), out.watched.end(), same))
      return unwatched(net.at(*id), "is watched twice: name it once");
    if (net.stands(*id))
      return unwatched(net.at(*id),
                       "answers no samples, and cannot be watched: "
                       "its weights are what others read");
    watched_layer next;
    next.layer = *id;
    if (is_shown(*id))
      next.values = matrix{x.samples.rows(), net.width_of(*id)};
    out.watched.push_back(std::move(next));
  }
  return {};
}

bool engine_state::is_shown(layer_id id) const {
  const auto& net = now->net();
  return !net.is_given(id)
         && (id != *output_layer(net)
             || net.answer_width(id) < net.width_of(id));
}

std::vector<layer_id>
engine_state::shown_layers(const inference_job& asked) const {
  std::vector<layer_id> result;
  for (const auto& x : asked.watched)
    if (is_shown(x.layer))
      result.push_back(x.layer);
  return result;
}

std::size_t engine_state::messages_of(const inference_job& asked) const {
  std::size_t result = 1;
  for (auto id : shown_layers(asked))
    result += now->routes->groups_of(id).size();
  return result;
}

/// The network's answers come whole, from the loss; of layers that are watched,
/// each group shows its own.
float* engine_state::place_for(const outputs& x, flow& from) {
  const auto& net = now->net();
  auto& asked = std::get<inference_job>(from.owner->what);
  auto all = net.range_of(x.head.layer);
  auto is_answer = x.head.layer == *output_layer(net) && x.head.range == all
                   && x.values.columns() == asked.results.columns();
  if (is_answer && !std::exchange(from.loss_reported, true))
    return asked.results.row(from.first_row).data();
  auto group = now->routes->find(x.head.range.first);
  if (!is_shown(x.head.layer) || !group || group->range != x.head.range
      || !from.reported.insert(x.head.range.first).second)
    return nullptr;
  auto values = net.at(x.head.layer).values;
  if (x.values.columns() != x.head.range.count * values)
    return nullptr;
  for (auto& y : asked.watched)
    if (y.layer == x.head.layer)
      return y.values.row(from.first_row).data()
             + (x.head.range.first - all.first) * values;
  return nullptr;
}

void engine_state::on_outputs(outputs& x) {
  if (!runs(x.head.run))
    return;
  now->moved = true;
  auto i = now->flows.find(x.head.sequence);
  if (i == now->flows.end())
    return;
  auto asked = std::get_if<inference_job>(&i->second.owner->what);
  auto to = asked && x.values.rows() == i->second.rows ? place_for(x, i->second)
                                                       : nullptr;
  if (!to) {
    auto whole = x.head.range == now->net().range_of(x.head.layer);
    auto from = whole ? loss_node(now->net(), now->what->where)
                      : now->what->where.node_of(x.head.range.first);
    return end_run(broken_by(
      from ? *from : 0, fmt::format("outputs of neurons {} that nobody asked "
                                    "for, or twice",
                                    to_string(x.head.range))));
  }
  auto is_answer = to == asked->results.row(i->second.first_row).data();
  auto width = is_answer ? asked->results.columns()
                         : now->net().width_of(x.head.layer);
  for (std::size_t r = 0; r < x.values.rows(); ++r)
    std::ranges::transform(x.values.row(r), to + r * width, one_nan<float>);
  end_part(x.head.sequence, i->second);
}

void engine_state::answer(inference_job& asked) {
  const auto& net = now->net();
  inference result;
  result.step = now->steps;
  result.outputs = std::move(asked.results).freeze();
  std::uint64_t column = 0;
  std::vector<std::uint64_t> columns(net.layers().size());
  for (auto id : input_layers(net)) {
    columns[id] = column;
    column += net.width_of(id);
  }
  for (auto& x : asked.watched) {
    auto values = result.outputs;
    if (is_shown(x.layer))
      values = std::move(x.values).freeze();
    else if (net.is_given(x.layer))
      values = asked.samples.columns(columns[x.layer], net.width_of(x.layer));
    result.watched.push_back(
      {net.at(x.layer).name, net.range_of(x.layer), std::move(values)});
  }
  asked.answer.deliver(std::move(result));
}

} // namespace ganglion
