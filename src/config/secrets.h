// What of a caller's is a secret: the paths that --hide-secrets hides unless more are named
// (default_secrets() in settings.h), and which variables look like one. Which files these are on
// this machine is run/hidden_paths.h's.
#pragma once

#include <string_view>

namespace quiz::config {

/// By its name a variable holds a token, a key, a password, or the way to an agent that does.
bool looks_secret(std::string_view variable);

}  // namespace quiz::config
