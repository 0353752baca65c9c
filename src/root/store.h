// The store of roots: $XDG_DATA_HOME/quiz/roots/NAME/ with root.json, the image, and lists of the
// packages and files in it. How entries come about is build::EntryStore's; how roots are made
// build.h's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"
#include "build/entry_store.h"
#include "root/layers.h"

namespace quiz::root {

/// The name of Debian's root, of the host's own suite: what -r debian means.
inline constexpr char kDebian[] = "debian";

struct Root {
  std::string name;
  std::string origin;  ///< "Debian bookworm"
  base::Architecture architecture = base::host_architecture();
  std::string file_system;  ///< of the image: "erofs"
  std::filesystem::path image;
  std::filesystem::path packages;  ///< a line "NAME VERSION" for each
  std::filesystem::path contents;  ///< a line for each file, see write_contents()
  std::uint64_t package_count = 0;
  std::vector<std::string> requested{};  ///< what was named besides the package sets
  std::vector<std::string> sets{};       ///< only these package sets; empty: all
  std::string added;                     ///< ISO 8601, UTC
  std::uint64_t size = 0;                ///< bytes on the disk
};

class Store {
 public:
  using Draft = build::EntryStore::Draft;

  /// `data` is base::Paths::data. Nothing is made before it is needed.
  explicit Store(const std::filesystem::path& data) : entries_(data / "roots", "root") {}

  const std::filesystem::path& directory() const { return entries_.directory(); }
  /// The complete entries, by name; damaged ones are left out.
  std::vector<Root> list() const;
  /// Throws base::Error with the nearest name; for a damaged entry, too.
  Root find(const std::string& name) const;
  bool has(const std::string& name) const { return !entries_.find(name).empty(); }
  /// A damaged one, too. Throws base::Error.
  void remove(const std::string& name) { entries_.remove(name); }
  Draft begin() { return entries_.begin(); }
  /// Makes the draft the entry root.name, in place of one of that name; the paths in `root` are
  /// inside the draft.
  Root publish(Draft draft, Root root);
  void check_name(const std::string& name) const { entries_.check_name(name); }

 private:
  build::EntryStore entries_;
};

/// Lists a directory tree, sorted: "d PATH", "f PATH", "l PATH\tTARGET", "o PATH" (something else).
void write_contents(const std::filesystem::path& tree, const std::filesystem::path& file);

/// Answers from such a list.
class Contents {
 public:
  explicit Contents(const std::filesystem::path& file);
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;
  std::optional<Entry> look_up(const std::filesystem::path& relative) const;

 private:
  std::optional<std::string_view> line_that_begins(const std::string& words) const;

  std::string text_;
  std::vector<std::string_view> lines_;  // sorted
};

}  // namespace quiz::root
