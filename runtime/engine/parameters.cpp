// How an engine reads and writes parameters: slice by slice, from the groups
// that own them, with the network at rest.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "metadata/error.hpp"
#include "metadata/messages/checks.hpp"
#include "runtime/engine/ask.hpp"
#include "runtime/engine/collected.hpp"

namespace ganglion {

namespace {

void append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& x) {
  to.insert(to.end(), x.begin(), x.end());
}

} // namespace

void engine_state::query_done() {
  now->query.reset();
  admit();
}

std::vector<neuron_range>
engine_state::slices(neuron_range range,
                     std::uint64_t (*most)(const network&, layer_id)) const {
  std::vector<neuron_range> result;
  const auto& net = now->net();
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    if (net.is_given(id))
      continue;
    auto step = most(net, id);
    for (const auto& group : now->routes->groups_of(id)) {
      auto left = intersection(group.range, range);
      while (!left.empty()) {
        auto count = std::min(step, left.count);
        result.push_back({left.first, count});
        left = range_between(left.first + count, left.end());
      }
    }
  }
  return result;
}

/// What is asked for slice by slice: `take` gets each answer, in order,
/// `finish` an error or none at the end.
template <class Request>
struct engine_state::collection {
  std::vector<neuron_range> ranges;
  std::function<void(const answer_to<Request>&)> take;
  std::function<void(const caf::error&)> finish;
  std::size_t next = 0;
};

template <class Request>
void engine_state::collect(std::shared_ptr<collection<Request>> all) {
  if (all->next == all->ranges.size()) {
    all->finish({});
    return query_done();
  }
  auto range = all->ranges[all->next++];
  ask<Request>(
    *now->what->where.node_of(range.first), {now->what->run, now->steps, range},
    [=, this](const answer_to<Request>& x) {
      all->take(x);
      collect<Request>(all);
    },
    [=, this](const caf::error& why) {
      all->finish(why);
      query_done();
    });
}

engine_state::promise<weight_digests> engine_state::on_digests() {
  return enqueue_query<weight_digests>([this](promise<weight_digests> answer) {
    auto result = std::make_shared<weight_digests>();
    result->step = now->steps;
    auto all = std::make_shared<collection<fetch_digests>>();
    all->ranges = slices({0, now->net().neuron_count()}, neurons_per_slice);
    all->take = [=](const digests& x) {
      append(result->weights, x.weights);
      append(result->state, x.state);
    };
    all->finish = [=](const caf::error& why) mutable {
      if (why)
        answer.deliver(why);
      else
        answer.deliver(*result);
    };
    collect(std::move(all));
  });
}

void engine_state::add_part(not_finite_neurons& to, neuron_range range) const {
  const auto& net = now->net();
  placed_neurons x{range, net.at(*net.layer_of(range.first)).name,
                   cluster.nodes[*now->what->where.node_of(range.first)].name};
  auto last = to.parts.empty() ? nullptr : &to.parts.back();
  if (last && last->neurons.end() == range.first && last->layer == x.layer
      && last->node == x.node)
    last->neurons.count += range.count;
  else
    to.parts.push_back(std::move(x));
}

engine_state::promise<not_finite_neurons> engine_state::on_not_finite() {
  return enqueue_query<not_finite_neurons>(
    [this](promise<not_finite_neurons> answer) {
      auto result = std::make_shared<not_finite_neurons>();
      result->step = now->steps;
      auto all = std::make_shared<collection<fetch_not_finite>>();
      all->ranges = slices({0, now->net().neuron_count()}, neurons_per_slice);
      all->take = [=, this](const not_finite& x) {
        for (auto range : x.neurons)
          add_part(*result, range);
      };
      all->finish = [=](const caf::error& why) mutable {
        if (why)
          answer.deliver(why);
        else
          answer.deliver(*result);
      };
      collect(std::move(all));
    });
}

engine_state::promise<parameters> engine_state::on_get(get_parameters x) {
  return enqueue_query<parameters>([this, x](promise<parameters> answer) {
    auto owner = layer_with_all(x.range, now->net());
    if (!owner) {
      answer.deliver(owner.error());
      return query_done();
    }
    auto rows = std::make_shared<row_collection>(
      x.range, now->net().parameters_per_neuron(*owner));
    auto all = std::make_shared<collection<fetch>>();
    all->ranges = slices(x.range, neurons_per_slice);
    all->take = [rows](const parameter_slice& y) { rows->add(y); };
    all->finish = [=, this](const caf::error& why) mutable {
      if (why)
        answer.deliver(why);
      else
        answer.deliver(rows->finish(now->steps));
    };
    collect(std::move(all));
  });
}

engine_state::promise<neuron_location>
engine_state::on_locate(locate_neuron x) {
  // In its turn, since neurons may move before.
  return enqueue_query<neuron_location>(
    [this, x](promise<neuron_location> answer) {
      if (auto found = now->routes->locate(x.neuron))
        answer.deliver(std::move(*found));
      else
        answer.deliver(found.error());
      query_done();
    },
    true);
}

engine_state::promise<kept_outputs> engine_state::on_outputs_of(get_outputs x) {
  return enqueue_query<kept_outputs>([this, x](promise<kept_outputs> answer) {
    auto owner = layer_with_all(x.range, now->net());
    if (!owner) {
      answer.deliver(owner.error());
      return query_done();
    }
    auto found = std::make_shared<output_collection>(
      x.range, now->net().at(*owner).values);
    auto all = std::make_shared<collection<fetch_outputs>>();
    all->ranges = slices(x.range, neurons_per_output_slice);
    all->take = [found](const output_slice& y) { found->add(y); };
    all->finish = [=](const caf::error& why) mutable {
      if (why || found->odd())
        answer.deliver(why ? why : found->odd());
      else
        answer.deliver(found->finish());
    };
    collect(std::move(all));
  });
}

engine_state::promise<stored> engine_state::on_put(put_parameters& x) {
  forget_conversations();
  auto values = std::move(x.values);
  return enqueue_query<stored>([this, values](promise<stored> answer) {
    auto requests = store_requests(values);
    if (!requests) {
      answer.deliver(requests.error());
      return query_done();
    }
    put_next(std::make_shared<std::vector<store>>(std::move(*requests)),
             values.range, answer);
  });
}

void engine_state::renew_rows(std::function<void()> done) {
  ++now->revision;
  auto renewed = [done, this](const caf::error& why) {
    // Some have it and some have not: there is no way on.
    why ? end_run(why) : done();
  };
  const auto& net = now->net();
  for (layer_id id = 0; id < net.layers().size(); ++id)
    if (net.stands(id))
      return ask_all<yield_rows>({now->what->run, now->revision},
                                 std::move(renewed));
  done();
}

void engine_state::put_next(std::shared_ptr<std::vector<store>> left,
                            neuron_range all, promise<stored> answer) {
  if (left->empty())
    return renew_rows([=, this]() mutable {
      answer.deliver(stored{all});
      query_done();
    });
  auto next = std::move(left->back());
  left->pop_back();
  ask<store>(
    *now->what->where.node_of(next.slice.range.first), next,
    [=, this](const stored&) { put_next(left, all, answer); },
    [=, this](const caf::error& why) {
      // Some of them may be there.
      renew_rows([=, this]() mutable {
        answer.deliver(why);
        query_done();
      });
    });
}

caf::expected<std::vector<store>>
engine_state::store_requests(const parameters& values) const {
  if (auto owner = layer_with_all(values.range, now->net()); !owner)
    return owner.error();
  auto fits = [&](const tensor& y) { return y.rows() == values.range.count; };
  if (!fits(values.weights)
      || !std::all_of(values.state.begin(), values.state.end(), fits))
    return make_failure(errc::bad_model,
                        {fmt::format("parameters for neurons {} with another "
                                     "number of rows than neurons",
                                     to_string(values.range)),
                         {values.range},
                         {},
                         {}});
  std::vector<store> result;
  for (auto range : slices(values.range, neurons_per_slice)) {
    auto rows = [&](const tensor& y) {
      return y.rows(range.first - values.range.first, range.count);
    };
    store x{{now->what->run, now->steps, range, rows(values.weights), {}}};
    for (const auto& array : values.state)
      x.slice.state.push_back(rows(array));
    result.push_back(std::move(x));
  }
  return result;
}

} // namespace ganglion
