// Text that others have a say in (a guest, QEMU, a project, a package, a file's name), made
// harmless for a terminal. Everything of that kind that quiz shows goes through here; the program's
// own output never does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quiz::base {

/// What is shown as it is.
enum class Characters {
  ascii,  ///< of a guest's words: what else they hold is not worth any risk
  utf8,   ///< of names and messages
};

/// utf8, unless LC_ALL, LC_CTYPE or LANG (the first that is set counts) names an encoding that is
/// another one: there a byte of a UTF-8 character may be a control character.
Characters terminal_characters();

/// Line breaks and tabs stay. Other control characters (C0, DEL; C1 as a single byte and as UTF-8),
/// what turns the direction of writing, and bytes that are no UTF-8 become \xNN, byte by byte.
std::string printable(std::string_view text, Characters characters = terminal_characters());

/// The longest line that printable_line() makes.
inline constexpr std::size_t kLongestLine = 4096;

/// One line of a guest or of QEMU: line breaks, too, and all that is not ASCII become \xNN, and
/// what is longer than `longest` is cut ("...").
std::string printable_line(std::string_view line, std::size_t longest = kLongestLine);

/// printable_line() for each line of a text.
std::string printable_lines(std::string_view text);

/// A name in double quotes, in which quotes and backslashes are escaped: printable_line()
/// otherwise.
std::string quoted(std::string_view name);

}  // namespace quiz::base
