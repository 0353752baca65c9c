// OpenZFS's configure: the words that quiz gives it, the ones that a user may not, and what of its
// log explains a failure. Pure, except for find_library_directory; build.h runs it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "openzfs/target.h"

namespace quiz::openzfs {

/// Where the guest's dynamic linker looks by itself, below /usr: "/usr/lib/TRIPLET" on
/// Debian, else "/usr/lib64" or "/usr/lib".
std::string find_library_directory(const Target& target);

/// The words of both builds that have GCC compile for the target's architecture against its
/// sysroot; none where it is the host's.
std::vector<std::string> cross_options(const Target& target);

/// The options of the build of programs and libraries, without what the user adds. Everything below
/// /usr: where /lib and /sbin are symbolic links, a layer with such directories would hide them.
std::vector<std::string> user_options(const std::string& library_directory);

/// The options of a build of modules. `experimental`: newer than META's Linux-Maximum.
std::vector<std::string> kernel_options(const Target& target, bool experimental);

/// Throws base::Error for an argument of the user's that would take the build out of the checkout's
/// system directory or away from the kernel of the store ("--prefix=/usr/local").
void check_arguments(const std::vector<std::string>& arguments);

/// The part of config.log that explains why configure ended: from the last check's command up to
/// its error, without the dump of variables; at most 25 lines. `output` is what configure printed.
std::string explain_failure(std::string_view config_log, std::string_view output);

/// The error that configure ended with, in one line without its decoration: "This kernel does not
/// include the required zlib inflate support. Rebuild …".
std::string configure_error(std::string_view output);

}  // namespace quiz::openzfs
