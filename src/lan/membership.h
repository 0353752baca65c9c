// Who is at a LAN: each machine says so by a file in its instance's directory, which is nobody
// else's and goes with it. So a LAN begins with its first machine and ends with its last, and
// belongs to none of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::lan {

/// The file, and beside it the datagram socket at which the member is sent frames.
inline constexpr char kMemberFile[] = "lan-member";
inline constexpr char kSocket[] = "lan";

/// Machines have the numbers 1 to 254 of 10.0.3.0/24.
inline constexpr std::uint32_t kNetwork = 0x0a000300;
inline constexpr unsigned kPrefix = 24;
inline constexpr unsigned kLast = 254;

/// "10.0.3.7" for 7.
std::string address_text(unsigned number);
/// The number of such an address; none for any other text.
std::optional<unsigned> number_of_address(std::string_view text);
/// 52:54:00:12:35:NN: by it a frame finds its way without being asked for.
std::uint64_t card_of(unsigned number);
/// Whose card that is; none for one that is not a member's.
std::optional<unsigned> number_of_card(std::uint64_t card);

struct Member {
  std::string lan;
  unsigned number = 0;
  std::string machine;              ///< its name
  std::filesystem::path directory;  ///< of its instance
};

/// Whether a LAN can be called so: as machines are.
bool is_lan_name(std::string_view text);

/// The member of that directory; none where there is none, or it makes no sense.
std::optional<Member> read_member(const std::filesystem::path& directory);
/// All of the LAN below these directories, in which instances are; by number.
std::vector<Member> members_of(const std::string& lan,
                               const std::vector<std::filesystem::path>& runtimes);
/// Throws base::SystemError.
void write_member(const Member& member);

/// `wanted`, or where that is 0 the first that nobody has. Throws base::Error: it is taken, or none
/// is free.
unsigned choose_number(unsigned wanted, const std::string& lan, const std::vector<Member>& members);

}  // namespace quiz::lan
