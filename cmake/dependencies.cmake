# Everything that is found rather than built. scripts/setup installs it on
# Debian.
include(cmake/caf.cmake)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost REQUIRED COMPONENTS serialization)
find_package(hwy REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS i18n uc)
# Its header alone: inlined, so that it is compiled for the machine.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
if(NOT TARGET XXHash::headers)
  add_library(XXHash::headers INTERFACE IMPORTED)
  set_target_properties(XXHash::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                                                   "${XXHASH_INCLUDE_DIR}")
endif()
find_package(CLI11 REQUIRED)
# libedit has no CMake files of its own.
find_path(EDIT_INCLUDE_DIR histedit.h REQUIRED)
find_library(EDIT_LIBRARY edit REQUIRED)
if(NOT TARGET EDIT::edit)
  add_library(EDIT::edit UNKNOWN IMPORTED)
  set_target_properties(
    EDIT::edit PROPERTIES IMPORTED_LOCATION "${EDIT_LIBRARY}"
                          INTERFACE_INCLUDE_DIRECTORIES "${EDIT_INCLUDE_DIR}")
endif()
find_package(nlohmann_json REQUIRED)
if(GANGLION_TESTS)
  find_package(doctest REQUIRED)
  # The system's, for which scripts/setup installs packages, before any other.
  if(NOT Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python3_EXECUTABLE /usr/bin/python3)
  endif()
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
