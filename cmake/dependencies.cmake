# Everything that is found rather than built. scripts/setup installs it on
# Debian.
include(cmake/caf.cmake)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost REQUIRED COMPONENTS serialization)
# By hand: Debian's dnnl-config.cmake insists on OpenCL, which it does not use.
find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
if(NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(
    DNNL::dnnl PROPERTIES IMPORTED_LOCATION "${DNNL_LIBRARY}"
                          INTERFACE_INCLUDE_DIRECTORIES "${DNNL_INCLUDE_DIR}")
endif()
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(doctest REQUIRED)
# GNU's OpenMP for either compiler: it is what Debian's oneDNN runs on, and the
# kernels set its thread count.
find_library(GANGLION_GOMP NAMES gomp libgomp.so.1 REQUIRED
             PATHS /usr/lib/gcc/x86_64-linux-gnu/12
                   /usr/lib/gcc/aarch64-linux-gnu/12)
