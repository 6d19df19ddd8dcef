#include "runtime/data/csv.hpp"

#include <fmt/format.h>

#include "test/runtime/data_files.hpp"

using namespace ganglion;

namespace {

using floats = std::vector<float>;
using texts = std::vector<std::string>;

dataset parse(std::string_view text) {
  temp_folder folder;
  auto path = folder.write("x.csv", text);
  auto result = read_csv(path);
  REQUIRE(text_of(result) == "no error");
  CHECK(result->name == path);
  CHECK(result->labels.columns() == 1);
  CHECK(result->labels.rows() == result->size());
  return *result;
}

/// The error for a file with this text, its folder left out.
std::string error_for(std::string_view text) {
  temp_folder folder;
  auto found = text_of(read_csv(folder.write("x.csv", text)));
  auto prefix = folder.path() + "/";
  auto at = found.find(prefix);
  return at == found.npos ? found : found.erase(at, prefix.size());
}

} // namespace

TEST_CASE("a line is a sample and its last field the label") {
  auto data = parse("1,2.5,0\n-3e2,+4,2\n0.125,.5,1\n");
  CHECK(data.size() == 3);
  CHECK(data.samples.columns() == 2);
  CHECK(data.samples.to_vector() == floats{1, 2.5f, -300, 4, 0.125f, 0.5f});
  CHECK(data.labels.to_vector() == floats{0, 2, 1});
  CHECK(data.classes == 3);
  CHECK(data.class_names.empty());
}

TEST_CASE("semicolons and tabs separate as well as commas") {
  auto wanted = parse("1,2,0\n3,4,1\n");
  for (auto text :
       {"1;2;0\n3;4;1\n", "1\t2\t0\n3\t4\t1\n", " 1 , 2 , 0 \n 3 , 4 , 1 \n"}) {
    auto data = parse(text);
    CHECK(data.samples == wanted.samples);
    CHECK(data.labels == wanted.labels);
  }
}

TEST_CASE("headers, blank lines, CR LF and a missing last newline are fine") {
  auto wanted = parse("1,2,0\n3,4,1\n");
  auto marked = "\xef\xbb\xbf"
                "1,2,0\n3,4,1\n";
  for (auto text :
       {"a,b,label\n1,2,0\n3,4,1\n", "\n\na,b,label\r\n\r\n1,2,0\r\n3,4,1\r\n",
        "1,2,0\n \n3,4,1", marked,
        "\"a\",\"b\",\"class\"\n\"1\",\"2\",\"0\"\n3,4,\"1\"\n"}) {
    auto data = parse(text);
    CHECK(data.samples == wanted.samples);
    CHECK(data.labels == wanted.labels);
  }
}

TEST_CASE("names of classes are numbered in sorted order") {
  auto data = parse("x,species\n1,virginica\n2,setosa\n3,\"versicolor\"\n"
                    "4,setosa\n");
  CHECK(data.class_names == texts{"setosa", "versicolor", "virginica"});
  CHECK(data.labels.to_vector() == floats{2, 0, 1, 0});
  CHECK(data.classes == 3);
}

TEST_CASE("numbers too small for a float become 0") {
  CHECK(parse("1e-60,0\n1,1\n").samples.row(0)[0] == 0.0f);
}

TEST_CASE("a field that is no number is told with its place") {
  CHECK(error_for("1,2,0\n3, x4,1\n")
        == "x.csv:2:4: 'x4' is no number: write one such as -1.5e3");
  CHECK(error_for("1,2,0\n\n,4,1\n")
        == "x.csv:3:1: a value is missing: fill it in, or say --missing drop, "
           "or mean");
  CHECK(error_for("1,2,0\n3,\"4z\",1\n")
        == "x.csv:2:4: '4z' is no number: write one such as -1.5e3");
  // With a number in it, the first line is no header.
  CHECK(error_for("1,b,0\n")
        == "x.csv:1:3: 'b' is no number: write one such as -1.5e3; or say "
           "--header yes, if this line names the columns");
  CHECK(error_for("a,b,label\n1,2,0\na,b,label\n")
        == "x.csv:3:1: 'a' in column 'a' is no number: write one such as "
           "-1.5e3");
}

TEST_CASE("a number that is not finite is told with its place") {
  for (auto text : {"1e50", "1e400"})
    CHECK(error_for(fmt::format("1,2,0\n3,{},1\n", text))
          == fmt::format("x.csv:2:3: '{}' is out of the range of a float: "
                         "replace it",
                         text));
  CHECK(error_for("1,2,0\n3,-inf,1\n")
        == "x.csv:2:3: '-inf' is no number: write one such as -1.5e3");
}

TEST_CASE("a line with another number of fields is told with its place") {
  CHECK(error_for("1,2,0\n3,1\n")
        == "x.csv:2:3: 2 fields, but the first line has 3: write as many in "
           "every line");
  CHECK(error_for("1,2,0\n3,4,5,1\n")
        == "x.csv:2:7: 4 fields, but the first line has 3: write as many in "
           "every line");
  CHECK(error_for("12\n")
        == "x.csv: 1 field, but a feature and a label are the least: separate "
           "fields by commas, semicolons, tabs or blanks");
}

TEST_CASE("a label that makes no sense is told with its place") {
  for (auto label : {"65536", "99999999999", "1.5"})
    CHECK(error_for(fmt::format("1,{}\n", label))
          == fmt::format("x.csv:1:3: label '{}' is no class number: write a "
                         "whole number from 0 to 65535, or names; values to be "
                         "learned are --targets",
                         label));
  CHECK(parse("1,65535\n").classes == 65536);
  CHECK(error_for("1,0\n2,\n")
        == "x.csv:2:3: the label is missing: write a class number or a name");
  CHECK(error_for("1,0\n2,cat\n")
        == "x.csv:2:3: label 'cat' is a name, but those before are numbers: "
           "write only numbers or only names");
  CHECK(error_for("1,cat\n2,7\n")
        == "x.csv:2:3: label '7' is a number, but those before are names: "
           "write only numbers or only names");
}

TEST_CASE("more names than there may be classes are refused") {
  std::string text;
  for (int i = 0; i <= 65536; ++i)
    text += fmt::format("0,c{}\n", i);
  CHECK(error_for(text)
        == "x.csv:65537:3: label 'c65536' is one name too many: use at most "
           "65536 classes");
}

TEST_CASE("a file without samples is refused") {
  for (auto text : {"", "\n\r\n", "a,b,label\n"})
    CHECK(error_for(text)
          == "'x.csv' has no samples: write one per line, its label last");
}

TEST_CASE("a file that cannot be read is refused") {
  temp_folder folder;
  CHECK(text_of(read_csv(folder.at("none.csv")))
        == fmt::format("cannot read '{}': No such file or directory: check the "
                       "path and its permissions",
                       folder.at("none.csv")));
  CHECK(text_of(read_csv(folder.path()))
        == fmt::format("cannot read '{}': it is a directory: name a regular "
                       "file",
                       folder.path()));
}
