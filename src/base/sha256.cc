#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/hexadecimal.h"

namespace quiz::base {

namespace {

std::string digits(const unsigned char* bytes, unsigned int size) {
  return to_hexadecimal({reinterpret_cast<const char*>(bytes), size});
}

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw Error("libcrypto offers no SHA-256");
    }
  }
  void add(std::string_view data) { EVP_DigestUpdate(context_.get(), data.data(), data.size()); }
  std::string hexadecimal() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes, &size);
    return digits(bytes, size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view data) {
  Digest digest;
  digest.add(data);
  return digest.hexadecimal();
}

std::string sha256_file(const std::filesystem::path& path) {
  const Fd fd = open_file(path, O_RDONLY);
  Digest digest;
  std::string buffer(1 << 18, '\0');
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError("cannot read " + path.string());
    if (count == 0) return digest.hexadecimal();
    digest.add(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(data.data()), data.size(), bytes,
             &size) == nullptr) {
    throw Error("libcrypto offers no HMAC-SHA-256");
  }
  return digits(bytes, size);
}

bool same_digest(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace quiz::base
