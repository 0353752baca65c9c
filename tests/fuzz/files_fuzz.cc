// A guest's requests to the file server (src/files): arbitrary ones, one after the other, on a
// small directory. Checked: an answer is no longer than its room and names the request, nothing in
// the directory or beside it changes, and nothing of what lies beside it comes out.
//
// The input: requests, each behind two bytes with its length (its own header's length, number and
// unique are set right where the first bit says so) and two with the room for its answer.
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "expect.h"
#include "files/file_server.h"
#include "files/request.h"

namespace {

using namespace quiz;
using fuzz::expect;

constexpr char kSecret[] = "what lies beside it";

struct Tree {
  base::TempDir directory{std::filesystem::temp_directory_path()};
  std::filesystem::path top = directory.path() / "top";

  Tree() {
    std::filesystem::create_directories(top / "a/b");
    base::write_file_atomically(top / "a/file", "content\n", 0644);
    base::write_file_atomically(top / "a/b/other", std::string(10000, 'x'), 0600);
    std::filesystem::create_symlink("../../secret", top / "a/link");
    std::filesystem::create_symlink("/", top / "root");
    ::mkfifo((top / "pipe").c_str(), 0600);
    base::write_file_atomically(directory.path() / "secret", kSecret, 0644);
    before = look();
  }
  ~Tree() {
    if (before != look()) std::abort();
  }

  /// All names, kinds and sizes.
  std::string look() const {
    std::vector<std::string> lines;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
      struct stat status = {};
      ::lstat(entry.path().c_str(), &status);
      lines.push_back(entry.path().string() + std::to_string(status.st_mode) + " " +
                      std::to_string(status.st_size) + " " + std::to_string(status.st_nlink));
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
  std::string before;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Tree tree;
  files::FileServer server(base::Fd(::open(tree.top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), 4,
                           4);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::uint64_t unique = 0;
  for (int i = 0; i < 64 && rest.size() >= 4; ++i) {
    std::uint16_t words[2];
    std::memcpy(words, rest.data(), sizeof words);
    rest.remove_prefix(sizeof words);
    const bool proper = (words[0] & 1) != 0;
    std::string request(rest.substr(0, words[0] >> 1));
    rest.remove_prefix(request.size());
    fuse_in_header header{};
    if (proper && request.size() >= sizeof header) {
      std::memcpy(&header, request.data(), sizeof header);
      header.len = static_cast<std::uint32_t>(request.size());
      header.opcode %= 64;
      header.nodeid %= 16;
      header.unique = ++unique;
      std::memcpy(request.data(), &header, sizeof header);
    }
    std::vector<std::uint8_t> answer(words[1]);
    const std::size_t length = server.handle(request, answer.data(), answer.size());
    expect(length <= answer.size(), "it keeps to the room");
    if (length == 0) continue;
    fuse_out_header out;
    expect(length >= sizeof out, "there is a header");
    std::memcpy(&out, answer.data(), sizeof out);
    expect(out.len == length, "the header has the length");
    expect(out.error <= 0 && out.error > -4096, "the error is one");
    if (proper) expect(out.unique == unique, "it is this request's answer");
    const std::string_view text(reinterpret_cast<const char*>(answer.data()), length);
    expect(text.find(kSecret) == std::string_view::npos, "what is beside stays there");
  }
  static unsigned runs = 0;
  if (++runs % 1000 == 0) expect(tree.before == tree.look(), "nothing has changed");
  return 0;
}
