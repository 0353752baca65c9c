// The configuration fragments that quiz ships (data/kernels/**/*.config), embedded
// by the build so that a copied binary is complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::kernel {

struct ShippedFragment {
  std::string_view name;  ///< "base", an architecture's, "features/kasan"
  std::string_view text;
};

/// All of them, by name.
const std::vector<ShippedFragment>& shipped_fragments();

/// "base" or an architecture's name. It is always there.
std::string_view base_fragment(std::string_view name);

/// The names that --feature takes.
std::vector<std::string> feature_names();

/// The fragment of a feature. Throws base::Error with the nearest name for an unknown one.
std::string_view feature_fragment(const std::string& feature);

}  // namespace quiz::kernel
