// The file META in the root of an OpenZFS checkout: which version it is, and which Linux versions
// it is made for. Pure; checkout.h reads the file.
#pragma once

#include <string>
#include <string_view>

namespace quiz::openzfs {

struct Meta {
  std::string name;           ///< "zfs"
  std::string version;        ///< "2.3.2"
  std::string release;        ///< "1"; empty if there is none
  std::string linux_minimum;  ///< "4.18"; empty where META does not say
  std::string linux_maximum;  ///< "6.14": all of 6.14.x; empty where META does not say
};

/// Lines "Key: value"; what is unknown is skipped.
Meta parse_meta(std::string_view text);

enum class Fit { fits, too_old, too_new };

/// Whether META allows a Linux of this version ("6.12.117"). As OpenZFS's configure does, compares
/// with the maximum by its first two numbers.
Fit fit_of(const Meta& meta, std::string_view linux_version);

}  // namespace quiz::openzfs
