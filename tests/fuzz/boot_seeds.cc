// Writes the seeds of the fuzz targets bzimage, elf and freebsd: boot_seeds CORPUS
// (tests/fuzz/corpus).
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "../unit/boot/images.h"

namespace {

using namespace quiz::boot::test;

constexpr std::string_view kBanner = "Linux version 6.1.0-test-amd64 (me@here) (gcc) #1 SMP\n";

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path corpus = argv[1];
  const std::string bzimage = make_bzimage("payload of a kernel");
  write(corpus / "bzimage/whole", bzimage);
  write(corpus / "bzimage/long_payload", make_bzimage(std::string(3000, 'p')));
  write(corpus / "bzimage/no_version", make_bzimage("payload", ""));
  write(corpus / "bzimage/cut_in_the_header", bzimage.substr(0, 0x220));
  write(corpus / "bzimage/cut_in_the_payload", bzimage.substr(0, bzimage.size() - 8));
  const std::string vmlinux = make_vmlinux(kBanner);
  write(corpus / "elf/vmlinux", vmlinux);
  write(corpus / "elf/vmlinux_without_pvh", make_vmlinux(kBanner, false));
  write(corpus / "elf/vmlinux_cut", vmlinux.substr(0, vmlinux.size() - 100));
  write(corpus / "elf/module", make_module(std::string_view("depends=a,b\0name=c\0", 19)));
  write(corpus / "elf/no_elf", "\177ELX");
  // The last byte chooses machine and files.
  const std::string freebsd = make_freebsd_kernel();
  for (const char choice : {'\x20', '\x39', '\x5a'}) {
    write(corpus / "freebsd" / ("kernel_" + std::to_string(static_cast<int>(choice))),
          freebsd + choice);
  }
  write(corpus / "freebsd/old", make_freebsd_kernel("11.4-RELEASE") + ' ');
  write(corpus / "freebsd/cut", freebsd.substr(0, freebsd.size() - 100) + ' ');
  write(corpus / "freebsd/vmlinux", vmlinux + ' ');
  return 0;
}
