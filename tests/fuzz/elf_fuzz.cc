// The ELF readers on arbitrary bytes: kernels, sections of modules, the banner.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "boot/elf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto kernel = quiz::boot::parse_elf_kernel(bytes);
    if (kernel.memory_begin > kernel.memory_end) std::abort();
  } catch (const quiz::base::Error&) {
  }
  try {
    const auto section = quiz::boot::elf_section(bytes, ".modinfo");
    if (!section.empty() && (section.data() < bytes.data() ||
                             section.data() + section.size() > bytes.data() + bytes.size())) {
      std::abort();
    }
  } catch (const quiz::base::Error&) {
  }
  (void)quiz::boot::find_linux_banner(bytes);
  return 0;
}
