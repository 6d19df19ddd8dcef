#include <cmath>

#include <doctest/doctest.h>

#include "runtime/training/confusion.hpp"

using namespace ganglion;

namespace {

dataset labelled(const std::vector<float>& labels, std::uint64_t classes) {
  dataset result;
  result.labels = tensor::copy_of(labels, labels.size(), 1);
  result.classes = classes;
  return result;
}

} // namespace

TEST_CASE("what is counted gives precision, recall and F1 of each class") {
  auto data = labelled({0, 0, 0, 1, 1, 2}, 4);
  // The last is no class of the data.
  std::vector<std::uint32_t> predictions{0, 1, 1, 1, 1, 7};
  confusion x{data, predictions};
  CHECK(x.count(0, 0) == 1);
  CHECK(x.count(0, 1) == 2);
  CHECK(x.count(2, 2) == 0);
  auto one = x.of(1);
  CHECK(one.samples == 2);
  CHECK(one.predicted == 4);
  CHECK(one.precision() == 0.5);
  CHECK(one.recall() == 1);
  CHECK(one.f1() == doctest::Approx(2.0 / 3));
  auto two = x.of(2);
  CHECK(two.recall() == 0);
  CHECK(std::isnan(two.precision()));
  CHECK(std::isnan(x.of(3).recall()));
}

TEST_CASE("the classes that were mistaken most often come first") {
  auto data = labelled({0, 0, 0, 1, 2, 2}, 3);
  std::vector<std::uint32_t> predictions{1, 2, 2, 1, 0, 0};
  auto found = confusion{data, predictions}.mistakes(2);
  REQUIRE(found.size() == 2);
  CHECK(found[0].truth == 0);
  CHECK(found[0].predicted == 2);
  CHECK(found[0].samples == 2);
  CHECK(found[1].truth == 2);
}
