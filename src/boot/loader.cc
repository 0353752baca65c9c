#include "boot/loader.h"

#include "boot/bzimage.h"
#include "boot/elf.h"
#include "boot/elf_image.h"
#include "boot/freebsd_kernel.h"
#include "boot/multiboot1_header.h"
#include "boot/multiboot2_header.h"
#include "boot/pvh_note.h"
#include "boot/refusal.h"

namespace quiz::boot {

Protocol recognise(std::string_view kernel) {
  if (looks_like_bzimage(kernel)) return Protocol::linux64;
  if (find_multiboot2_header(kernel)) return Protocol::multiboot2;
  if (find_multiboot1_header(kernel)) return Protocol::multiboot1;
  if (!looks_like_elf(kernel)) {
    refuse("",
           "it is no kernel that can be booted: neither a bzImage nor an ELF file nor multiboot");
  }
  if (looks_like_freebsd(kernel)) return Protocol::freebsd;
  const ElfImage image = parse_elf_image(kernel);
  if (image.is_64_bit && find_linux_banner(kernel)) return Protocol::linux64;
  if (pvh_entry(image)) return Protocol::pvh;
  refuse("", "it is an {} without a multiboot header, a PVH entry point or Linux in it",
         image.kind());
}

BootPlan make_plan(Protocol protocol, const BootRequest& request) {
  if (request.command_line.find('\0') != std::string::npos) {
    refuse("", "the command line contains a NUL");
  }
  if (protocol != Protocol::freebsd && !request.environment.empty()) {
    throw base::Error("only FreeBSD takes an environment from its loader",
                      "other kernels have a command line: --cmdline");
  }
  switch (protocol) {
    case Protocol::linux64:
      return plan_linux(request);
    case Protocol::freebsd:
      return plan_freebsd(request);
    case Protocol::pvh:
      return plan_pvh(request);
    case Protocol::multiboot2:
      return plan_multiboot2(request);
    case Protocol::multiboot1:
      return plan_multiboot1(request);
  }
  refuse("", "there is no such protocol");
}

}  // namespace quiz::boot
