#include "profile/effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/error.h"
#include "base/split.h"
#include "config/project.h"

namespace quiz::profile {

namespace {

constexpr std::uint64_t kSmallest = 64 << 10;
constexpr std::uint64_t kMostDevices = 64;

struct MemoryKind {
  const char* name;
  wire::MemoryBackend backend;
  const char* option;  ///< of the kernel
  bool any_sector;     ///< 512 or 4096 bytes
};
constexpr std::array<MemoryKind, 4> kMemoryKinds = {{
    {"null_blk", wire::MemoryBackend::null_blk, "BLK_DEV_NULL_BLK", true},
    {"brd", wire::MemoryBackend::brd, "BLK_DEV_RAM", false},
    {"loop", wire::MemoryBackend::loop, "BLK_DEV_LOOP", true},
    {"zram", wire::MemoryBackend::zram, "ZRAM", false},
}};

std::string upper(std::string text) {
  for (char& c : text) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

/// "quizb0" and 3: "quizb3".
std::string numbered(const std::string& first, std::uint64_t index) {
  const std::size_t digits = first.find_last_not_of("0123456789") + 1;
  return first.substr(0, digits) +
         std::to_string(read_number(first.substr(digits)).value_or(0) + index);
}

/// Adds one profile after the other.
class Combination {
 public:
  void add(const Chosen& chosen) {
    chosen_ = &chosen;
    place_ = "the profile " + chosen.manifest.name;
    const Manifest& manifest = chosen.manifest;
    effects_.profiles.push_back(manifest.name);
    for (const std::string& option : manifest.kernel) {
      effects_.kernel_options.push_back({expand(option), manifest.name});
    }
    for (const std::string& module : manifest.modules) {
      const std::string name = expand(module);
      if (!name.empty()) effects_.modules.push_back({name, "", manifest.name});
    }
    for (std::size_t i = 0; i < manifest.programs.size(); ++i) {
      const std::string& program = manifest.programs[i];
      effects_.programs.push_back({program, manifest.name});
      if (i < manifest.packages.size()) effects_.packages[program] = manifest.packages[i];
    }
    for (const auto& [name, value] : manifest.environment) {
      effects_.environment.push_back(name + "=" + expand(value));
    }
    effects_.hot_plug = effects_.hot_plug || manifest.hot_plug;
    if (manifest.output) effects_.needs_output = manifest.name;
    if (!manifest.cmdline.empty()) {
      effects_.cmdline += (effects_.cmdline.empty() ? "" : " ") + expand(manifest.cmdline);
    }
    for (const std::string& words : manifest.writes) add_write(words);
    for (const DiskSpec& disk : manifest.disks) add_disks(disk);
    ask_for_disks();
    for (const DiskSpec& disk : manifest.disks) ask_for_kept(disk);
    ask_for_the_rest();
    for (const MemorySpec& memory : manifest.memory) add_memory(memory);
    add_mapper();
    if (manifest.network) add_network(*manifest.network);
    if (manifest.lan) add_lan(*manifest.lan);
    for (const ProfileFile& file : manifest.files) {
      effects_.bundle.push_back({file.path, file.mode, file.content});
    }
    add_hook("host", effects_.host);
    add_hook("host-after", effects_.host_after);
    add_hook("guest", effects_.guest);
    add_hook("guest-after", effects_.guest_after);
  }

  Effects finish() {
    add_memory_modules();
    return std::move(effects_);
  }

 private:
  std::string expand(const std::string& text) const {
    return expanded(text, chosen_->values, place_);
  }

  std::uint64_t number(const std::string& text, const char* what, std::uint64_t most) const {
    const auto value = read_size(expand(text));
    if (value && *value <= most) return *value;
    throw base::Error(
        fmt::format("{}: the {} '{}' is not a number up to {}", place_, what, expand(text), most));
  }

  std::uint64_t device_size(const std::string& text) const {
    constexpr std::uint64_t kLargest = std::uint64_t{1} << 50;
    const std::uint64_t size = number(text, "size", kLargest);
    constexpr std::uint64_t kGrain = 4096;
    if (size >= kSmallest && size % kGrain == 0) return size;
    throw base::Error(fmt::format("{}: a device of {} bytes cannot be made", place_, size),
                      "at least 64K, and a multiple of 4K");
  }

  void name_device(const std::string& name, std::uint64_t bytes) {
    if (!sizes_.emplace(name, bytes).second) {
      throw base::Error(fmt::format("{}: there are two devices {}", place_, name));
    }
  }

  void add_disks(const DiskSpec& spec) {
    const std::uint64_t count = number(spec.count, "count", kMostDevices);
    for (std::uint64_t i = 0; i < count; ++i) {
      WantedDisk wanted;
      wanted.disk.name = numbered(spec.name, i);
      wanted.disk.bytes = device_size(spec.size);
      wanted.disk.sector = static_cast<unsigned>(number(spec.sector, "sector size", 4096));
      if (wanted.disk.sector != 512 && wanted.disk.sector != 4096) {
        throw base::Error(fmt::format("{}: sectors have 512 or 4096 bytes", place_));
      }
      wanted.disk.read_only = read_toggle(expand(spec.read_only)).value_or(false);
      wanted.persist = expand(spec.persist);
      if (!wanted.persist.empty() && !is_name(wanted.persist)) {
        throw base::Error(fmt::format("{}: '{}' is no name for kept disks", place_, wanted.persist),
                          "letters, digits, - and _");
      }
      wanted.size_given =
          std::any_of(chosen_->given.begin(), chosen_->given.end(), [&](const std::string& option) {
            return spec.size.find("{" + option + "}") != std::string::npos;
          });
      name_device(wanted.disk.name, wanted.disk.bytes);
      effects_.disks.push_back(std::move(wanted));
    }
    if (count > 0) {
      effects_.kernel_options.push_back({"VIRTIO_BLK", chosen_->manifest.name});
      effects_.modules.push_back({"virtio_blk", "", chosen_->manifest.name});
    }
  }

  void add_memory(const MemorySpec& spec) {
    const std::uint64_t count = number(spec.count, "count", kMostDevices);
    const MemoryKind& kind = memory_kind(expand(spec.backend));
    for (std::uint64_t i = 0; i < count; ++i) {
      wire::MemoryDevice device;
      device.name = numbered(spec.name, i);
      device.bytes = device_size(spec.size);
      device.sector = static_cast<std::uint32_t>(number(spec.sector, "sector size", 4096));
      device.backend = kind.backend;
      if (device.sector != 512 && !kind.any_sector) {
        throw base::Error(fmt::format("{}: {} has no choice of sector sizes", place_, kind.name),
                          "null_blk and loop have");
      }
      constexpr std::uint64_t kMiB = 1 << 20;
      if (kind.backend == wire::MemoryBackend::null_blk && device.bytes % kMiB != 0) {
        throw base::Error(fmt::format("{}: null_blk makes devices of whole MiB only", place_),
                          "backend=brd makes smaller ones");
      }
      name_device(device.name, device.bytes);
      effects_.memory.push_back(std::move(device));
    }
    if (count > 0) {
      effects_.kernel_options.push_back({kind.option, chosen_->manifest.name});
      memory_profile_ = chosen_->manifest.name;
    }
  }

  const MemoryKind& memory_kind(const std::string& name) const {
    for (const MemoryKind& kind : kMemoryKinds) {
      if (name == kind.name) return kind;
    }
    throw base::Error(fmt::format("{}: '{}' makes no devices in memory", place_, name),
                      "null_blk, brd, loop or zram");
  }

  void add_mapper() {
    if (!chosen_->manifest.mapper) return;
    effects_.kernel_options.push_back({"BLK_DEV_DM", chosen_->manifest.name});
    std::set<std::string> modules;
    for (wire::MapperDevice& device : make_mapper_devices(*chosen_, sizes_)) {
      for (const wire::MapperTarget& target : device.targets) {
        modules.insert(module_of_target(target.type));
      }
      effects_.mapper.push_back(std::move(device));
    }
    modules.erase("");
    effects_.modules.push_back({"dm-mod", "", chosen_->manifest.name});
    for (const std::string& module : modules) {
      effects_.modules.push_back({module, "", chosen_->manifest.name});
    }
    if (modules.count("dm-crypt") == 0) return;
    // What the kernel would else have to start modprobe for.
    for (const char* cipher : {"aes_generic", "xts"}) {
      effects_.modules.push_back({cipher, "", chosen_->manifest.name, true});
    }
  }

  void ask(std::string_view subject, const std::string& what, const fs::path& project,
           std::string_view text = {}) {
    const auto place = chosen_->places.find(project);
    config::Ask asked{&config::consent_row(subject, {text, config::project_of(project)}),
                      fmt::format("{} (profile {})", what, chosen_->manifest.name),
                      place == chosen_->places.end() ? project.string() : place->second, project};
    const bool known = std::any_of(
        effects_.asks.begin(), effects_.asks.end(),
        [&](const auto& one) { return one.project == asked.project && one.what == asked.what; });
    if (!known) effects_.asks.push_back(std::move(asked));
  }

  /// The projects that chose the profile or one of its options.
  std::set<fs::path> askers() const {
    std::set<fs::path> result(chosen_->projects.begin(), chosen_->projects.end());
    for (const auto& option : chosen_->option_projects) result.insert(option.second);
    return result;
  }

  /// Files take room on the host as they are written.
  void ask_for_disks() {
    std::uint64_t bytes = 0;
    for (const WantedDisk& wanted : effects_.disks) bytes += wanted.disk.bytes;
    if (chosen_->manifest.disks.empty()) return;
    for (const fs::path& project : askers()) {
      ask(config::kDisks, fmt::format("would use {} MiB of disk", bytes >> 20), project,
          std::to_string(bytes));
    }
  }

  void ask_for_kept(const DiskSpec& spec) {
    const std::string name = expand(spec.persist);
    if (name.empty()) return;
    const std::string what = fmt::format("would use the disks that you keep as '{}'", name);
    for (const fs::path& project : chosen_->projects) ask(config::kKeptDisks, what, project);
    const fs::path project = has_a_say(*chosen_, spec.persist);
    if (!project.empty()) ask(config::kKeptDisks, what, project);
  }

  void ask_for_the_rest() {
    const Manifest& manifest = chosen_->manifest;
    if (manifest.of_project) ask(config::kProjectProfile, "takes part in the run", manifest.folder);
    const fs::path words =
        manifest.of_project ? manifest.folder : has_a_say(*chosen_, manifest.cmdline);
    if (!manifest.cmdline.empty() && !words.empty()) {
      ask(config::kProfileWords,
          fmt::format("would add '{}' to the kernel's command line", expand(manifest.cmdline)),
          words);
    }
    for (const OptionSpec& option : manifest.options) {
      const auto set_by = chosen_->option_projects.find(option.name);
      const fs::path project = set_by != chosen_->option_projects.end()        ? set_by->second
                               : manifest.of_project && !is_given(option.name) ? manifest.folder
                                                                               : fs::path();
      if (option.type == OptionType::file) ask_for_file(chosen_->values.at(option.name), project);
    }
    if (manifest.of_project && manifest.mapper) {
      const bool own = manifest.mapper->stack.find('{') == std::string::npos;
      if (own) ask_for_file(manifest.mapper->stack, manifest.folder);
    }
  }

  void ask_for_file(const std::string& file, const fs::path& project) {
    if (file.empty() || project.empty()) return;
    ask(config::kProfileFile, "would take the file " + file, project, file);
  }

  bool is_given(const std::string& option) const {
    const auto& given = chosen_->given;
    return std::find(given.begin(), given.end(), option) != given.end();
  }

  void add_write(const std::string& text) {
    const Manifest& manifest = chosen_->manifest;
    std::string words = expand(text);
    if (words.empty()) return;
    if (manifest.of_project) words = config::project_of(manifest.folder) / words;
    std::set<fs::path> projects = askers();
    if (manifest.of_project) projects.insert(manifest.folder);
    for (const fs::path& project : projects) {
      ask("write", "would let the program write to " + words, project, words);
    }
    effects_.writes.push_back({words, manifest.name});
  }

  void add_network(const NetworkSpec& spec) {
    if (!effects_.network) effects_.network.emplace();
    const std::string what = "would give the machine a network";
    for (const fs::path& project : askers()) ask(config::kNetwork, what, project);
    if (read_toggle(expand(spec.host)).value_or(false)) effects_.network->host_services = true;
    for (const std::string& part : base::split(expand(spec.forward), '/')) {
      machine::Forward forward;
      std::string text = part;
      forward.udp = !text.empty() && text.back() == 'u';
      if (forward.udp) text.pop_back();
      const std::size_t dash = text.find('-');
      const auto host = read_number(text.substr(0, dash));
      const auto guest = dash == std::string::npos ? host : read_number(text.substr(dash + 1));
      constexpr std::uint64_t kLast = 65535;
      if (!host || !guest || *host == 0 || *guest == 0 || *host > kLast || *guest > kLast) {
        throw base::Error(fmt::format("{}: '{}' forwards no port", place_, part),
                          "HOST-GUEST, as in 8080-80; 5353-53u for UDP");
      }
      forward.host = static_cast<std::uint16_t>(*host);
      forward.guest = static_cast<std::uint16_t>(*guest);
      effects_.network->forwards.push_back(forward);
    }
  }

  void add_lan(const LanSpec& spec) {
    const WantedLan lan{expand(spec.name), expand(spec.ip)};
    for (const fs::path& project : askers()) {
      ask(config::kNetwork, fmt::format("would join your machines at the LAN '{}'", lan.name),
          project);
    }
    if (effects_.lan && effects_.lan->name != lan.name) {
      throw base::Error(fmt::format("{}: a machine can be at one LAN, not at {} and {}", place_,
                                    effects_.lan->name, lan.name));
    }
    effects_.lan = lan;
  }

  /// A project's hook is its own program; any other one does what it is told by options. What
  /// comes with quiz may be chosen freely.
  void ask_for_hook(const std::string& kind) {
    const fs::path& folder = chosen_->manifest.folder;
    const std::string what = fmt::format("would run {} on this host", (folder / kind).string());
    if (chosen_->manifest.of_project) {
      ask(config::kHostHook, what, folder);
      return;
    }
    const bool shipped = folder.empty();
    for (const fs::path& project : askers()) {
      const bool chosen_only = chosen_->option_projects.empty();
      if (!shipped || !chosen_only) ask(config::kYourHostHook, what, project);
    }
  }

  void add_hook(const std::string& kind, std::vector<WantedHook>& hooks) {
    const auto found = chosen_->manifest.hooks.find(kind);
    if (found == chosen_->manifest.hooks.end()) return;
    if (kind.starts_with("host")) ask_for_hook(kind);
    WantedHook hook{chosen_->manifest.name,
                    chosen_->manifest.of_project,
                    chosen_->manifest.folder,
                    found->second,
                    {"QUIZ_PROFILE_NAME=" + chosen_->manifest.name}};
    for (const auto& [name, value] : chosen_->values) {
      hook.environment.push_back("QUIZ_OPTION_" + upper(name) + "=" + value);
    }
    hooks.push_back(std::move(hook));
  }

  /// brd and zram make all of them at once, when the module is loaded; null_blk none then.
  void add_memory_modules() {
    std::vector<std::uint64_t> sizes;
    bool zram = false, loop = false, null_blk = false;
    for (const wire::MemoryDevice& device : effects_.memory) {
      zram = zram || device.backend == wire::MemoryBackend::zram;
      loop = loop || device.backend == wire::MemoryBackend::loop;
      null_blk = null_blk || device.backend == wire::MemoryBackend::null_blk;
      if (device.backend == wire::MemoryBackend::brd) sizes.push_back(device.bytes);
    }
    if (!sizes.empty()) {
      if (sizes.front() != sizes.back() ||
          std::adjacent_find(sizes.begin(), sizes.end(), std::not_equal_to<>()) != sizes.end()) {
        throw base::Error("brd's RAM disks are all of one size", "use backend=null_blk");
      }
      constexpr std::uint64_t kKib = 1024;
      effects_.modules.push_back(
          {"brd", fmt::format("rd_nr={} rd_size={} max_part=16", sizes.size(), sizes[0] / kKib),
           memory_profile_});
    }
    const auto zrams = std::count_if(
        effects_.memory.begin(), effects_.memory.end(),
        [](const auto& device) { return device.backend == wire::MemoryBackend::zram; });
    if (zram)
      effects_.modules.push_back({"zram", fmt::format("num_devices={}", zrams), memory_profile_});
    if (null_blk) effects_.modules.push_back({"null_blk", "nr_devices=0", memory_profile_});
    if (loop) effects_.modules.push_back({"loop", "", memory_profile_});
  }

  Effects effects_;
  DeviceSizes sizes_;
  std::string memory_profile_;
  const Chosen* chosen_ = nullptr;
  std::string place_;
};

}  // namespace

Effects combine(const std::vector<Chosen>& chosen) {
  Combination combination;
  for (const Chosen& one : chosen) combination.add(one);
  return combination.finish();
}

}  // namespace quiz::profile
