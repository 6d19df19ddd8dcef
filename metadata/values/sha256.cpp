#include "metadata/values/sha256.hpp"

#include <openssl/evp.h>

namespace ganglion {

struct sha256_stream::state {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  state() {
    EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  }

  ~state() {
    EVP_MD_CTX_free(context);
  }
};

sha256_stream::sha256_stream() : state_(std::make_unique<state>()) {
  // nop
}

sha256_stream::~sha256_stream() = default;

void sha256_stream::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

sha256_digest sha256_stream::finish() {
  sha256_digest result{};
  unsigned length = 0;
  EVP_DigestFinal_ex(state_->context, result.data(), &length);
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
  return result;
}

sha256_digest sha256(std::span<const std::byte> bytes) {
  sha256_stream stream;
  stream.add(bytes);
  return stream.finish();
}

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (auto x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

} // namespace ganglion
