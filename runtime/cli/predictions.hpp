// The file of predictions that ganglion predict writes: a line per sample, as
// CSV or as JSON. It appears under its name when it is complete, so that who
// reads it meanwhile finds the one before.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "runtime/data/dataset.hpp"

namespace ganglion::cli {

struct prediction_format {
  /// An object per line, instead of CSV with a line of names.
  bool json = false;
  /// Raw outputs of the network as well.
  bool outputs = false;
};

class prediction_file {
public:
  /// "-" is standard output; an empty path takes nothing. Errors: system.
  static caf::expected<std::unique_ptr<prediction_file>>
  make(const std::string& path, prediction_format format);

  ~prediction_file();
  prediction_file(const prediction_file&) = delete;
  prediction_file& operator=(const prediction_file&) = delete;

  /// Outputs [n x classes] of samples `first` and on.
  void add(const dataset& data, std::size_t first, const tensor& outputs);

  /// Errors: system.
  caf::error finish();

private:
  prediction_file(std::string path, prediction_format format)
    : path_(std::move(path)), format_(format) {
    // nop
  }

  void add_names(std::size_t outputs);

  std::string path_;
  std::string temporary_;
  prediction_format format_;
  std::FILE* out_ = nullptr;
};

} // namespace ganglion::cli
