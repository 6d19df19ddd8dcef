// What the commands print while they work and at the end. Progress goes to
// standard error: a live line on a terminal, else a line per epoch.
#pragma once

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/showing/units.hpp"
#include "runtime/hosting/session.hpp"
#include "runtime/training/trainer_messages.hpp"

namespace ganglion::cli {

/// The placement, a line per range.
std::string placement_text_of(const network& net, const placement& where);

/// Fit to be printed, whatever texts are in it; in one line without `indent`.
std::string json_text(const nlohmann::json& x, int indent = -1);

/// By way of the shortest text: as a double, a float has many digits more.
template <class Number>
double shortest(Number x) {
  return std::stod(fmt::format("{}", x));
}

nlohmann::json placement_json(const network& net, const placement& where);

/// A line of its own on standard error, also where a live line is.
void print_aside(const std::string& line);

/// How much is done of something that takes over a second, on a terminal; the
/// line goes with it.
class work_line {
public:
  work_line(std::string what, bool quiet);
  work_line(const work_line&) = delete;
  work_line& operator=(const work_line&) = delete;
  ~work_line();

  void show(std::uint64_t done, std::uint64_t all);

private:
  std::string what_;
  bool shown_on_;
  bool written_ = false;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_;
};

class progress_line {
public:
  progress_line(session& on, bool quiet);

  /// Shows how far the training is; asks for bytes now and then.
  void show(const progress& x);

  /// Ends the live line, and shows the epoch as it is; once.
  void finish();

private:
  session& on_;
  bool quiet_;
  bool terminal_;
  std::uint32_t epoch_ = 0;
  progress last_;
  std::chrono::steady_clock::time_point shown_;
};

} // namespace ganglion::cli
