// Everything in 9P that changes a file, each as an attempt of its own on victims of its own:
// DIRECTORY/DIALECT.NAME with
//   file          some bytes
//   directory/inside
//   empty/        an empty directory
//   link          a symbolic link to file
// Whether something changed is for the host to see; what the server answers is only told.
#pragma once

#include <string>
#include <vector>

#include "client.h"

namespace quiz::attack {

struct Change {
  const char* name;
  /// Returns when the server did all of it; throws Refused.
  void (*attempt)(Client& client, const std::string& victims);
};

const std::vector<Change>& changes();

/// The ways of opening a file: each as one attempt to write by it. Returns the modes that the
/// server took, in hexadecimal.
std::string try_open_modes(Client& client, const std::string& victims);

}  // namespace quiz::attack
