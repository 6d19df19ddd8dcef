# Finds CAF 0.18.7 or newer (1.x included) (its module core).
# Without a version in find_package: 0.18.7's version file accepts only itself,
# 1.1.0's only 1.x.
find_package(OpenSSL REQUIRED)
find_package(CAF CONFIG QUIET)
set(caf_advice "Run scripts/setup, which prints the prefix of a CAF that it \
builds, or install CAF >= 0.18.7 (vcpkg, Conan, Homebrew, source) and set \
CMAKE_PREFIX_PATH to it.")
if(NOT CAF_FOUND)
  message(FATAL_ERROR "CAF was not found. ${caf_advice}")
endif()
if(CAF_VERSION VERSION_LESS 0.18.7)
  message(FATAL_ERROR "CAF ${CAF_VERSION} is too old. ${caf_advice}")
endif()
if(NOT TARGET CAF::core)
  message(FATAL_ERROR
          "CAF ${CAF_VERSION} lacks its module 'core'. ${caf_advice}")
endif()
