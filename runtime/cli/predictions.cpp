#include "runtime/cli/predictions.hpp"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

#include "actors/kernel/loss.hpp"
#include "metadata/error.hpp"
#include "runtime/writable_file.hpp"

namespace ganglion::cli {

namespace {

caf::error cannot_write(const std::string& path) {
  return make_failure(errc::system,
                      fmt::format("cannot write {}: {}", path,
                                  std::system_category().message(errno)));
}

std::string csv_line(std::size_t sample, std::uint64_t label,
                     std::span<const float> outputs, bool all) {
  auto result = fmt::format("{},{},{}", sample, label, argmax(outputs));
  if (all)
    for (auto x : outputs)
      result += fmt::format(",{}", x);
  return result + "\n";
}

std::string json_line(std::size_t sample, std::uint64_t label,
                      std::span<const float> outputs, bool all) {
  auto result = fmt::format(R"({{"sample":{},"label":{},"predicted":{})",
                            sample, label, argmax(outputs));
  if (all) {
    result += R"(,"outputs":[)";
    // JSON has no word for what is no number.
    for (std::size_t i = 0; i < outputs.size(); ++i)
      result += std::isfinite(outputs[i])
                  ? fmt::format("{}{}", i > 0 ? "," : "", outputs[i])
                  : fmt::format("{}null", i > 0 ? "," : "");
    result += "]";
  }
  return result + "}\n";
}

} // namespace

caf::expected<std::unique_ptr<prediction_file>>
prediction_file::make(const std::string& path, prediction_format format) {
  std::unique_ptr<prediction_file> result{new prediction_file{path, format}};
  if (path.empty())
    return result;
  if (path == "-") {
    result->out_ = stdout;
    return result;
  }
  if (auto err = check_writable(path))
    return err;
  result->temporary_ = fmt::format("{}.{}.part", path, ::getpid());
  result->out_ = std::fopen(result->temporary_.c_str(), "w");
  if (!result->out_)
    return cannot_write(path);
  return result;
}

prediction_file::~prediction_file() {
  if (out_ && out_ != stdout)
    std::fclose(out_);
  if (!temporary_.empty())
    ::unlink(temporary_.c_str());
}

void prediction_file::add_names(std::size_t outputs) {
  fmt::print(out_, "sample,label,predicted");
  if (format_.outputs)
    for (std::size_t i = 0; i < outputs; ++i)
      fmt::print(out_, ",output_{}", i);
  fmt::print(out_, "\n");
}

void prediction_file::add(const dataset& data, std::size_t first,
                          const tensor& outputs) {
  if (!out_)
    return;
  if (first == 0 && !format_.json)
    add_names(outputs.columns());
  for (std::size_t r = 0; r < outputs.rows(); ++r) {
    auto label = static_cast<std::uint64_t>(data.labels.row(first + r)[0]);
    auto line = format_.json
                  ? json_line(first + r, label, outputs.row(r), format_.outputs)
                  : csv_line(first + r, label, outputs.row(r), format_.outputs);
    std::fwrite(line.data(), 1, line.size(), out_); // checked at the end
  }
}

caf::error prediction_file::finish() {
  if (!out_)
    return {};
  auto failed = std::fflush(out_) != 0 || std::ferror(out_) != 0;
  if (out_ == stdout)
    return failed ? cannot_write("standard output") : caf::error{};
  failed = std::fclose(std::exchange(out_, nullptr)) != 0 || failed;
  if (failed || std::rename(temporary_.c_str(), path_.c_str()) != 0)
    return cannot_write(path_);
  temporary_.clear();
  return {};
}

} // namespace ganglion::cli
