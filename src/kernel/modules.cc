#include "kernel/modules.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "base/below.h"
#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "boot/elf.h"
#include "build/archive.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

namespace {

/// What one directory of modules holds.
class ModuleDirectory {
 public:
  explicit ModuleDirectory(fs::path directory) : directory_(std::move(directory)) {
    read_builtin();
    if (!read_dependencies() && !read_order()) walk();
  }

  bool is_builtin(const std::string& name) const { return builtin_.contains(name); }

  /// Empty if there is no such module. Throws base::Error where its file lies elsewhere: it would
  /// be read by us and shown to the guest.
  fs::path file(const std::string& name) const {
    const auto found = files_.find(name);
    if (found == files_.end()) return {};
    std::error_code error;
    const fs::path real = fs::canonical(found->second, error);
    if (!error &&
        (!base::is_below(real, fs::canonical(directory_)) || !fs::is_regular_file(real))) {
      throw base::Error(found->second.string() + " is no module of this kernel, but " +
                            base::quoted(real.string()),
                        "a kernel's modules lie in its own directory");
    }
    return found->second;
  }

  /// Names of the modules that `name` needs directly or indirectly.
  std::vector<std::string> dependencies(const std::string& name) const {
    const auto found = dependencies_.find(name);
    return found != dependencies_.end() ? found->second : dependencies_in_file(file(name));
  }

 private:
  void read_builtin() {
    std::istringstream lines(
        base::read_file_if_exists(directory_ / "modules.builtin").value_or(""));
    for (std::string line; std::getline(lines, line);) builtin_.insert(module_name(line));
  }

  void add_file(const fs::path& relative) {
    files_.emplace(module_name(relative.string()), directory_ / relative);
  }

  /// depmod's list, one line a module: "kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz …".
  bool read_dependencies() {
    const auto text = base::read_file_if_exists(directory_ / "modules.dep");
    if (!text || text->empty()) return false;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      const std::string path = line.substr(0, colon);
      add_file(path);
      std::vector<std::string>& needed = dependencies_[module_name(path)];
      std::istringstream words(line.substr(colon + 1));
      for (std::string word; words >> word;) needed.push_back(module_name(word));
    }
    return true;
  }

  /// The build's list names the modules, in packages of compressed modules without the suffix.
  bool read_order() {
    const auto text = base::read_file_if_exists(directory_ / "modules.order");
    if (!text) return false;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      // In a tree that was built, until Linux 6.1, there is no such directory.
      constexpr std::string_view kInstalled = "kernel/";
      if (line.starts_with(kInstalled) && fs::exists(directory_ / "Kconfig")) {
        line.erase(0, kInstalled.size());
      }
      if (line.ends_with(".o"))
        line.replace(line.size() - 1, 1, "ko");  // since Linux 6.3 in some trees
      for (const char* suffix : {"", ".xz", ".zst", ".gz"}) {
        if (fs::exists(directory_ / (line + suffix))) {
          add_file(line + suffix);
          break;
        }
      }
    }
    return !files_.empty();
  }

  void walk() {
    std::error_code error;
    fs::recursive_directory_iterator it(directory_, error);
    if (error) throw base::SystemError("cannot read " + directory_.string(), error.value());
    for (const auto& item : it) {
      const std::string name = item.path().filename().string();
      if (name.find(".ko") != std::string::npos)
        add_file(item.path().lexically_relative(directory_));
    }
  }

  /// The line "depends=a,b" of the module's own .modinfo section, whose lines end in NUL.
  static std::vector<std::string> dependencies_in_file(const fs::path& file) {
    return base::with_note("while reading the module " + file.string(), [&] {
      constexpr std::string_view kKey = "depends=";
      const std::string content = build::read_decompressed(file);
      std::string_view rest = boot::elf_section(content, ".modinfo");
      std::vector<std::string> names;
      while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!line.starts_with(kKey)) continue;
        std::istringstream words{std::string(line.substr(kKey.size()))};
        for (std::string word; std::getline(words, word, ',');) names.push_back(module_name(word));
      }
      return names;
    });
  }

  fs::path directory_;
  std::set<std::string> builtin_;
  std::map<std::string, fs::path> files_;
  std::map<std::string, std::vector<std::string>> dependencies_;
};

/// Depth first: what a module needs comes before it.
void add_with_dependencies(const ModuleDirectory& modules, const std::string& name,
                           std::set<std::string>& seen, ModulePlan& plan) {
  if (modules.is_builtin(name) || !seen.insert(name).second) return;
  const fs::path file = modules.file(name);
  if (file.empty()) throw base::Error("the kernel's modules need one that is not there: " + name);
  for (const std::string& needed : modules.dependencies(name)) {
    add_with_dependencies(modules, needed, seen, plan);
  }
  plan.files.push_back(file);
}

}  // namespace

std::string module_name(const std::string& file_or_name) {
  std::string name = fs::path(file_or_name).filename().string();
  name = name.substr(0, name.find(".ko"));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

ModulePlan plan_modules(const fs::path& directory, const std::vector<std::string>& wanted) {
  const ModuleDirectory modules(directory);
  ModulePlan plan;
  std::set<std::string> seen;
  for (const std::string& item : wanted) {
    const std::string name = module_name(item);
    if (!modules.is_builtin(name) && modules.file(name).empty()) {
      plan.missing.push_back(item);
    } else {
      add_with_dependencies(modules, name, seen, plan);
    }
  }
  return plan;
}

}  // namespace quiz::kernel
