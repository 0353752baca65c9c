// What a profile says of itself: profile.toml, read and checked. A profile is a folder: the
// manifest, optional hooks (host, host-after, guest, guest-after: executables) and files/, which
// are placed into the guest's `/`. docs/profiles.md describes it for people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::profile {

namespace fs = std::filesystem;

enum class OptionType { number, size, text, choice, toggle, file };

/// An option that `-p NAME:option=value` sets.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::text;
  std::string default_text;  ///< in the spelling of the command line
  std::string help;
  std::vector<std::string> choices;           ///< of a choice
  std::uint64_t minimum = 0;                  ///< of a number or a size
  std::uint64_t maximum = ~std::uint64_t{0};  ///< "
  bool bare = false;  ///< a word without "=" that names no option is its value
};

// In what follows, "{option}" in a text stands for that option's value.

struct DiskSpec {
  std::string name;  ///< of the first; the number at its end counts up
  std::string count = "1";
  std::string size = "1G";
  std::string sector = "512";
  std::string read_only = "no";
  std::string persist;  ///< the name under which they are kept; empty: they go with the run
};

struct MemorySpec {
  std::string name;
  std::string count = "1";
  std::string size = "256M";
  std::string backend = "null_blk";
  std::string sector = "512";
};

/// A device mapper stack: at most one of `table`, `stack` and the simple ones is not empty.
struct MapperSpec {
  std::string name = "quizd0";
  std::string on = "quizb0";
  std::string table;   ///< rows as dmsetup takes them, separated by semicolons
  std::string stack;   ///< a TOML file
  std::string error;   ///< START+COUNT, several separated by slashes, in sectors of 512 bytes
  std::string dust;    ///< the same
  std::string flakey;  ///< UP/DOWN in seconds
  std::string delay;   ///< READ or READ/WRITE in milliseconds
  std::string crypt;   ///< yes: with a random key
};

struct NetworkSpec {
  std::string forward;  ///< HOST-GUEST, several separated by slashes; ending in "u": UDP
  std::string host;     ///< "yes": services on the host's loopback, too
};

struct LanSpec {
  std::string name;
  std::string ip;  ///< empty: any
};

/// A file of the profile, or a hook.
struct ProfileFile {
  std::string path;  ///< relative to the guest's `/`
  std::uint16_t mode = 0644;
  std::string content;
};

struct Manifest {
  std::string name;
  std::string description;
  fs::path folder;  ///< empty for a shipped one
  bool of_project = false;

  std::vector<std::string> profiles;  ///< needed ones: "blockdev:count=2"
  /// Needed options of the kernel's configuration; "BRD|ZRAM": one of them, "X=y": built in.
  std::vector<std::string> kernel;
  std::vector<std::string> modules;   ///< loaded before the program where they are not built in
  std::vector<std::string> programs;  ///< that must be in the guest's PATH: "dmsetup"
  std::vector<std::string> packages;  ///< Debian's packages that have these programs
  bool udev = false;
  bool output = false;    ///< the run must have --output
  bool hot_plug = false;  ///< disks come and go while the machine runs

  std::vector<OptionSpec> options;
  std::string cmdline;
  /// Directories that the program may write to, as in the setting `write`; a project's are relative
  /// to the project, others to the caller's directory.
  std::vector<std::string> writes;
  std::map<std::string, std::string> environment;  ///< of the program
  std::vector<DiskSpec> disks;
  std::vector<MemorySpec> memory;
  std::optional<MapperSpec> mapper;
  std::optional<NetworkSpec> network;
  std::optional<LanSpec> lan;

  /// By file name: "host", "host-after", "guest", "guest-after"; the content.
  std::map<std::string, std::string> hooks;
  std::vector<ProfileFile> files;

  const OptionSpec* option(std::string_view wanted) const;
};

/// `place` is how messages name the file. Hooks and files are not read here. Throws base::Error
/// with line and column.
Manifest parse_manifest(const std::string& name, std::string_view text, const std::string& place);

/// A name of a profile or an option: letters, digits, - and _.
bool is_name(std::string_view text);

}  // namespace quiz::profile
