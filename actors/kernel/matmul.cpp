#include "actors/kernel/matmul.hpp"

#include <array>
#include <map>
#include <tuple>

#include <oneapi/dnnl/dnnl.hpp>

// Of the OpenMP runtime that oneDNN uses. Declared here because clang cannot
// read GCC's <omp.h>.
extern "C" void omp_set_num_threads(int count) noexcept;

namespace ganglion {

namespace {

using dims = dnnl::memory::dims;
using data_type = dnnl::memory::data_type;

enum class form { nt, tn, nn };

using key = std::tuple<form, std::size_t, std::size_t, std::size_t, bool>;

/// One primitive with its memory objects, whose data is set for each call.
struct product {
  dnnl::matmul primitive;
  dnnl::memory a;
  dnnl::memory b;
  dnnl::memory c;
};

/// oneDNN's engine and a stream for the calling thread.
struct context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<key, product> products;

  context() {
    // A fresh thread does not inherit the main thread's setting.
    omp_set_num_threads(1);
  }
};

dnnl::memory::desc describe(std::size_t rows, std::size_t columns,
                            bool transposed) {
  auto m = static_cast<dnnl::memory::dim>(rows);
  auto n = static_cast<dnnl::memory::dim>(columns);
  auto strides = transposed ? dims{1, m} : dims{n, 1};
  return {dims{m, n}, data_type::f32, strides};
}

product make_product(context& self, const key& k) {
  auto [kind, m, n, depth, accumulate] = k;
  auto a = describe(m, depth, kind == form::tn);
  auto b = describe(depth, n, kind == form::nt);
  auto c = describe(m, n, false);
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops sum;
    sum.append_sum();
    attributes.set_post_ops(sum);
  }
  dnnl::matmul::primitive_desc desc{dnnl::matmul::desc{a, b, c}, attributes,
                                    self.engine};
  return {dnnl::matmul{desc},
          {a, self.engine, DNNL_MEMORY_NONE},
          {b, self.engine, DNNL_MEMORY_NONE},
          {c, self.engine, DNNL_MEMORY_NONE}};
}

product& product_for(context& self, const key& k) {
  // Few shapes are in use at a time; a sweep over many must not pile up.
  constexpr std::size_t limit = 1024;
  auto i = self.products.find(k);
  if (i != self.products.end())
    return i->second;
  if (self.products.size() >= limit)
    self.products.clear();
  return self.products.emplace(k, make_product(self, k)).first->second;
}

void run(form kind, const float* a, const float* b, float* c, std::size_t m,
         std::size_t n, std::size_t k, bool accumulate) {
  if (m == 0 || n == 0 || k == 0)
    return;
  static thread_local context self;
  auto& x = product_for(self, {kind, m, n, k, accumulate});
  x.a.set_data_handle(const_cast<float*>(a));
  x.b.set_data_handle(const_cast<float*>(b));
  x.c.set_data_handle(c);
  x.primitive.execute(
    self.stream,
    {{DNNL_ARG_SRC, x.a}, {DNNL_ARG_WEIGHTS, x.b}, {DNNL_ARG_DST, x.c}});
  self.stream.wait();
}

} // namespace

void matmul_nt(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k, bool accumulate) {
  run(form::nt, a, b, c, m, n, k, accumulate);
}

void matmul_tn(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k, bool accumulate) {
  run(form::tn, a, b, c, m, n, k, accumulate);
}

void matmul_nn(const float* a, const float* b, float* c, std::size_t m,
               std::size_t n, std::size_t k) {
  run(form::nn, a, b, c, m, n, k, false);
}

} // namespace ganglion
