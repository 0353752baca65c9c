// An Error as text for a person: what happened, the notes from its way up, one hint. main calls it.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"

namespace quiz::cli {

/// Several lines, the last one ended:
///   quiz: there is no kernel 'debain'
///     while starting the machine
///     hint: did you mean 'debian'?
std::string format_error(const base::Error& error, bool colour);

/// format_error to stderr, in colour where use_colour() says so. Never throws.
void print_error(const base::Error& error) noexcept;

/// What `work` returns; what it throws is told as an Error, whose status it is then.
int status_of(const std::function<int()>& work);

/// True if stderr is a terminal and NO_COLOR is not set (https://no-color.org).
bool use_colour();

}  // namespace quiz::cli
