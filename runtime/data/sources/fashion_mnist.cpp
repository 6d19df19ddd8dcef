// Fashion-MNIST (Xiao et al. 2017, arXiv 1708.07747), as Debian packages it.
#include <fmt/format.h>

#include "runtime/data/sources/data_source.hpp"

namespace ganglion {

caf::expected<dataset_bundle> load_fashion_mnist(const std::string& folder) {
  if (!is_folder(folder))
    return bad_source(
      fmt::format("Fashion-MNIST is not in '{}': install it with "
                  "apt-get install dataset-fashion-mnist",
                  folder));
  auto result = load_idx_folder(folder, 10);
  if (!result)
    return result.error();
  result->train.name = "fashion-mnist";
  result->train.class_names = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  if (result->test) {
    result->test->name = "fashion-mnist (test)";
    result->test->class_names = result->train.class_names;
  }
  return result;
}

const data_source& fashion_mnist_source() {
  static constexpr data_source result{
    "fashion-mnist",
    [](const std::string& spec) { return spec == "fashion-mnist"; },
    [](const data_request&) {
      return load_fashion_mnist(std::string{fashion_mnist_folder});
    }};
  return result;
}

} // namespace ganglion
