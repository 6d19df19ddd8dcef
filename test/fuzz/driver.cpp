// Drives a target where libFuzzer is not there: every seed as it is, cut at
// each of its bytes, and after a fixed number of pseudo-random mutations.
//   fuzz_TARGET DIRECTORY_OF_SEEDS
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data,
                                      std::size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

constexpr std::size_t cuts = 500;
constexpr int mutations = 2000;

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(bytes.data()),
                         bytes.size());
}

/// One to four changes: a bit, a byte, a piece copied, removed or repeated, a
/// number where numbers are text.
std::string mutate(std::string x, std::mt19937_64& random) {
  for (auto left = random() % 4 + 1; left > 0 && !x.empty(); --left) {
    auto at = random() % x.size();
    auto length = std::min<std::size_t>(random() % 16 + 1, x.size() - at);
    switch (random() % 6) {
      case 0:
        x[at] = static_cast<char>(x[at] ^ 1 << random() % 8);
        break;
      case 1:
        x[at] = static_cast<char>(random());
        break;
      case 2:
        x.erase(at, length);
        break;
      case 3:
        x.insert(random() % x.size(), x.substr(at, length));
        break;
      case 4:
        x.insert(at, std::to_string(random() >> random() % 64));
        break;
      default:
        x[at] = "0123456789 -"[random() % 12];
    }
  }
  return x;
}

std::vector<std::string> read_seeds(const char* directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator{directory})
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> result;
  for (const auto& path : paths) {
    std::ifstream in{path, std::ios::binary};
    result.emplace_back(std::istreambuf_iterator<char>{in},
                        std::istreambuf_iterator<char>{});
  }
  return result;
}

} // namespace

int main(int argc, char** argv) {
  LLVMFuzzerInitialize(&argc, &argv);
  if (argc != 2)
    return 2;
  auto seeds = read_seeds(argv[1]);
  std::mt19937_64 random{1};
  for (const auto& seed : seeds) {
    for (std::size_t i = 0; i <= seed.size(); i += seed.size() / cuts + 1)
      run(seed.substr(0, i));
    for (int i = 0; i < mutations; ++i)
      run(mutate(seed, random));
    run(seed);
  }
  std::printf("%zu seeds\n", seeds.size());
  return seeds.empty() ? 1 : 0;
}
