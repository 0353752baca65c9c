#include "kernel/packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "kernel/version.h"

namespace quiz::kernel {

namespace {

constexpr std::string_view kImagePrefix = "linux-image-";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "linux-a (= 1), linux-b | c" as {{"linux-a", "1"}, {"linux-b", ""}}: first alternatives only.
struct Dependency {
  std::string name;
  std::string version;  // where exactly one is allowed
};

std::vector<Dependency> dependencies_of(const PackageRecord& package) {
  std::vector<Dependency> result;
  std::istringstream items(package.field("Depends"));
  for (std::string item; std::getline(items, item, ',');) {
    std::istringstream words(item.substr(0, item.find('|')));
    Dependency dependency;
    std::string relation;
    words >> dependency.name >> relation >> dependency.version;
    if (relation != "(=") dependency.version.clear();
    if (dependency.version.ends_with(')')) dependency.version.pop_back();
    result.push_back(dependency);
  }
  return result;
}

bool offers_suite(const std::string& offered, const std::string& suite) {
  return suite.empty() || offered == suite || offered == suite + "-security" ||
         offered == suite + "-updates";
}

/// The record of a package in one version, or in any if that is empty.
std::optional<PackageRecord> record_of(const Apt& apt, const Dependency& package) {
  const auto records =
      apt.show({package.version.empty() ? package.name : package.name + "=" + package.version});
  return records.empty() ? std::nullopt : std::optional(records.front());
}

/// What Debian's package of the newest image, in the newest fitting version depends on.
std::optional<PackageRecord> newest_image(const Apt& apt, const DebianRequest& request) {
  const std::string meta_package = meta_image(request.architecture);
  std::optional<PackageOffer> best;
  for (const PackageOffer& offer : apt.offers(meta_package)) {
    if (!offers_suite(offer.suite, request.suite)) continue;
    if (!best || compare_versions(offer.version, best->version) > 0) best = offer;
  }
  if (!best) return std::nullopt;
  const auto meta = record_of(apt, {meta_package, best->version});
  if (!meta) return std::nullopt;
  for (const Dependency& dependency : dependencies_of(*meta)) {
    if (is_plain_image(dependency.name, request.architecture)) return record_of(apt, dependency);
  }
  return std::nullopt;
}

std::string release_of(const std::string& image) { return image.substr(kImagePrefix.size()); }

bool fits(const PackageRecord& image, const std::string& version) {
  return version_has_prefix(release_of(image.name()), version) ||
         version_has_prefix(image.version(), version);
}

std::optional<PackageRecord> image_of_version(const Apt& apt, const DebianRequest& request) {
  std::vector<std::string> names;
  for (const std::string& name : apt.names(std::string(kImagePrefix))) {
    if (is_plain_image(name, request.architecture)) names.push_back(name);
  }
  std::optional<PackageRecord> best;
  for (const PackageRecord& record : apt.show(names)) {
    if (!fits(record, request.version)) continue;
    if (!best || compare_versions(record.version(), best->version()) > 0) best = record;
  }
  if (!best || request.suite.empty()) return best;
  for (const PackageOffer& offer : apt.offers(best->name())) {
    if (offer.version == best->version() && offers_suite(offer.suite, request.suite)) return best;
  }
  return std::nullopt;
}

/// Since Linux 6.17 Debian splits the image into linux-base-RELEASE, linux-binary-RELEASE and
/// linux-modules-RELEASE.
bool is_part_of_image(const Dependency& dependency, const PackageRecord& image) {
  const std::string release = release_of(image.name());
  return dependency.name == "linux-base-" + release ||
         dependency.name == "linux-binary-" + release ||
         dependency.name == "linux-modules-" + release;
}

}  // namespace

DebianRequest parse_debian_request(const std::string& text) {
  const bool valid = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') ||
           std::string_view("-.+~:_/").find(c) != std::string_view::npos;
  });
  if (!valid) {
    throw base::Error(
        "'debian:" + text + "' names no suite and no version",
        fmt::format("for example debian:trixie, debian:bookworm-backports, debian:6.1.0-56-{}",
                    base::host_architecture().debian_kernel));
  }
  if (is_digit(text[0])) return {"", text, base::host_architecture()};
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, "", base::host_architecture()};
  return {text.substr(0, colon), text.substr(colon + 1), base::host_architecture()};
}

std::string meta_image(const base::Architecture& architecture) {
  return std::string(kImagePrefix) + std::string(architecture.debian_kernel);
}

bool is_plain_image(const std::string& package, const base::Architecture& architecture) {
  const std::string flavour = "-" + std::string(architecture.debian_kernel);
  if (!package.starts_with(kImagePrefix) || !package.ends_with(flavour)) return false;
  if (package.size() <= kImagePrefix.size() + flavour.size()) return false;
  const std::string version =
      package.substr(kImagePrefix.size(), package.size() - kImagePrefix.size() - flavour.size());
  return is_digit(version[0]) && !version.ends_with("-cloud") && !version.ends_with("-rt");
}

std::optional<KernelPackages> choose_kernel_packages(const Apt& apt, const DebianRequest& request) {
  const auto image =
      request.version.empty() ? newest_image(apt, request) : image_of_version(apt, request);
  if (!image) return std::nullopt;
  std::vector<PackageRecord> parts = {*image};
  for (const Dependency& dependency : dependencies_of(*image)) {
    if (!is_part_of_image(dependency, *image)) continue;
    const auto part = record_of(apt, dependency);
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  KernelPackages chosen;
  chosen.image = image->name();
  chosen.version = image->version();
  for (const PackageRecord& part : parts) {
    chosen.packages.push_back(part.name() + "=" + part.version());
    chosen.download_size += part.number("Size");
    chosen.installed_size += part.number("Installed-Size") * 1024;
  }
  return chosen;
}

std::optional<HeaderPackages> choose_header_packages(const Apt& apt, const std::string& release,
                                                     const std::string& version) {
  HeaderPackages chosen;
  chosen.tree = "linux-headers-" + release;
  const auto tree = record_of(apt, {chosen.tree, version});
  if (!tree) return std::nullopt;
  std::vector<PackageRecord> parts = {*tree};
  for (const Dependency& dependency : dependencies_of(*tree)) {
    if (dependency.name.starts_with("linux-kbuild-")) chosen.tools = dependency.name;
    if (!dependency.name.starts_with("linux-headers-")) continue;
    const auto common = record_of(apt, dependency);
    if (!common) return std::nullopt;
    chosen.common = common->name();
    parts.push_back(*common);
  }
  if (chosen.tools.empty() || chosen.common.empty()) return std::nullopt;
  for (const PackageRecord& part : parts) {
    chosen.packages.push_back(part.name() + "=" + part.version());
    chosen.download_size += part.number("Size");
  }
  return chosen;
}

}  // namespace quiz::kernel
