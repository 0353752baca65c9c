// The bzImage parser on arbitrary bytes: it parses or throws base::Error, and what it returns lies
// inside the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "boot/bzimage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto image = quiz::boot::parse_bzimage(bytes);
    if (image.payload_offset > size || image.payload_size > size - image.payload_offset)
      std::abort();
    if (image.protected_mode_offset > size ||
        image.protected_mode_size > size - image.protected_mode_offset) {
      std::abort();
    }
    if (!quiz::boot::looks_like_bzimage(bytes)) std::abort();
  } catch (const quiz::base::Error&) {
  }
  return 0;
}
