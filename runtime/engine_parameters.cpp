// How an engine reads and writes parameters: slice by slice, from the groups
// that own them, with the network at rest.
#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine_state.hpp"

namespace ganglion {

namespace {

constexpr auto slice_limit = std::chrono::seconds{30};

/// Bytes of parameters per slice, unless one neuron has more.
constexpr std::uint64_t slice_size = std::uint64_t{1} << 20;

void append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& x) {
  to.insert(to.end(), x.begin(), x.end());
}

void copy_rows(matrix& to, std::uint64_t first_row, const tensor& from) {
  for (std::size_t r = 0; r < from.rows(); ++r)
    std::copy_n(from.row(r).data(), from.columns(),
                to.row(first_row + r).data());
}

} // namespace

void engine_state::query_done() {
  query_runs = false;
  admit();
}

std::vector<neuron_range> engine_state::slices(neuron_range range) const {
  std::vector<neuron_range> result;
  for (layer_id id = 0; id < net.layers().size(); ++id) {
    auto per_neuron = net.parameters_per_neuron(id) * sizeof(float);
    if (per_neuron == 0)
      continue;
    auto step = std::max<std::uint64_t>(slice_size / per_neuron, 1);
    for (const auto& group : routes->groups_of(id)) {
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

/// Asks for slice after slice: `take` gets each answer, in order, `finish` an
/// error or none at the end.
template <class Request, class Answer>
void engine_state::collect(std::vector<neuron_range> ranges,
                           std::function<void(const Answer&)> take,
                           std::function<void(const caf::error&)> finish) {
  if (failure || ranges.empty()) {
    finish(failure);
    query_done();
    return;
  }
  auto next = ranges.front();
  ranges.erase(ranges.begin());
  auto group = routes->find(next.first);
  Request request{deployment.run, steps, next};
  request_from(self, group->handle, slice_limit, std::move(request))
    .then(
      [=, this](const Answer& x) mutable {
        take(x);
        collect<Request, Answer>(std::move(ranges), std::move(take),
                                 std::move(finish));
      },
      [=, this](const caf::error& why) {
        finish(why);
        query_done();
      });
}

engine_state::promise<weight_digests> engine_state::on_digests() {
  return enqueue_query<weight_digests>([this](promise<weight_digests> answer) {
    auto result = std::make_shared<weight_digests>();
    result->step = steps;
    collect<fetch_digests, digests>(
      slices({0, net.neuron_count()}),
      [=](const digests& x) {
        append(result->weights, x.weights);
        append(result->state, x.state);
      },
      [=](const caf::error& why) mutable {
        if (why)
          answer.deliver(why);
        else
          answer.deliver(*result);
      });
  });
}

engine_state::promise<parameters> engine_state::on_get(get_parameters x) {
  return enqueue_query<parameters>([this, x](promise<parameters> answer) {
    auto owner = net.layer_of(x.range.first);
    if (!owner || x.range.empty() || !net.range_of(*owner).contains(x.range)
        || net.parameters_per_neuron(*owner) == 0) {
      answer.deliver(make_failure(
        errc::not_found, {fmt::format("{} are not neurons with weights of one "
                                      "layer",
                                      to_string(x.range)),
                          {x.range},
                          {},
                          {}}));
      query_done();
      return;
    }
    auto columns = net.parameters_per_neuron(*owner);
    auto arrays = std::make_shared<std::vector<matrix>>();
    auto take = [=](const parameter_slice& y) {
      arrays->resize(1 + y.state.size());
      for (auto& array : *arrays)
        if (array.size() == 0)
          array = matrix{x.range.count, columns};
      auto row = y.range.first - x.range.first;
      copy_rows(arrays->front(), row, y.weights);
      for (std::size_t i = 0; i < y.state.size(); ++i)
        copy_rows((*arrays)[i + 1], row, y.state[i]);
    };
    auto finish = [=](const caf::error& why) mutable {
      if (why)
        return answer.deliver(why);
      parameters result{x.range, std::move(arrays->front()).freeze(), {}};
      for (std::size_t i = 1; i < arrays->size(); ++i)
        result.state.push_back(std::move((*arrays)[i]).freeze());
      answer.deliver(std::move(result));
    };
    collect<fetch, parameter_slice>(slices(x.range), take, finish);
  });
}

engine_state::promise<stored> engine_state::on_put(put_parameters& x) {
  auto values = std::move(x.values);
  return enqueue_query<stored>([this, values](promise<stored> answer) {
    auto ranges = slices(values.range);
    auto missing = std::make_shared<std::size_t>(ranges.size());
    auto rows = [&](const tensor& y, neuron_range range) {
      return y.rows(range.first - values.range.first, range.count);
    };
    auto fits = [&](const tensor& y) { return y.rows() == values.range.count; };
    if (ranges.empty() || !fits(values.weights)
        || !std::all_of(values.state.begin(), values.state.end(), fits)) {
      answer.deliver(make_failure(errc::bad_model,
                                  {fmt::format("parameters that are not those "
                                               "of neurons {}",
                                               to_string(values.range)),
                                   {values.range},
                                   {},
                                   {}}));
      return query_done();
    }
    auto done = [=, this]() mutable {
      if (--*missing > 0)
        return;
      answer.deliver(stored{values.range}); // an error may have come first
      query_done();
    };
    for (auto range : ranges) {
      store request{
        {deployment.run, steps, range, rows(values.weights, range), {}}};
      for (const auto& array : values.state)
        request.slice.state.push_back(rows(array, range));
      request_from(self, routes->find(range.first)->handle, slice_limit,
                   std::move(request))
        .then([=](const stored&) mutable { done(); },
              [=](const caf::error& why) mutable {
                answer.deliver(why);
                done();
              });
    }
  });
}

} // namespace ganglion
