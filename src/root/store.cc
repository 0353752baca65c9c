#include "root/store.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

constexpr char kRecord[] = "root.json";

/// Throws JsonError or base::Error when the entry is damaged.
Root read_entry(const fs::path& directory) {
  const auto json = base::Json::parse(base::read_file(directory / kRecord));
  Root root;
  root.name = directory.filename().string();
  root.origin = json.at("origin").text();
  root.architecture = base::architecture_named(json.at("architecture").text());
  root.file_system = json.at("file_system").text();
  root.image = directory / json.at("image").text();
  root.packages = directory / json.at("packages").text();
  root.contents = directory / json.at("contents").text();
  root.package_count = json.at("package_count").number();
  root.requested = json.at("requested").texts();
  if (const base::Json* sets = json.find("sets")) root.sets = sets->texts();
  root.added = json.at("added").text();
  root.size = json.at("size").number();
  if (!fs::is_regular_file(root.image)) {
    throw base::Error("its image " + root.image.string() + " is missing");
  }
  return root;
}

base::Json to_json(const Root& root) {
  return base::Json::object({{"origin", root.origin},
                             {"architecture", std::string(root.architecture.name)},
                             {"file_system", root.file_system},
                             {"image", root.image.filename().string()},
                             {"packages", root.packages.filename().string()},
                             {"contents", root.contents.filename().string()},
                             {"package_count", root.package_count},
                             {"requested", root.requested},
                             {"sets", root.sets},
                             {"added", root.added},
                             {"size", root.size}});
}

std::string line_of(const fs::path& tree, const fs::directory_entry& entry) {
  std::error_code ignored;
  const std::string path = entry.path().lexically_relative(tree).string();
  const fs::file_status status = entry.symlink_status(ignored);
  if (fs::is_symlink(status)) {
    return "l " + path + "\t" + fs::read_symlink(entry.path(), ignored).string();
  }
  return (fs::is_directory(status) ? "d " : fs::is_regular_file(status) ? "f " : "o ") + path;
}

}  // namespace

std::vector<Root> Store::list() const {
  std::vector<Root> roots;
  for (const std::string& name : entries_.names()) {
    try {
      roots.push_back(read_entry(directory() / name));
    } catch (const std::exception&) {  // find() tells of the damage
    }
  }
  return roots;
}

Root Store::find(const std::string& name) const {
  const fs::path entry = entries_.find(name);
  if (entry.empty()) {
    std::vector<std::string> candidates = entries_.names();
    candidates.emplace_back("host");
    candidates.emplace_back(kDebian);
    const auto near = base::nearest(name, candidates);
    throw base::Error("there is no root '" + name + "'",
                      name == kDebian         ? "`quiz root build debian` makes it"
                      : near                  ? "did you mean " + *near + "?"
                      : candidates.size() > 2 ? "`quiz root list` shows what there is"
                                              : "`quiz root build debian` makes one");
  }
  std::string damage;
  try {
    return read_entry(entry);
  } catch (const base::Error& error) {
    damage = error.message();
  } catch (const std::exception&) {
    damage = "its root.json cannot be read";
  }
  throw base::Error("the root '" + name + "' in the store is damaged: " + damage,
                    "remove it with `quiz root remove " + name + "` and build it again");
}

Root Store::publish(Draft draft, Root root) {
  root.added = build::now_iso();
  root.size = build::disk_usage(draft.path());
  base::write_file_atomically(draft.path() / kRecord, to_json(root).dump(2) + "\n");
  return read_entry(entries_.finish(std::move(draft), root.name, true));
}

void write_contents(const fs::path& tree, const fs::path& file) {
  std::vector<std::string> lines;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (const auto& entry : fs::recursive_directory_iterator(tree, kOptions)) {
    lines.push_back(line_of(tree, entry));
  }
  std::sort(lines.begin(), lines.end());
  std::string text = "\n";
  for (const std::string& line : lines) text += line + "\n";
  base::write_file_atomically(file, text);
}

Contents::Contents(const fs::path& file) : text_(base::read_file_if_exists(file).value_or("")) {
  for (std::string_view rest = text_; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    lines_.push_back(line);
  }
}

std::optional<std::string_view> Contents::line_that_begins(const std::string& words) const {
  const auto found = std::lower_bound(lines_.begin(), lines_.end(), words);
  if (found == lines_.end() || !found->starts_with(words)) return std::nullopt;
  return *found;
}

std::optional<Entry> Contents::look_up(const fs::path& relative) const {
  if (relative.empty()) return Entry{true, {}};
  const std::string path = relative.string();
  for (const char kind : {'d', 'f', 'o'}) {
    const std::string whole = std::string(1, kind) + " " + path;
    if (line_that_begins(whole) == whole) return Entry{kind == 'd', {}};
  }
  const std::string link = "l " + path + "\t";
  const auto line = line_that_begins(link);
  if (!line) return std::nullopt;
  return Entry{false, std::string(line->substr(link.size()))};
}

}  // namespace quiz::root
