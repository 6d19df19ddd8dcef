# Everything that is found rather than built. scripts/setup installs it on
# Debian.
include(cmake/caf.cmake)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost REQUIRED COMPONENTS serialization)
find_package(dnnl CONFIG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(doctest REQUIRED)
# GNU's OpenMP for either compiler: it is what Debian's oneDNN runs on, and the
# kernels set its thread count.
find_library(GANGLION_GOMP NAMES gomp libgomp.so.1 REQUIRED
             PATHS /usr/lib/gcc/x86_64-linux-gnu/12
                   /usr/lib/gcc/aarch64-linux-gnu/12)
