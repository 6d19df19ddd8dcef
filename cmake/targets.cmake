# What every target of the project shares: warnings, arithmetic, sanitizers.
include(GNUInstallDirs)

add_library(ganglion_options INTERFACE)
target_include_directories(ganglion_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  ganglion_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
            -Woverloaded-virtual
            # Fields left out of a braced list have defaults.
            -Wno-missing-field-initializers
            # False alarms of GCC 12 inside fmt 9 and its own string at -O3.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # Equal bits on every server: a product and a sum are never fused,
            # and nothing is reassociated.
            -ffp-contract=off -fno-fast-math
            # Nobody asks for errno or traps; without them square roots are
            # vectorised, to the same bits.
            -fno-math-errno -fno-trapping-math)

# The least that the kernels' arithmetic needs: AVX2 and fused multiply-add.
# What a processor has beyond it, kernels find out as the program starts.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(ganglion_x86 ON)
  target_compile_options(ganglion_options INTERFACE -march=x86-64-v3)
endif()

if(GANGLION_WERROR)
  target_compile_options(ganglion_options INTERFACE -Werror)
endif()

if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
  target_compile_definitions(ganglion_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(GANGLION_SANITIZE)
  target_compile_options(
    ganglion_options INTERFACE -fsanitize=${GANGLION_SANITIZE}
                               -fno-sanitize-recover=all
                               -fno-omit-frame-pointer)
  target_link_options(ganglion_options INTERFACE
                      -fsanitize=${GANGLION_SANITIZE})
endif()

# ganglion_library(NAME FOLDERS FOLDER... LINK LIBRARY...): a static library of
# all sources directly in the folders.
function(ganglion_library name)
  cmake_parse_arguments(arg "" "" "FOLDERS;LINK" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  if(sources)
    set(kind PUBLIC)
    add_library(${name} STATIC ${sources})
  else()
    set(kind INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  # Programs that use the installed libraries have options of their own.
  target_link_libraries(${name} ${kind} $<BUILD_INTERFACE:ganglion_options>
                                ${arg_LINK})
  target_compile_features(${name} ${kind} cxx_std_20)
  target_include_directories(
    ${name} ${kind} $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endfunction()
