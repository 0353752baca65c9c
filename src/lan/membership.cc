#include "lan/membership.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/machine_name.h"
#include "base/split.h"

namespace quiz::lan {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kCards = 0x525400123500;
constexpr std::string_view kAddresses = "10.0.3.";

std::optional<unsigned> read_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0 || number > kLast) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string address_text(unsigned number) { return fmt::format("{}{}", kAddresses, number); }

std::optional<unsigned> number_of_address(std::string_view text) {
  if (!text.starts_with(kAddresses)) return std::nullopt;
  return read_number(text.substr(kAddresses.size()));
}

std::uint64_t card_of(unsigned number) { return kCards + number; }

std::optional<unsigned> number_of_card(std::uint64_t card) {
  if (card <= kCards || card > kCards + kLast) return std::nullopt;
  return static_cast<unsigned>(card - kCards);
}

bool is_lan_name(std::string_view text) { return base::is_machine_name(text); }

std::optional<Member> read_member(const fs::path& directory) {
  constexpr std::uint64_t kLargestFile = 1024;
  try {
    const base::Fd file =
        base::open_file(directory / kMemberFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const auto words = base::split(base::read_all(file.get(), "a member", kLargestFile), ' ');
    if (words.size() != 3 || !is_lan_name(words[0]) || !base::is_machine_name(words[2]))
      return std::nullopt;
    const auto number = read_number(words[1]);
    if (!number) return std::nullopt;
    return Member{words[0], *number, words[2], directory};
  } catch (const base::Error&) {
    return std::nullopt;  // at no LAN, or just gone
  }
}

std::vector<Member> members_of(const std::string& lan, const std::vector<fs::path>& runtimes) {
  std::vector<Member> members;
  for (const fs::path& runtime : runtimes) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(runtime, error)) {
      auto member = read_member(entry.path());
      if (member && member->lan == lan) members.push_back(std::move(*member));
    }
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.number < b.number; });
  return members;
}

void write_member(const Member& member) {
  base::write_file_atomically(member.directory / kMemberFile,
                              fmt::format("{} {} {}", member.lan, member.number, member.machine),
                              0600);
}

unsigned choose_number(unsigned wanted, const std::string& lan,
                       const std::vector<Member>& members) {
  const auto owner = [&](unsigned number) {
    return std::find_if(members.begin(), members.end(),
                        [&](const Member& member) { return member.number == number; });
  };
  if (wanted != 0) {
    const auto taken = owner(wanted);
    if (taken == members.end()) return wanted;
    throw base::Error(fmt::format("the machine {} has the address {} of the LAN {}", taken->machine,
                                  address_text(wanted), lan),
                      "leave ip= out: the first free one is taken");
  }
  for (unsigned number = 1; number <= kLast; ++number) {
    if (owner(number) == members.end()) return number;
  }
  throw base::Error(fmt::format("the LAN {} has {} machines already", lan, kLast),
                    "use another one: -p lan:NAME");
}

}  // namespace quiz::lan
