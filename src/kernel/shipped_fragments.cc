#include "kernel/shipped_fragments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/error.h"
#include "base/nearest.h"

namespace quiz::kernel {

namespace {

constexpr std::string_view kFeatures = "features/";

const ShippedFragment* find(std::string_view name) {
  const auto& all = shipped_fragments();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const ShippedFragment& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view base_fragment(std::string_view name) {
  const ShippedFragment* const fragment = find(name);
  assert(fragment != nullptr);
  return fragment->text;
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const ShippedFragment& fragment : shipped_fragments()) {
    if (fragment.name.starts_with(kFeatures)) {
      names.emplace_back(fragment.name.substr(kFeatures.size()));
    }
  }
  return names;
}

std::string_view feature_fragment(const std::string& feature) {
  if (const ShippedFragment* fragment = find(std::string(kFeatures) + feature)) {
    return fragment->text;
  }
  const auto names = feature_names();
  const auto near = base::nearest(feature, names);
  throw base::Error(
      "there is no feature '" + feature + "'",
      near ? "did you mean " + *near + "?" : fmt::format("there are {}", fmt::join(names, ", ")));
}

}  // namespace quiz::kernel
