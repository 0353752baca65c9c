#include "config/consent_table.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>

#include "base/below.h"
#include "config/values.h"

namespace quiz::config {

namespace fs = std::filesystem;

namespace {

bool is_path(const Asked& asked) {
  return asked.text == "." || asked.text == ".." || asked.text.find('/') != std::string_view::npos;
}

/// Where a path leads in the end; what does not exist leads where its name says.
fs::path destination(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : found;
}

bool leads_out(const Asked& asked) {
  return is_path(asked) && !base::is_below(destination(asked.text), destination(asked.project));
}

/// A project that itself lies in /dev/shm or /run/user may have what is its own.
bool leads_to_hidden(const Asked& asked) {
  if (!leads_out(asked)) return false;
  const fs::path end = destination(asked.text);
  const auto& hidden = hidden_directories();
  return std::any_of(hidden.begin(), hidden.end(),
                     [&](const fs::path& directory) { return base::is_below(end, directory); });
}

/// Of "DIR[:PLACE]".
bool writes_out(const Asked& asked) {
  return leads_out({split_write(asked.text).directory, asked.project});
}
bool writes_to_hidden(const Asked& asked) {
  return leads_to_hidden({split_write(asked.text).directory, asked.project});
}

constexpr unsigned kMostMemoryMib = 8192;
constexpr unsigned kMostCpus = 16;
constexpr unsigned kMostImagesMib = 4096;
constexpr std::chrono::hours kMostTime{24};
constexpr std::uint64_t kMostDiskBytes = std::uint64_t{16} << 30;

bool is_much_memory(const Asked& asked) {
  const auto mib = read_size(asked.text);
  return mib && *mib > kMostMemoryMib;
}
bool are_many_cpus(const Asked& asked) {
  const auto cpus = read_cpus(asked.text);
  return cpus && *cpus > kMostCpus;
}
bool is_much_for_images(const Asked& asked) {
  const auto mib = read_memory(asked.text);
  return mib && *mib > kMostImagesMib;
}
bool is_no_limit(const Asked& asked) {
  const auto time = read_duration(asked.text);
  return time && (time->count() == 0 || *time > kMostTime);
}
bool is_much_disk(const Asked& asked) {
  std::uint64_t bytes = 0;  // a number that quiz itself has written
  std::from_chars(asked.text.data(), asked.text.data() + asked.text.size(), bytes);
  return bytes > kMostDiskBytes;
}
bool passes_on(const Asked& asked) { return asked.text.find('=') == std::string_view::npos; }
bool is_message_choice(const Asked& asked) {
  return std::find(kKernelMessagesNames.begin(), kKernelMessagesNames.end(), asked.text) !=
         kKernelMessagesNames.end();
}
bool is_off(const Asked& asked) { return read_switch(asked.text) == false; }
bool is_on(const Asked& asked) { return read_switch(asked.text) != false; }
bool is_kept(const Asked& asked) { return asked.text != kKeepNames.front(); }
bool is_all(const Asked& asked) { return asked.text == kPassEnvironmentNames.back(); }

constexpr std::string_view kHiddenPlace = "below /proc, /sys, /dev, /run";
constexpr std::string_view kHiddenReach = "what no guest may see of this machine";
constexpr std::string_view kOutside = "outside the project";
constexpr std::string_view kNothing = "nothing but the guest";

// clang-format off
constexpr ConsentRow kRows[] = {
    {.subject = "kernel", .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = leads_to_hidden},
    {.subject = "kernel", .when = kOutside, .reaches = "a file or tree of this machine, read as a kernel",
     .may = May::if_trusted, .takes_part = true, .leads = leads_out},
    {.subject = "kernel", .when = "a path in the project", .reaches = "what quiz itself reads to boot it",
     .may = May::if_trusted, .takes_part = true, .applies = is_path},
    {.subject = "kernel", .reaches = "the store of kernels"},
    {.subject = "kernel_enable", .reaches = "builds on this machine", .may = May::never},
    {.subject = "kernel_disable", .reaches = "builds on this machine", .may = May::never},
    {.subject = "kernel_module", .reaches = "builds on this machine", .may = May::never},
    {.subject = "profile", .reaches = "what the profile's own rows below say", .takes_part = true},
    {.subject = "root", .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = leads_to_hidden},
    {.subject = "root", .when = kOutside, .reaches = "a directory or image of this machine, used as the guest's /",
     .may = May::if_trusted, .takes_part = true, .leads = leads_out},
    {.subject = "root", .when = "a path in the project", .reaches = kNothing, .takes_part = true, .applies = is_path},
    {.subject = "root", .reaches = "the store of roots"},
    {.subject = "mirror", .reaches = "where this machine gets Debian's packages from", .may = May::never},
    {.subject = "init", .reaches = kNothing},
    {.subject = "size", .when = "above 8G", .reaches = "much of this machine's memory",
     .may = May::if_trusted, .applies = is_much_memory},
    {.subject = "size", .reaches = "this machine's memory"},
    {.subject = "memory", .when = "above 8G", .reaches = "much of this machine's memory",
     .may = May::if_trusted, .applies = is_much_memory},
    {.subject = "memory", .reaches = "this machine's memory"},
    {.subject = "cpus", .when = "above 16", .reaches = "much of this machine's CPUs",
     .may = May::if_trusted, .applies = are_many_cpus},
    {.subject = "cpus", .reaches = "this machine's CPUs"},
    {.subject = "architecture", .reaches = kNothing},
    {.subject = "accelerator", .reaches = "/dev/kvm"},
    {.subject = "qemu", .reaches = "which program runs on this machine", .may = May::never},
    {.subject = "cmdline", .reaches = "the kernel's protections and the guest's init", .may = May::if_trusted,
     .takes_part = true},
    {.subject = "cold", .reaches = kNothing},
    {.subject = "gdb", .when = "true", .reaches = "how long your command may take", .may = May::if_trusted,
     .applies = is_on},
    {.subject = "gdb", .reaches = kNothing},
    {.subject = "warm_cache", .when = "above 4G", .reaches = "much of this machine's disk",
     .may = May::if_trusted, .applies = is_much_for_images},
    {.subject = "warm_cache", .reaches = "this machine's disk"},
    {.subject = "strict", .when = "false", .reaches = "what keeps the guest from this machine", .may = May::if_trusted,
     .applies = is_off},
    {.subject = "strict", .reaches = kNothing},
    {.subject = "confinement", .reaches = "what keeps the guest from this machine", .may = May::never},
    {.subject = "on", .reaches = kNothing},
    {.subject = "name", .reaches = kNothing},
    {.subject = "user", .reaches = kNothing},
    {.subject = "directory", .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = leads_to_hidden},
    {.subject = "directory", .when = kOutside, .reaches = "where on this machine your program runs",
     .may = May::if_trusted, .takes_part = true, .leads = leads_out},
    {.subject = "directory", .reaches = kNothing},
    {.subject = "environment", .when = "NAME", .reaches = "a variable of yours, perhaps a token",
     .may = May::if_trusted, .takes_part = true, .applies = passes_on},
    {.subject = "environment", .when = "NAME=VALUE", .reaches = kNothing, .takes_part = true},
    {.subject = "pass_environment", .when = "all", .reaches = "your variables, perhaps tokens",
     .may = May::if_trusted, .takes_part = true, .applies = is_all},
    {.subject = "pass_environment", .reaches = kNothing},
    {.subject = "tty", .reaches = "your terminal"},
    {.subject = "stdin", .reaches = kNothing},
    {.subject = "shell_after", .reaches = "your terminal, for a shell in the guest"},
    {.subject = "keep", .when = "failure or always", .reaches = "how long your command may take",
     .may = May::if_trusted, .applies = is_kept},
    {.subject = "keep", .reaches = kNothing},
    {.subject = "write", .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = writes_to_hidden},
    {.subject = "write", .when = kOutside, .reaches = "a directory of this machine, to be written",
     .may = May::if_trusted, .takes_part = true, .leads = writes_out},
    {.subject = "write", .reaches = "the project's own files, to be written", .may = May::if_trusted, .takes_part = true},
    {.subject = "output", .reaches = "a directory of this machine, to be written", .may = May::never},
    {.subject = "output_limit", .reaches = "how much of this machine's disk is written", .may = May::never},
    {.subject = "hide", .reaches = kNothing},
    {.subject = "hide_secrets", .when = "false", .reaches = "your keys and tokens", .may = May::if_trusted,
     .takes_part = true, .applies = is_off},
    {.subject = "hide_secrets", .reaches = kNothing},
    {.subject = "secrets", .reaches = kNothing},
    {.subject = "timeout", .when = "0 or above 24h", .reaches = "how long your command may take",
     .may = May::if_trusted, .applies = is_no_limit},
    {.subject = "timeout", .reaches = "how long your command may take"},
    {.subject = "oops", .reaches = kNothing},
    {.subject = "kmsg", .when = "warn, all or none", .reaches = "your terminal", .applies = is_message_choice},
    {.subject = "kmsg", .when = "a file", .reaches = "a file of this machine, to be written", .may = May::never},
    {.subject = "quiet", .reaches = "your terminal"},
    {.subject = "verbose", .reaches = "your terminal"},
    {.subject = "json", .reaches = "a file of this machine, to be written", .may = May::never},
    {.subject = "boot_chart", .reaches = "a file of this machine, to be written", .may = May::never},
    {.subject = "dry_run", .reaches = "your terminal"},

    {.subject = kLayer, .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = leads_to_hidden},
    {.subject = kLayer, .when = "a link out of the project", .reaches = "a directory of this machine, laid over the guest's /",
     .may = May::if_trusted, .takes_part = true, .leads = leads_out},
    {.subject = kLayer, .when = "a directory of the project", .reaches = kNothing, .takes_part = true},
    {.subject = kProjectProfile, .reaches = kNothing, .takes_part = true},
    {.subject = kProfileLink, .when = "out of its folder", .reaches = "a file of this machine, copied into the guest",
     .may = May::never},
    {.subject = kHostHook, .reaches = "all that you may do: a program of the project's runs on this machine",
     .may = May::if_trusted, .takes_part = true},
    {.subject = kYourHostHook, .when = "chosen, or its options set", .reaches = "a program of yours that runs on this machine",
     .may = May::if_trusted, .takes_part = true},
    {.subject = kNetwork, .reaches = "all that this machine can reach, its own services too",
     .may = May::if_trusted, .takes_part = true},
    {.subject = kKeptDisks, .reaches = "what you keep on them", .may = May::if_trusted, .takes_part = true},
    {.subject = kDisks, .when = "above 16G in all", .reaches = "much of this machine's disk",
     .may = May::if_trusted, .takes_part = true, .applies = is_much_disk},
    {.subject = kDisks, .reaches = "this machine's disk", .takes_part = true},
    {.subject = kProfileFile, .when = kHiddenPlace, .reaches = kHiddenReach, .may = May::never, .leads = leads_to_hidden},
    {.subject = kProfileFile, .when = kOutside, .reaches = "a file of this machine, given to a profile",
     .may = May::if_trusted, .takes_part = true, .leads = leads_out},
    {.subject = kProfileFile, .when = "in the project", .reaches = kNothing, .takes_part = true},
    {.subject = kProfileWords, .reaches = "the kernel's protections and the guest's init", .may = May::if_trusted,
     .takes_part = true},
};
// clang-format on

}  // namespace

const std::vector<fs::path>& hidden_directories() {
  static const std::vector<fs::path> directories = {"/proc", "/sys", "/dev", "/run"};
  return directories;
}

std::span<const ConsentRow> consent_table() { return kRows; }

const ConsentRow& consent_row(std::string_view subject, const Asked& asked) {
  const auto* const found =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const ConsentRow& row) {
        return row.subject == subject && (row.applies == nullptr || row.applies(asked)) &&
               (row.leads == nullptr || row.leads(asked));
      });
  assert(found != std::end(kRows));
  return *found;
}

bool never_in_a_project(std::string_view setting, std::string_view text) {
  for (const ConsentRow& row : kRows) {
    if (row.subject != setting || row.leads != nullptr) continue;
    if (row.applies == nullptr || row.applies({text, {}})) return row.may == May::never;
  }
  return false;
}

}  // namespace quiz::config
