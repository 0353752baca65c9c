#include "client.h"

#include <algorithm>
#include <sstream>

namespace quiz::attack {

namespace {

constexpr std::uint32_t kRoot = 0;
constexpr std::uint32_t kNobody = ~0U;
constexpr std::uint16_t kNoTag = 0xffff;
constexpr std::uint32_t kMessageSize = Virtio9p::kMessageSize;
constexpr std::size_t kMostNames = 16;  // in one Twalk
constexpr std::uint32_t kMostBytes = kMessageSize - 64;

/// The names in what Tread gives of a directory: a stat for each.
void add_stats(Reader entries, std::vector<std::string>& names) {
  while (!entries.empty()) {
    Reader stat(entries.raw(entries.u16()));
    constexpr std::size_t kBeforeName = 2 + 4 + 13 + 4 + 4 + 4 + 8;
    stat.raw(kBeforeName);
    names.push_back(stat.text());
  }
}

}  // namespace

Client::Client(Virtio9p& device, Dialect dialect) : device_(device), dialect_(dialect) {
  const std::string name = dialect == Dialect::u ? "9P2000.u" : "9P2000.L";
  Reader version = request(Type::version, Writer().u32(kMessageSize).text(name));
  version.u32();
  if (version.text() != name) throw std::runtime_error("the server does not speak " + name);
  request(Type::attach, Writer().u32(kRoot).u32(kNobody).text("root").text("").u32(0));
}

Reader Client::request(Type type, const Writer& payload) {
  const auto number = static_cast<std::uint8_t>(type);
  const std::uint16_t tag = type == Type::version ? kNoTag : 1;
  constexpr std::uint32_t kHead = 7;
  Writer message;
  message.u32(kHead + static_cast<std::uint32_t>(payload.bytes().size())).u8(number).u16(tag);
  message.raw(payload.bytes());
  Reader answer(device_.exchange(message.bytes()));
  answer.u32();
  const std::uint8_t kind = answer.u8();
  answer.u16();
  if (kind == static_cast<std::uint8_t>(Type::lerror_answer)) {
    throw Refused(static_cast<int>(answer.u32()));
  }
  if (kind == static_cast<std::uint8_t>(Type::error_answer)) {
    answer.text();
    throw Refused(static_cast<int>(answer.u32()));
  }
  if (kind != number + 1) throw std::runtime_error("an answer to something else");
  return answer;
}

std::uint32_t Client::walk(const std::vector<std::string>& names) {
  const std::uint32_t file = next_file_++;
  std::uint32_t from = kRoot;
  std::size_t begin = 0;
  do {
    const std::size_t count = std::min(kMostNames, names.size() - begin);
    Writer step;
    step.u32(from).u32(file).u16(static_cast<std::uint16_t>(count));
    for (std::size_t index = 0; index < count; ++index) step.text(names[begin + index]);
    const std::uint16_t walked = request(Type::walk, step).u16();
    constexpr int kNoEntry = 2;
    if (walked != count) throw Refused(kNoEntry);
    from = file;
    begin += count;
  } while (begin < names.size());
  return file;
}

void Client::forget(std::uint32_t file) { request(Type::clunk, Writer().u32(file)); }

void Client::open(std::uint32_t file, std::uint32_t flags) {
  if (dialect_ == Dialect::l) {
    request(Type::lopen, Writer().u32(file).u32(flags));
  } else {
    request(Type::open, Writer().u32(file).u8(static_cast<std::uint8_t>(flags)));
  }
}

std::string Client::read(std::uint32_t file, std::uint64_t offset) {
  Reader answer = request(Type::read, Writer().u32(file).u64(offset).u32(kMostBytes));
  const std::uint32_t count = answer.u32();
  return answer.raw(count);
}

void Client::write(std::uint32_t file, const std::string& bytes) {
  request(Type::write,
          Writer().u32(file).u64(0).u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes));
}

std::vector<std::string> Client::list(const std::string& path) {
  const std::uint32_t file = walk(path);
  open(file, 0);
  std::vector<std::string> names;
  std::uint64_t offset = 0;
  for (;;) {
    if (dialect_ == Dialect::u) {
      const std::string bytes = read(file, offset);
      if (bytes.empty()) break;
      add_stats(Reader(bytes), names);
      offset += bytes.size();
      continue;
    }
    Reader answer = request(Type::readdir, Writer().u32(file).u64(offset).u32(kMostBytes));
    if (answer.u32() == 0) break;
    while (!answer.empty()) {
      constexpr std::size_t kIdentity = 13;
      answer.raw(kIdentity);
      offset = answer.u64();
      answer.u8();
      names.push_back(answer.text());
    }
  }
  forget(file);
  return names;
}

std::vector<std::string> Client::split(const std::string& path) {
  std::vector<std::string> names;
  std::istringstream words(path);
  for (std::string name; std::getline(words, name, '/');) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace quiz::attack
