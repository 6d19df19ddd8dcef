# What `cmake --install` puts where: the program, the libraries, the public
# headers, and the package for find_package(Ganglion).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Everything: what programs link that embed Ganglion.
add_library(ganglion_all INTERFACE)
add_library(Ganglion::ganglion ALIAS ganglion_all)
target_link_libraries(ganglion_all INTERFACE ganglion_runtime)

set(parts metadata distributor kernel actors model_store runtime)
foreach(part ${parts})
  set_target_properties(ganglion_${part} PROPERTIES EXPORT_NAME ${part})
  list(APPEND libraries ganglion_${part})
endforeach()
set_target_properties(ganglion_all PROPERTIES EXPORT_NAME ganglion)

install(TARGETS ganglion RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ganglion_all ${libraries} EXPORT GanglionTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# As installed: <ganglion/ganglion.hpp>, <ganglion/runtime/engine/engine.hpp>. In the
# build tree, for the examples, links to the sources.
set(ganglion_include ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${ganglion_include}/ganglion)
foreach(part metadata distributor actors runtime)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${part}
       ${ganglion_include}/ganglion/${part} SYMBOLIC)
endforeach()
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/runtime/ganglion.hpp
     ${ganglion_include}/ganglion/ganglion.hpp SYMBOLIC)
target_include_directories(
  ganglion_all INTERFACE $<BUILD_INTERFACE:${ganglion_include}>)

install(CODE "set(source \"${PROJECT_SOURCE_DIR}\")
  set(include \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Ganglion)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/GanglionConfig.cmake.in
  ${PROJECT_BINARY_DIR}/GanglionConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0, a minor version may change what programs see.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/GanglionConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/GanglionConfig.cmake
              ${PROJECT_BINARY_DIR}/GanglionConfigVersion.cmake
        DESTINATION ${package_dir})
install(EXPORT GanglionTargets NAMESPACE Ganglion::
        DESTINATION ${package_dir})
