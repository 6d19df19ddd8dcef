// What the commands print while they work and at the end. Progress goes to
// standard error: a live line on a terminal, else a line per epoch.
#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "runtime/session.hpp"
#include "runtime/trainer_messages.hpp"

namespace ganglion::cli {

/// "1.5 MiB".
std::string bytes_text(double bytes);

/// The placement, a line per range.
std::string placement_text_of(const network& net, const placement& where);

nlohmann::json placement_json(const network& net, const placement& where);

/// A line of its own on standard error, also where a live line is.
void print_aside(const std::string& line);

class progress_line {
public:
  progress_line(session& on, bool quiet);

  /// Shows how far the training is; asks for bytes now and then.
  void show(const progress& x);

  /// Ends the live line.
  void finish();

private:
  session& on_;
  bool quiet_;
  bool terminal_;
  std::uint32_t epoch_ = 0;
  progress last_;
  std::uint64_t bytes_ = 0;
  std::chrono::steady_clock::time_point shown_;
};

} // namespace ganglion::cli
