// What a kernel's Kconfig files say about its options: which there are, what they depend on, who
// selects them (Documentation/kbuild/kconfig-language.rst). Just enough to tell a person why an
// option did not survive; the decision itself is always the kernel's own `make olddefconfig`.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config_fragment.h"

namespace quiz::kernel {

struct KconfigSelect {
  std::string target;
  std::string condition;  ///< empty: always
};

/// One `config` block; an option may have several.
struct KconfigDefinition {
  std::string type;    ///< bool, tristate, string, hex, int; empty where another block says it
  std::string prompt;  ///< empty: not for people to set
  /// All must hold: its own "depends on", those of the menus, ifs and choices around it, and the
  /// condition of the prompt.
  std::vector<std::string> conditions;
  std::vector<KconfigSelect> selects;
  int choice = 0;  ///< number of the choice that it is part of; 0: none
};

class Kconfig {
 public:
  /// Returns the content of a file of the tree, by its path in it; nullopt if there is none.
  using Reader = std::function<std::optional<std::string>(const std::string& path)>;

  /// Reads the file "Kconfig" and what it sources. `source_architecture` is the folder below arch/.
  /// Never throws for what it does not understand.
  static Kconfig read(const Reader& reader, const std::string& source_architecture);
  static Kconfig read_tree(const std::filesystem::path& tree,
                           const std::string& source_architecture);

  bool empty() const { return symbols_.empty(); }
  bool contains(const std::string& option) const { return symbols_.contains(option); }
  /// No definitions for an unknown option.
  const std::vector<KconfigDefinition>& definitions(const std::string& option) const;
  /// Names that resemble `option`, the nearest first, at most `limit`: mistyped, or with one of its
  /// words.
  std::vector<std::string> similar(const std::string& option, std::size_t limit) const;

  /// Why `wanted` is not what `config`, the result of olddefconfig, has: a clause such as "it needs
  /// KALLSYMS, which is off".
  std::string explain(const ConfigAssignment& wanted, const ConfigValues& config) const;

 private:
  friend class KconfigParser;
  std::string explain_unset(const ConfigAssignment& wanted, const ConfigValues& config) const;
  std::string explain_still_set(const ConfigAssignment& wanted, const ConfigValues& config) const;

  std::map<std::string, std::vector<KconfigDefinition>> symbols_;
};

/// 0, 1 or 2 for n, m or y: the value of an expression of Kconfig's under `config`. What only the
/// build can know, $(…), counts as y.
int evaluate_kconfig(std::string_view expression, const ConfigValues& config);

/// The parts of an expression that are joined by && at its top level.
std::vector<std::string> split_conjunction(std::string_view expression);

}  // namespace quiz::kernel
