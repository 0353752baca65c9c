#include "kernel/depmod.h"

#include "base/child.h"

namespace quiz::kernel {

void run_depmod(const std::filesystem::path& modules, const std::string& release,
                base::Reporter& reporter) {
  const auto dependencies = modules / "lib" / "modules" / release / "modules.dep";
  if (std::filesystem::exists(dependencies)) return;
  if (!base::find_program("depmod")) {
    reporter.warning(
        "there is no depmod here: modprobe will not work in guests with this kernel; "
        "install kmod, then remove and add the kernel again");
    return;
  }
  base::SpawnOptions options;
  options.arguments = {"depmod", "-b", modules.string(), release};
  const base::Captured result = base::run_and_capture(std::move(options));
  if (!result.status.success() || !std::filesystem::exists(dependencies)) {
    reporter.warning("depmod " + result.status.describe() +
                     ": modprobe will not work in guests with this kernel");
    reporter.detail(result.errors);
  }
}

}  // namespace quiz::kernel
