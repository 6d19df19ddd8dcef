#include "actors/duty.hpp"

#include <new>

#include "metadata/error.hpp"

namespace ganglion {

caf::error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return make_failure(errc::system, "the memory does not suffice");
  } catch (const std::exception& x) {
    return make_failure(errc::system, x.what());
  } catch (...) {
    return make_failure(errc::system, "something unknown was thrown");
  }
}

} // namespace ganglion
