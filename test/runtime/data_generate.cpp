#include "runtime/data/generate.hpp"

#include <limits>

#include "metadata/values/sha256.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

std::string digest(const tensor& x) {
  auto values = x.to_vector();
  return to_hex(sha256(std::as_bytes(std::span{values})));
}

std::string generate_error(generate_sizes sizes) {
  return text_of(generate(sizes, 1));
}

/// Mean of the training samples of each class.
std::vector<std::vector<double>> means_of(const dataset& data) {
  std::vector<std::vector<double>> result(
    data.classes, std::vector<double>(data.samples.columns()));
  std::vector<double> counts(data.classes);
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto label = static_cast<std::size_t>(data.labels.row(i)[0]);
    ++counts[label];
    for (std::size_t k = 0; k < result[label].size(); ++k)
      result[label][k] += data.samples.row(i)[k];
  }
  for (std::size_t c = 0; c < result.size(); ++c)
    for (auto& x : result[c])
      x /= counts[c];
  return result;
}

std::size_t nearest(const std::vector<std::vector<double>>& means,
                    std::span<const float> sample) {
  std::size_t result = 0;
  auto least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < means.size(); ++c) {
    double distance = 0;
    for (std::size_t k = 0; k < sample.size(); ++k)
      distance += (sample[k] - means[c][k]) * (sample[k] - means[c][k]);
    if (distance < least) {
      least = distance;
      result = c;
    }
  }
  return result;
}

} // namespace

TEST_CASE("generated data has the shape that was asked for") {
  auto data = generate({103, 7, 4}, 1);
  REQUIRE(text_of(data) == "no error");
  REQUIRE(data->test.has_value());
  CHECK(!data->validation);
  CHECK(data->train.name == "generate:103x7x4");
  CHECK(data->test->name == "generate:103x7x4 (test)");
  CHECK(data->train.size() == 103);
  CHECK(data->test->size() == 20);
  for (const auto* part : {&data->train, &*data->test}) {
    CHECK(part->samples.columns() == 7);
    CHECK(part->classes == 4);
    for (std::size_t i = 0; i < part->size(); ++i)
      CHECK(part->labels.row(i)[0] == static_cast<float>(i % 4));
    for (auto x : part->samples.to_vector())
      CHECK((x >= -2.0f && x < 2.0f));
  }
}

TEST_CASE("the smallest set has one sample in each part") {
  auto data = generate({1, 1, 2}, 1);
  REQUIRE(text_of(data) == "no error");
  CHECK(data->train.size() == 1);
  CHECK(data->test->size() == 1);
  CHECK(data->train.samples != data->test->samples);
}

TEST_CASE("generated bits are the same on every machine") {
  auto data = generate({100, 20, 3}, 42);
  REQUIRE(text_of(data) == "no error");
  CHECK(digest(data->train.samples)
        == "276ea3ae957f181bcef34b8eb71799c3180b4f0e77f31806ca4c7da82164bf93");
  CHECK(digest(data->test->samples)
        == "9c7de8b061ec1ba9313ea56c7015571d394484f1f6a8138c150ed914efe5b560");
}

TEST_CASE("another seed gives other samples and the same one the same") {
  auto a = generate({50, 4, 2}, 1);
  auto b = generate({50, 4, 2}, 2);
  auto c = generate({50, 4, 2}, std::uint64_t{1} << 32 | 1);
  CHECK(a->train.samples == generate({50, 4, 2}, 1)->train.samples);
  CHECK(a->train.samples != b->train.samples);
  CHECK(a->train.samples != c->train.samples);
}

TEST_CASE("more samples leave those before them alone") {
  auto few = generate({50, 4, 3}, 1);
  auto many = generate({80, 4, 3}, 1);
  CHECK(few->train.samples == many->train.samples.rows(0, 50));
}

TEST_CASE("the classes of the test can be learned from the training part") {
  for (std::uint64_t seed : {1, 2, 3}) {
    auto data = generate({1000, 20, 10}, seed);
    REQUIRE(text_of(data) == "no error");
    auto means = means_of(data->train);
    std::size_t right = 0;
    for (std::size_t i = 0; i < data->test->size(); ++i)
      right += nearest(means, data->test->samples.row(i)) == i % 10;
    CHECK(right >= 195);
  }
}

TEST_CASE("sizes are parsed strictly") {
  auto sizes = parse_sizes("1000x20x3");
  REQUIRE(text_of(sizes) == "no error");
  CHECK(sizes->samples == 1000);
  CHECK(sizes->features == 20);
  CHECK(sizes->classes == 3);
  for (std::string text :
       {"", "1000", "1000x20", "1000x20x", "1000x20x3x", "x20x3", "1000X20X3",
        "1000 x20x3", "-1x20x3", "99999999999999999999x1x2", "1000x20x3 "})
    CHECK(text_of(parse_sizes(text))
          == "'" + text
               + "' is no SAMPLESxFEATURESxCLASSES: write generate:1000x20x3");
}

TEST_CASE("sizes that make no sense are refused") {
  CHECK(generate_error({0, 20, 3})
        == "cannot generate 0x20x3 (samples x features x classes): use at "
           "least 1 sample");
  CHECK(generate_error({10, 0, 3})
        == "cannot generate 10x0x3 (samples x features x classes): use at "
           "least 1 feature");
  CHECK(generate_error({10, 20, 1})
        == "cannot generate 10x20x1 (samples x features x classes): use 2 to "
           "65536 classes");
  CHECK(generate_error({10, 20, 65537})
        == "cannot generate 10x20x65537 (samples x features x classes): use 2 "
           "to 65536 classes");
  CHECK(generate_error({4'294'967'296, 1, 2})
        == "cannot generate 4294967296x1x2 (samples x features x classes): "
           "that is more than 4294967296 values for training and test: use "
           "fewer samples or features");
  auto most = std::numeric_limits<std::uint64_t>::max();
  CHECK(generate_error({most, most, 2}).find("more than 4294967296 values")
        != std::string::npos);
  CHECK(generate_error({1, most, 2}).find("more than 4294967296 values")
        != std::string::npos);
}
