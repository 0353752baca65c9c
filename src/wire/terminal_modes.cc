#include "wire/terminal_modes.h"

#include <unistd.h>

#include <array>
#include <cstdint>

namespace quiz::wire {

namespace {

/// How the protocol says that a function has no character.
constexpr std::uint32_t kNoCharacter = 255;

struct Character {
  std::uint8_t code;
  std::size_t index;
};
constexpr auto kCharacters = std::to_array<Character>({
    {1, VINTR},
    {2, VQUIT},
    {3, VERASE},
    {4, VKILL},
    {5, VEOF},
    {6, VEOL},
    {7, VEOL2},
    {8, VSTART},
    {9, VSTOP},
    {10, VSUSP},
    {12, VREPRINT},
    {13, VWERASE},
    {14, VLNEXT},
    {18, VDISCARD},
});

struct Flag {
  std::uint8_t code;
  tcflag_t termios::*word;
  tcflag_t bit;
};
constexpr auto kFlags = std::to_array<Flag>({
    {30, &termios::c_iflag, IGNPAR}, {31, &termios::c_iflag, PARMRK},
    {32, &termios::c_iflag, INPCK},  {33, &termios::c_iflag, ISTRIP},
    {34, &termios::c_iflag, INLCR},  {35, &termios::c_iflag, IGNCR},
    {36, &termios::c_iflag, ICRNL},
#ifdef IUCLC
    {37, &termios::c_iflag, IUCLC},
#endif
    {38, &termios::c_iflag, IXON},   {39, &termios::c_iflag, IXANY},
    {40, &termios::c_iflag, IXOFF},  {41, &termios::c_iflag, IMAXBEL},
#ifdef IUTF8
    {42, &termios::c_iflag, IUTF8},
#endif
    {50, &termios::c_lflag, ISIG},   {51, &termios::c_lflag, ICANON},
    {53, &termios::c_lflag, ECHO},   {54, &termios::c_lflag, ECHOE},
    {55, &termios::c_lflag, ECHOK},  {56, &termios::c_lflag, ECHONL},
    {57, &termios::c_lflag, NOFLSH}, {58, &termios::c_lflag, TOSTOP},
    {59, &termios::c_lflag, IEXTEN}, {60, &termios::c_lflag, ECHOCTL},
    {61, &termios::c_lflag, ECHOKE}, {70, &termios::c_oflag, OPOST},
#ifdef OLCUC
    {71, &termios::c_oflag, OLCUC},
#endif
    {72, &termios::c_oflag, ONLCR},  {73, &termios::c_oflag, OCRNL},
    {74, &termios::c_oflag, ONOCR},  {75, &termios::c_oflag, ONLRET},
});

}  // namespace

std::vector<TerminalMode> terminal_modes(const termios& settings) {
  std::vector<TerminalMode> modes;
  modes.reserve(kCharacters.size() + kFlags.size());
  for (const Character& one : kCharacters) {
    const cc_t character = settings.c_cc[one.index];
    modes.push_back({one.code, character == _POSIX_VDISABLE ? kNoCharacter : character});
  }
  for (const Flag& one : kFlags) {
    modes.push_back({one.code, (settings.*one.word & one.bit) != 0 ? 1U : 0U});
  }
  return modes;
}

void set_terminal_modes(const std::vector<TerminalMode>& modes, termios& settings) {
  for (const TerminalMode& mode : modes) {
    for (const Character& one : kCharacters) {
      if (one.code != mode.code || mode.value > kNoCharacter) continue;
      settings.c_cc[one.index] =
          mode.value == kNoCharacter ? _POSIX_VDISABLE : static_cast<cc_t>(mode.value);
    }
    for (const Flag& one : kFlags) {
      if (one.code != mode.code) continue;
      tcflag_t& word = settings.*one.word;
      word = mode.value != 0 ? word | one.bit : word & ~one.bit;
    }
  }
}

}  // namespace quiz::wire
