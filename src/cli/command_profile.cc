// `quiz profile list | show`: what -p offers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "cli/command.h"
#include "cli/standard_streams.h"
#include "cli/subcommand.h"
#include "cli/word_options.h"
#include "run/profile_choice.h"

namespace quiz::cli {

namespace {

using profile::Manifest;

std::string origin(const Manifest& manifest) {
  if (manifest.folder.empty()) return "shipped";
  return manifest.of_project ? "project" : "yours";
}

std::string type_of(const profile::OptionSpec& option) {
  switch (option.type) {
    case profile::OptionType::number:
      return "NUMBER";
    case profile::OptionType::size:
      return "SIZE";
    case profile::OptionType::toggle:
      return "yes|no";
    case profile::OptionType::choice:
      return fmt::format("{}", fmt::join(option.choices, "|"));
    case profile::OptionType::file:
      return "FILE";
    case profile::OptionType::text:
      break;
  }
  return "TEXT";
}

int list(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows the profiles that -p takes.", "quiz profile list");
  if (!options.read(words)) return 0;

  const profile::Catalog catalog(run::find_profiles(context.paths, context.reporter).places);
  std::vector<Manifest> manifests;
  std::size_t width = 4;
  for (const std::string& name : catalog.names()) {
    try {
      manifests.push_back(catalog.find(name));
    } catch (const base::Error& error) {
      context.reporter.warning(error.what());  // one that is broken hides no other
      continue;
    }
    width = std::max(width, name.size());
  }
  print(fmt::format("{:{}}  {:7}  DESCRIPTION\n", "NAME", width, "ORIGIN"));
  for (const Manifest& manifest : manifests) {
    print(fmt::format("{:{}}  {:7}  {}\n", manifest.name, width, origin(manifest),
                      manifest.description));
  }
  return 0;
}

void print_list(const char* title, const std::vector<std::string>& words) {
  if (!words.empty()) print(fmt::format("{:9} {}\n", title, fmt::join(words, ", ")));
}

/// "/dev/quizb0 … ({size})": further ones where the count is not 1.
template <typename Spec>
std::string device(const Spec& spec) {
  return fmt::format("/dev/{}{} ({})", spec.name, spec.count == "1" ? "" : " …", spec.size);
}

int show(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Tells all about a profile.", "quiz profile show");
  std::string name;
  options.add_option("NAME", name, "as `quiz profile list` shows it").required();
  if (!options.read(words)) return 0;

  const Manifest manifest =
      profile::Catalog(run::find_profiles(context.paths, context.reporter).places).find(name);
  print(fmt::format("{}: {}\n", manifest.name, manifest.description));
  print(fmt::format("{:9} {}\n", "from",
                    manifest.folder.empty() ? "shipped with quiz" : manifest.folder.string()));
  print_list("profiles", manifest.profiles);
  print_list("kernel", manifest.kernel);
  print_list("modules", manifest.modules);
  print_list("programs", manifest.programs);
  std::vector<std::string> devices;
  devices.reserve(manifest.disks.size() + manifest.memory.size());
  for (const profile::DiskSpec& disk : manifest.disks) devices.push_back(device(disk));
  for (const profile::MemorySpec& memory : manifest.memory) devices.push_back(device(memory));
  print_list("devices", devices);
  print_list("writes", manifest.writes);
  std::vector<std::string> hooks;
  hooks.reserve(manifest.hooks.size());
  for (const auto& [hook, ignored] : manifest.hooks) hooks.push_back(hook);
  print_list("hooks", hooks);
  std::vector<std::string> files;
  files.reserve(manifest.files.size());
  for (const profile::ProfileFile& file : manifest.files) files.push_back("/" + file.path);
  print_list("files", files);
  if (manifest.udev) print_list("udev", {"yes"});
  if (manifest.output) print_list("output", {"needs --output DIR"});
  std::size_t width = 0;
  for (const profile::OptionSpec& option : manifest.options) {
    width = std::max(width, option.name.size() + type_of(option).size() + 1);
  }
  for (const profile::OptionSpec& option : manifest.options) {
    const std::string value =
        option.default_text.empty() ? "" : fmt::format(" (default: {})", option.default_text);
    print(fmt::format("  :{:{}}  {}{}\n", option.name + "=" + type_of(option), width, option.help,
                      value));
  }
  return 0;
}

}  // namespace

int command_profile(const Context& context, const std::vector<std::string>& words) {
  return run_subcommand(context, "quiz profile", words,
                        {{"list", "show the profiles that -p takes", list},
                         {"show", "tell all about a profile and its options", show}});
}

}  // namespace quiz::cli
