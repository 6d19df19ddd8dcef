# ganglion_openmp: the OpenMP runtime that oneDNN computes on, whose number of
# threads the kernels set. Debian's oneDNN links GCC's, so that it is GCC's for
# either compiler: a second runtime (clang's own) would not hear of it.
add_library(ganglion_openmp INTERFACE)
target_link_libraries(ganglion_openmp INTERFACE gomp)
