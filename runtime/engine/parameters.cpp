// How an engine reads and writes parameters: slice by slice, from the groups
// that own them, with the network at rest.
#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "metadata/caf_compat.hpp"
#include "metadata/error.hpp"
#include "runtime/engine/state.hpp"

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

caf::error not_of_one_layer(neuron_range range) {
  return make_failure(
    errc::not_found,
    {fmt::format("{} are not neurons with weights of one layer, or the "
                 "parameters are not theirs",
                 to_string(range)),
     {range},
     {},
     {}});
}

/// Parameters of some neurons of one layer, slice by slice.
class row_collection {
public:
  row_collection(neuron_range range, std::uint64_t columns)
    : range_(range), columns_(columns) {
    // nop
  }

  void add(const parameter_slice& x) {
    auto row = x.range.first - range_.first;
    arrays_.resize(1 + x.state.size());
    for (auto& array : arrays_)
      if (array.size() == 0)
        array = matrix{range_.count, columns_};
    copy_rows(arrays_.front(), row, x.weights);
    for (std::size_t i = 0; i < x.state.size(); ++i)
      copy_rows(arrays_[i + 1], row, x.state[i]);
  }

  parameters finish() {
    parameters result{range_, std::move(arrays_.front()).freeze(), {}};
    for (std::size_t i = 1; i < arrays_.size(); ++i)
      result.state.push_back(std::move(arrays_[i]).freeze());
    return result;
  }

private:
  neuron_range range_;
  std::uint64_t columns_;
  std::vector<matrix> arrays_;
};

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
void engine_state::collect(run_id run, std::vector<neuron_range> ranges,
                           std::function<void(const Answer&)> take,
                           std::function<void(const caf::error&)> finish) {
  if (run != deployment.run || !routes)
    return finish(make_failure(errc::cancelled, "the run was stopped"));
  if (ranges.empty()) {
    finish({});
    return query_done();
  }
  auto next = ranges.front();
  ranges.erase(ranges.begin());
  auto group = routes->find(next.first);
  request_from(self, group->handle, slice_limit, Request{run, steps, next})
    .then(
      [=, this](const Answer& x) mutable {
        take(x);
        collect<Request, Answer>(run, std::move(ranges), std::move(take),
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
      deployment.run, slices({0, net.neuron_count()}),
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
      answer.deliver(not_of_one_layer(x.range));
      return query_done();
    }
    auto rows = std::make_shared<row_collection>(
      x.range, net.parameters_per_neuron(*owner));
    collect<fetch, parameter_slice>(
      deployment.run, slices(x.range),
      [rows](const parameter_slice& y) { rows->add(y); },
      [=](const caf::error& why) mutable {
        if (why)
          answer.deliver(why);
        else
          answer.deliver(rows->finish());
      });
  });
}

engine_state::promise<stored> engine_state::on_put(put_parameters& x) {
  auto values = std::move(x.values);
  return enqueue_query<stored>([this, values](promise<stored> answer) {
    auto requests = store_requests(values);
    auto missing = std::make_shared<std::size_t>(requests.size());
    if (requests.empty()) {
      answer.deliver(not_of_one_layer(values.range));
      return query_done();
    }
    auto done = [=, this]() mutable {
      if (--*missing > 0)
        return;
      answer.deliver(stored{values.range}); // an error may have come first
      query_done();
    };
    for (auto& request : requests)
      request_from(self, routes->find(request.slice.range.first)->handle,
                   slice_limit, std::move(request))
        .then([=](const stored&) mutable { done(); },
              [=](const caf::error& why) mutable {
                answer.deliver(why);
                done();
              });
  });
}

engine_state::promise<kept_outputs> engine_state::on_outputs_of(get_outputs x) {
  return enqueue_query<kept_outputs>([this, x](promise<kept_outputs> answer) {
    auto owner = net.layer_of(x.range.first);
    if (!owner || x.range.empty() || !net.range_of(*owner).contains(x.range)
        || net.parameters_per_neuron(*owner) == 0) {
      answer.deliver(not_of_one_layer(x.range));
      return query_done();
    }
    auto values = net.at(*owner).values;
    auto all = std::make_shared<matrix>();
    collect<fetch_outputs, output_slice>(
      deployment.run, slices(x.range),
      [=](const output_slice& y) {
        if (all->size() == 0)
          *all = matrix{y.values.rows(), x.range.count * values};
        all->assign_columns((y.range.first - x.range.first) * values, y.values);
      },
      [=](const caf::error& why) mutable {
        if (why)
          answer.deliver(why);
        else
          answer.deliver(kept_outputs{x.range, std::move(*all).freeze()});
      });
  });
}

std::vector<store>
engine_state::store_requests(const parameters& values) const {
  auto fits = [&](const tensor& y) { return y.rows() == values.range.count; };
  if (!fits(values.weights)
      || !std::all_of(values.state.begin(), values.state.end(), fits))
    return {};
  std::vector<store> result;
  for (auto range : slices(values.range)) {
    auto rows = [&](const tensor& y) {
      return y.rows(range.first - values.range.first, range.count);
    };
    store x{{deployment.run, steps, range, rows(values.weights), {}}};
    for (const auto& array : values.state)
      x.slice.state.push_back(rows(array));
    result.push_back(std::move(x));
  }
  return result;
}

} // namespace ganglion
