#include "runtime/data/load_data.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

using floats = std::vector<float>;

/// Samples 0, 1, 2, ... of one feature, all of class 0.
dataset_bundle counted(std::size_t size) {
  matrix samples{size, 1};
  for (std::size_t i = 0; i < size; ++i)
    samples.row(i)[0] = static_cast<float>(i);
  dataset_bundle result;
  result.train.name = "counted";
  result.train.samples = std::move(samples).freeze();
  result.train.labels = result.train.samples;
  result.train.classes = size;
  return result;
}

std::string fits(std::string_view net, std::uint64_t batch) {
  return text_of(check_fits(*parse_network(net),
                            load_data("generate:100x4x10", 1)->train, batch));
}

void write_idx(const temp_folder& folder, std::string_view part,
               std::uint32_t features, int label) {
  auto name = std::string{part};
  folder.write(name + "-images-idx3-ubyte",
               idx_bytes({2, 1, features},
                         std::vector<int>(std::size_t{2} * features, 9)));
  folder.write_gz(name + "-labels-idx1-ubyte.gz", idx_bytes({2}, {0, label}));
}

} // namespace

TEST_CASE("data that fits a network passes") {
  CHECK(fits("mlp:4-8-10", 1) == "no error");
  CHECK(fits("mlp:4-8-12", 100) == "no error");
}

TEST_CASE("data that does not fit a network is refused") {
  CHECK(fits("mlp:5-8-10", 10)
        == "the data 'generate:100x4x10' has 4 features per sample, but the "
           "input layer 'input' takes 5: give that layer 4 neurons or use "
           "other data");
  CHECK(fits("mlp:4-8-5", 10)
        == "the data has 10 classes, but the output layer 'output' has 5 "
           "neurons: give it at least 10, or use data with fewer classes than "
           "'generate:100x4x10'");
}

TEST_CASE("a network with two inputs cannot be fed") {
  auto net = network::make(
    {{.name = "a", .kind = layer_kind::input, .neurons = 4},
     {.name = "b", .kind = layer_kind::input, .neurons = 4},
     {.name = "out", .neurons = 10, .inputs = {0, 1}}});
  REQUIRE(text_of(net) == "no error");
  CHECK(text_of(check_fits(*net, load_data("generate:100x4x10", 1)->train, 1))
        == "the network has 2 input layers, but the data 'generate:100x4x10' "
           "feeds exactly one: use a network with one");
}

TEST_CASE("a batch is between one sample and all of them") {
  CHECK(fits("mlp:4-8-10", 0)
        == "batch 0 holds no sample: use a batch of at least 1");
  CHECK(fits("mlp:4-8-10", 128)
        == "batch 128 is larger than the 100 samples of 'generate:100x4x10': "
           "use a smaller batch or more data");
}

TEST_CASE("rows are gathered in the order given, from views too") {
  auto whole = tensor::copy_of(floats{0, 1, 2, 3, 4, 5, 6, 7, 8}, 3, 3);
  std::vector<std::uint32_t> rows{2, 0, 2};
  auto all = gather(whole, rows);
  CHECK(all.rows() == 3);
  CHECK(all.to_vector() == floats{6, 7, 8, 0, 1, 2, 6, 7, 8});
  CHECK(gather(whole.columns(1, 2), rows).to_vector()
        == floats{7, 8, 1, 2, 7, 8});
  CHECK(gather(whole, {}).rows() == 0);
}

TEST_CASE("held back samples leave the training part, each once") {
  auto data = counted(100);
  REQUIRE(text_of(hold_back(data, 0.29, 7)) == "no error");
  REQUIRE(data.validation.has_value());
  CHECK(data.train.name == "counted");
  CHECK(data.validation->name == "counted (validation)");
  CHECK(data.validation->classes == 100);
  auto kept = data.train.samples.to_vector();
  auto held = data.validation->samples.to_vector();
  CHECK(kept.size() == 71);
  CHECK(held.size() == 29);
  CHECK(std::is_sorted(kept.begin(), kept.end()));
  CHECK(std::is_sorted(held.begin(), held.end()));
  floats all;
  std::merge(kept.begin(), kept.end(), held.begin(), held.end(),
             std::back_inserter(all));
  CHECK(all == counted(100).train.samples.to_vector());
  CHECK(data.train.labels == data.train.samples);
  CHECK(data.validation->labels == data.validation->samples);
}

TEST_CASE("which samples are held back follows from the seed") {
  auto a = counted(100);
  auto b = counted(100);
  auto c = counted(100);
  CHECK(text_of(hold_back(a, 0.1, 1)) == "no error");
  CHECK(text_of(hold_back(b, 0.1, 1)) == "no error");
  CHECK(text_of(hold_back(c, 0.1, 2)) == "no error");
  CHECK(a.validation->samples == b.validation->samples);
  CHECK(a.validation->samples != c.validation->samples);
}

TEST_CASE("holding back nothing changes nothing") {
  auto data = counted(10);
  CHECK(text_of(hold_back(data, 0, 1)) == "no error");
  CHECK(!data.validation);
  CHECK(data.train.samples == counted(10).train.samples);
}

TEST_CASE("a fraction that makes no sense is refused") {
  auto data = counted(10);
  auto nan = std::numeric_limits<double>::quiet_NaN();
  for (auto [fraction, text] :
       {std::pair{1.0, "1"}, {-0.1, "-0.1"}, {1.5, "1.5"}, {nan, "nan"}})
    CHECK(
      text_of(hold_back(data, fraction, 1))
        .starts_with(fmt::format("cannot hold back a fraction of {}", text)));
  CHECK(text_of(hold_back(data, 10, 1))
        == "cannot hold back a fraction of 10: use a number from 0 to below 1, "
           "such as 0.1");
  CHECK(text_of(hold_back(data, 0.01, 1))
        == "holding back 0.01 of the 10 samples of 'counted' leaves none for "
           "validation: use another fraction or more data");
  CHECK(text_of(hold_back(data, 0.99, 1))
        == "holding back 0.99 of the 10 samples of 'counted' leaves none for "
           "training: use another fraction or more data");
  CHECK(data.train.size() == 10);
  CHECK(!data.validation);
  CHECK(text_of(hold_back(data, 0.5, 1)) == "no error");
  CHECK(text_of(hold_back(data, 0.5, 1))
        == "'counted' has validation samples already: hold back only once");
}

TEST_CASE("unknown data is answered with what is known") {
  for (std::string spec : {"", "mnist", "/nowhere/at/all", "generate", "a.doc"})
    CHECK(text_of(load_data(spec, 1))
          == "unknown data '" + spec
               + "': use text:FILE, tokens:FILE, fashion-mnist, an "
                 "existing folder with the IDX files "
                 "train-images-idx3-ubyte and train-labels-idx1-ubyte (plain "
                 "or .gz), .train, .test or .data in FANN's format, "
                 "a table .csv, .tsv or .txt (label last, or --label), or "
                 "generate:SAMPLESxFEATURESxCLASSES");
  CHECK(text_of(load_data("generate:1x2", 1))
        == "'1x2' is no SAMPLESxFEATURESxCLASSES: write generate:1000x20x3");
}

TEST_CASE("generated data depends on the seed") {
  auto a = load_data("generate:10x2x2", 1);
  auto b = load_data("generate:10x2x2", 2);
  CHECK(a->train.samples == load_data("generate:10x2x2", 1)->train.samples);
  CHECK(a->train.samples != b->train.samples);
}

TEST_CASE("a .csv file is a training part") {
  temp_folder folder;
  auto data = load_data(folder.write("x.csv", "1,2,0\n3,4,1\n"), 1);
  REQUIRE(text_of(data) == "no error");
  CHECK(data->train.size() == 2);
  CHECK(!data->test);
  CHECK(!data->validation);
}

TEST_CASE("a folder may hold plain and compressed files, and a test part") {
  temp_folder folder;
  write_idx(folder, "train", 3, 4);
  auto alone = load_data(folder.path(), 1);
  REQUIRE(text_of(alone) == "no error");
  CHECK(!alone->test);
  write_idx(folder, "t10k", 3, 2);
  auto both = load_data(folder.path(), 1);
  REQUIRE(text_of(both) == "no error");
  REQUIRE(both->test.has_value());
  CHECK(both->train.name == folder.path());
  CHECK(both->train.classes == 5);
  CHECK(both->test->name == folder.path() + " (test)");
  CHECK(both->test->classes == 5);
  CHECK(both->test->samples.columns() == 3);
}

TEST_CASE("a folder that lacks a file is told which") {
  temp_folder folder;
  CHECK(text_of(load_data(folder.path(), 1))
        == fmt::format("the folder '{}' has neither train-images-idx3-ubyte "
                       "nor train-images-idx3-ubyte.gz: add it or name another "
                       "folder",
                       folder.path()));
  write_idx(folder, "train", 3, 4);
  folder.write("t10k-images-idx3-ubyte", idx_bytes({1, 1, 3}, {1, 2, 3}));
  CHECK(text_of(load_data(folder.path(), 1))
        == fmt::format("the folder '{}' has neither t10k-labels-idx1-ubyte nor "
                       "t10k-labels-idx1-ubyte.gz: add it or name another "
                       "folder",
                       folder.path()));
}

TEST_CASE("a test part that does not fit the training part is refused") {
  temp_folder folder;
  write_idx(folder, "train", 3, 4);
  write_idx(folder, "t10k", 2, 4);
  CHECK(text_of(load_data(folder.path(), 1))
        == fmt::format("'{0}/t10k-images-idx3-ubyte' has 2 features per "
                       "sample, but '{0}/train-images-idx3-ubyte' has 3: use "
                       "files that belong together",
                       folder.path()));
  write_idx(folder, "t10k", 3, 5);
  CHECK(text_of(load_data(folder.path(), 1))
        == fmt::format("'{}/t10k-labels-idx1-ubyte.gz' gives sample 1 (counted "
                       "from 0) the label 5, but labels are whole numbers from "
                       "0 to 4: correct it",
                       folder.path()));
}

TEST_CASE("Fashion-MNIST that is missing is told how to be had") {
  CHECK(text_of(load_fashion_mnist("/nowhere"))
        == "Fashion-MNIST is not in '/nowhere': install it with apt-get "
           "install dataset-fashion-mnist");
}

TEST_CASE("Fashion-MNIST loads as Debian installs it"
          * doctest::skip(!std::filesystem::exists(fashion_mnist_folder))) {
  auto data = load_data("fashion-mnist", 1);
  REQUIRE(text_of(data) == "no error");
  REQUIRE(data->test.has_value());
  CHECK(data->train.name == "fashion-mnist");
  CHECK(data->train.size() == 60000);
  CHECK(data->test->size() == 10000);
  for (const auto* part : {&data->train, &*data->test}) {
    CHECK(part->samples.columns() == 784);
    CHECK(part->classes == 10);
    CHECK(part->class_names.size() == 10);
    CHECK(part->image_rows == 28);
    CHECK(part->image_columns == 28);
    auto end = part->samples.data() + part->samples.size();
    auto [low, high] = std::minmax_element(part->samples.data(), end);
    CHECK(*low == 0.0f);
    CHECK(*high == 1.0f);
  }
  // As in the authors' description: the first sample is an ankle boot.
  CHECK(data->train.class_names[9] == "Ankle boot");
  CHECK(data->train.labels.row(0)[0] == 9.0f);
}
