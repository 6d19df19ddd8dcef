#include "runtime/cli/commands.hpp"
namespace ganglion::cli {
void add_plan(CLI::App&, chosen&) {
}
void add_demo(CLI::App&, chosen&) {
}
} // namespace ganglion::cli
