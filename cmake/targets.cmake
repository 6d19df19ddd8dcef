# What every target of the project shares: warnings, arithmetic, sanitizers.
add_library(ganglion_options INTERFACE)
target_include_directories(ganglion_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(
  ganglion_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
            # False alarms of GCC 12 inside fmt 9 and its own string at -O3.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # Equal bits on every server: a product and a sum are never fused,
            # and nothing is reassociated.
            -ffp-contract=off -fno-fast-math)
if(NOT GANGLION_PORTABLE)
  target_compile_options(ganglion_options INTERFACE -march=native)
  target_compile_definitions(ganglion_options INTERFACE GANGLION_NATIVE=1)
endif()
if(GANGLION_WERROR)
  target_compile_options(ganglion_options INTERFACE -Werror)
endif()
if(GANGLION_SANITIZE)
  target_compile_options(
    ganglion_options INTERFACE -fsanitize=${GANGLION_SANITIZE}
                               -fno-sanitize-recover=all
                               -fno-omit-frame-pointer)
  target_link_options(ganglion_options INTERFACE
                      -fsanitize=${GANGLION_SANITIZE})
endif()

# ganglion_library(NAME FOLDER... LINK LIBRARY...): a static library of all
# sources directly in the folders.
function(ganglion_library name)
  cmake_parse_arguments(arg "" "" "FOLDERS;LINK" ${ARGN})
  set(sources)
  foreach(folder ${arg_FOLDERS})
    file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ganglion_options ${arg_LINK})
endfunction()
