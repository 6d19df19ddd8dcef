// Tables as people have them: what is guessed of their columns, and what is
// said otherwise.
#include <fmt/format.h>

#include "runtime/data/csv.hpp"
#include "runtime/data/load_data.hpp"
#include "runtime/data/table.hpp"
#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

using floats = std::vector<float>;
using texts = std::vector<std::string>;

caf::expected<dataset> read(std::string_view text,
                            const table_options& options = {},
                            const model_data* of = nullptr) {
  temp_folder folder;
  return read_csv(folder.write("x.csv", text), options, of);
}

dataset parsed(std::string_view text, const table_options& options = {},
               const model_data* of = nullptr) {
  auto result = read(text, options, of);
  REQUIRE(text_of(result) == "no error");
  return *result;
}

std::string error_of(std::string_view text, const table_options& options = {},
                     const model_data* of = nullptr) {
  auto result = read(text, options, of);
  REQUIRE(!result);
  return explain(result.error());
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::vector<texts> records_of(std::string_view text) {
  temp_folder folder;
  auto in = table_reader::open(folder.write("x.csv", text));
  REQUIRE(in);
  std::vector<texts> result;
  for (;;) {
    auto more = in->next();
    REQUIRE(more);
    if (!*more)
      return result;
    auto& last = result.emplace_back();
    for (const auto& x : in->fields())
      last.emplace_back(x.text);
  }
}

} // namespace

TEST_CASE("quotes protect separators, line ends and quotes") {
  CHECK(records_of("a,\"b, c\",\"d\ne\"\r\n\"f \"\"g\"\"\", h\" ,i\n")
        == std::vector<texts>{{"a", "b, c", "d\ne"}, {"f \"g\"", "h\"", "i"}});
  CHECK(records_of("\"a;b\";c\n1;2")
        == std::vector<texts>{{"a;b", "c"}, {"1", "2"}});
  CHECK(records_of("\"a;b\",c\n") == std::vector<texts>{{"a;b", "c"}});
  CHECK(records_of(" 1  2\t3 \n4 5 6\n")
        == std::vector<texts>{{"1  2", "3"}, {"4 5 6"}});
  CHECK(records_of("  1  2 3\n") == std::vector<texts>{{"1", "2", "3"}});
  CHECK(records_of("a,,\n") == std::vector<texts>{{"a", "", ""}});
  CHECK(
    contains(error_of("1,\"2,0\n3,4,1\n"), "x.csv:1:3: a quote begins here"));
  CHECK(contains(error_of("1,\"2\"3,0\n"), "more text after a closing quote"));
}

TEST_CASE("fields across the pieces in which a file is read are whole") {
  std::string text;
  for (int i = 0; i < 200'000; ++i)
    text += fmt::format("{},\"{}\n{}\",{}\n", i, i, i, i % 2);
  auto all = records_of(text);
  REQUIRE(all.size() == 200'000);
  CHECK(all.back() == texts{"199999", "199999\n199999", "1"});
}

TEST_CASE("UTF-16 is refused in words") {
  std::string text{"\xff\xfe"
                   "1\0,\0"
                   "2\0",
                   8};
  CHECK(contains(error_of(text), "is UTF-16: save it as UTF-8"));
}

TEST_CASE("thousands and decimal commas are read where they can be told") {
  CHECK(parsed("\"1,234.5\",2,0\n3,4,1\n").samples.row(0)[0] == 1234.5f);
  CHECK(parsed("1,5;2;0\n1.234,5;4;1\n").samples.to_vector()
        == floats{1.5f, 2, 1234.5f, 4});
  CHECK(contains(error_of("\"1,23\",2,0\n"), "'1,23' is no number"));
}

TEST_CASE("labels may be written as floats, or be negative") {
  auto data = parsed("a,b,label\n1,60,0.0\n2,70,1.0\n");
  CHECK(data.labels.to_vector() == floats{0, 1});
  CHECK(data.class_names.empty());
  data = parsed("1,60,-1\n2,70,1\n3,4,-1\n");
  CHECK(data.labels.to_vector() == floats{0, 1, 0});
  CHECK(data.class_names == texts{"-1", "1"});
}

TEST_CASE("headers of pandas, R and scikit-learn are known as such") {
  for (auto text :
       {"0,1,kind\n1,60,0\n2,70,1\n", "0,1,kind\n1,60,b\n2,70,a\n"}) {
    auto data = parsed(text);
    CHECK(data.samples.to_vector() == floats{1, 60, 2, 70});
    REQUIRE(data.notes.size() == 1);
    CHECK(contains(data.notes[0], "--header no"));
  }
  table_options no;
  no.header = "no";
  CHECK(parsed("0,1,kind\n1,60,b\n2,70,a\n", no).size() == 3);
  auto r = parsed(
    "\"\",\"x\",\"y\",\"kind\"\n\"1\",1,60,\"a\"\n\"2\",2,70,\"b\"\n");
  CHECK(r.samples.to_vector() == floats{1, 60, 2, 70});
  CHECK(r.description.feature_names == texts{"x", "y"});
  CHECK(parsed("x y kind\n1 3 60 a\n2 4 70 b\n").samples.to_vector()
        == floats{3, 60, 4, 70});
  auto sklearn = parsed("2,2,setosa,virginica\n1,60,1\n2,70,0\n");
  CHECK(sklearn.class_names == texts{"setosa", "virginica"});
  CHECK(sklearn.labels.to_vector() == floats{1, 0});
  CHECK(sklearn.classes == 2);
}

TEST_CASE("the label is where the user says") {
  table_options options;
  options.label = "first";
  CHECK(parsed("cat,1,2\ndog,3,4\n", options).samples.to_vector()
        == floats{1, 2, 3, 4});
  options.label = "kind";
  auto data = parsed("a,kind,b\n1,cat,2\n3,dog,4\n", options);
  CHECK(data.samples.to_vector() == floats{1, 2, 3, 4});
  CHECK(data.description.feature_names == texts{"a", "b"});
  options.label = "2";
  CHECK(parsed("1,0,2\n3,1,4\n", options).samples.to_vector()
        == floats{1, 2, 3, 4});
  options.label = "none";
  CHECK_FALSE(parsed("1,0,2\n3,1,4\n", options).labelled());
  options.label = "colour";
  CHECK(contains(error_of("a,kind,b\n1,cat,2\n", options),
                 "--label 'colour': there is no such column; there are 'a', "
                 "'kind', 'b'"));
}

TEST_CASE("missing values are refused, dropped or replaced") {
  auto text = "a,b,kind\n1,NA,0\n,4,1\n3,6,1\n";
  CHECK(
    contains(error_of(text), "x.csv:2:3: a value is missing in column 'b'"));
  table_options options;
  options.missing = "drop";
  auto dropped = parsed(text, options);
  CHECK(dropped.samples.to_vector() == floats{3, 6});
  CHECK(dropped.labels.to_vector() == floats{1});
  CHECK(contains(dropped.notes.at(0), "2 samples"));
  options.missing = "mean";
  CHECK(parsed(text, options).samples.to_vector() == floats{1, 5, 2, 4, 3, 6});
  CHECK(
    contains(error_of("?,1,0\n?,2,1\n", options), "feature 1 has no value"));
}

TEST_CASE("features are scaled, and later ones as those were") {
  table_options options;
  options.scaling = scaling_kind::minmax;
  auto data = parsed("1,10,0\n3,10,1\n2,10,1\n", options);
  CHECK(data.samples.to_vector() == floats{0, 0, 1, 0, 0.5f, 0});
  model_data of{data.description, 2};
  CHECK(parsed("5,11,1\n", {}, &of).samples.to_vector() == floats{2, 1});
  options.scaling = scaling_kind::standard;
  data = parsed("1,10,0\n3,10,1\n", options);
  CHECK(data.samples.to_vector() == floats{-1, 0, 1, 0});
}

TEST_CASE("a model's classes keep their numbers, and others are refused") {
  auto three = parsed("a,b,kind\n1,2,ash\n3,4,elm\n5,6,fir\n");
  model_data of{three.description, 2};
  auto two = parsed("a,b,kind\n3,4,elm\n5,6,fir\n", {}, &of);
  CHECK(two.labels.to_vector() == floats{1, 2});
  CHECK(two.classes == 3);
  CHECK(contains(error_of("a,b,kind\n3,4,oak\n", {}, &of),
                 "label 'oak' is none of the classes of the model, which are "
                 "ash, elm, fir"));
  CHECK(contains(error_of("b,a,kind\n3,4,elm\n", {}, &of), "column 'b'"));
  // As many columns as the model takes: there is no label.
  CHECK_FALSE(parsed("a,b\n3,4\n", {}, &of).labelled());
  // And numbers that were classes may be written as floats.
  auto signs = parsed("1,2,-1\n3,4,1\n");
  model_data of_signs{signs.description, 2};
  CHECK(parsed("1,2,1.0\n", {}, &of_signs).labels.to_vector() == floats{1});
}

TEST_CASE("targets are values of one column, or of several") {
  table_options options;
  options.targets = "price,2";
  auto data = parsed("a,size,price\n1,2,3.5\n4,5,-6\n", options);
  CHECK(data.samples.to_vector() == floats{1, 4});
  CHECK(data.values == 2);
  CHECK(data.labels.to_vector() == floats{3.5f, 2, -6, 5});
  CHECK(data.description.target_names == texts{"price", "size"});
  options.targets = "price,3";
  CHECK(contains(error_of("a,size,price\n1,2,3.5\n", options), "twice"));
  options.targets = "colour";
  CHECK(contains(error_of("1,2\n", options), "there are 2, without names"));
}

TEST_CASE("what a user wrote is shown short, and without what moves a cursor") {
  auto err = error_of("1," + std::string(300'000, 'x') + ",0\n2,3,1\n");
  CHECK(err.size() < 400);
  err = error_of("1,\x1b[31m5,0\n2,3,1\n");
  CHECK(contains(err, "'?[31m5' is no number"));
}

TEST_CASE("tables may be compressed, have other endings, and be FANN's") {
  temp_folder folder;
  auto wanted = parsed("1,2,0\n3,4,1\n");
  auto same = [&](const std::string& path) {
    auto data = load_data(path, 1);
    REQUIRE(text_of(data) == "no error");
    CHECK(data->train.samples == wanted.samples);
    CHECK(data->train.labels == wanted.labels);
  };
  same(folder.write_gz("x.csv.gz", "1,2,0\n3,4,1\n"));
  same(folder.write("X.CSV", "1,2,0\n3,4,1\n"));
  same(folder.write("x.tsv", "1\t2\t0\n3\t4\t1\n"));
  same(folder.write("iris.data", "1,2,0\n3,4,1\n"));
  same(folder.write("one-hot.data", "2 2 2\n1 2\n1 0\n3 4\n0 1\n"));
  folder.write("values.test", "1 2 1\n5 6\n0.25\n");
  auto data = load_data(folder.write("values.train", "2 2 1\n1 2 0.5 3\n4 1.5"),
                        1);
  REQUIRE(text_of(data) == "no error");
  CHECK(data->train.values == 1);
  CHECK(data->train.labels.to_vector() == floats{0.5f, 1.5f});
  REQUIRE(data->test);
  CHECK(data->test->labels.to_vector() == floats{0.25f});
  CHECK(contains(
    text_of(load_data(folder.write("short.data", "9 2 1\n1 2 0\n"), 1)),
    "ends before the 9 samples"));
}

TEST_CASE("MNIST is found under both names, and the test part alone") {
  temp_folder folder;
  auto images = idx_bytes({2, 1, 2}, {0, 255, 255, 0});
  auto labels = idx_bytes({2}, {1, 0});
  folder.write("t10k-images.idx3-ubyte", images);
  folder.write("t10k-labels.idx1-ubyte", labels);
  CHECK(contains(text_of(load_data(folder.path(), 1)), "train-images"));
  data_options asked;
  asked.of = model_data{};
  auto test = load_data(folder.path(), 1, asked);
  REQUIRE(text_of(test) == "no error");
  REQUIRE(test->test);
  CHECK(test->test->size() == 2);
  folder.write("train-images.idx3-ubyte", images);
  folder.write_gz("train-labels-idx1-ubyte.gz", labels);
  auto both = load_data(folder.path(), 1);
  REQUIRE(text_of(both) == "no error");
  CHECK(both->train.size() == 2);
  CHECK(both->test);
}
