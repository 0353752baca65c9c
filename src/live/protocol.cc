#include "live/protocol.h"

#include "wire/codec.h"

namespace quiz::live {

std::string Hello::encode() const {
  wire::Writer writer;
  writer.u32(version);
  return writer.bytes();
}

std::optional<Hello> Hello::decode(std::string_view payload) {
  wire::Reader reader(payload);
  const Hello hello{reader.u32()};
  if (reader.failed()) return std::nullopt;
  return hello;
}

std::string Description::encode() const {
  wire::Writer writer;
  writer.text(name);
  writer.u8(static_cast<std::uint8_t>(state));
  writer.u8(paused ? 1 : 0);
  writer.u8(debugged ? 1 : 0);
  writer.u64(started_ns);
  writer.text(kernel);
  writer.text(architecture);
  writer.text(symbols);
  writer.texts(modules);
  writer.u32(cpus);
  writer.u64(memory_mib);
  writer.u8(has_program ? 1 : 0);
  writer.texts(program);
  writer.text(directory);
  writer.text(shell);
  writer.texts(environment);
  writer.u8(hides_secrets ? 1 : 0);
  writer.u8(host_files ? 1 : 0);
  return writer.bytes();
}

std::optional<Description> Description::decode(std::string_view payload) {
  wire::Reader reader(payload);
  Description description;
  description.name = reader.text();
  const std::uint8_t state = reader.u8();
  if (state > static_cast<std::uint8_t>(relay::RunState::ends)) return std::nullopt;
  description.state = static_cast<relay::RunState>(state);
  description.paused = reader.u8() != 0;
  description.debugged = reader.u8() != 0;
  description.started_ns = reader.u64();
  description.kernel = reader.text();
  description.architecture = reader.text();
  description.symbols = reader.text();
  description.modules = reader.texts();
  description.cpus = reader.u32();
  description.memory_mib = reader.u64();
  description.has_program = reader.u8() != 0;
  description.program = reader.texts();
  description.directory = reader.text();
  description.shell = reader.text();
  description.environment = reader.texts();
  description.hides_secrets = reader.u8() != 0;
  description.host_files = reader.u8() != 0;
  if (!reader.done()) return std::nullopt;
  return description;
}

std::string Stats::encode() const {
  wire::Writer writer;
  writer.u32(static_cast<std::uint32_t>(disks.size()));
  for (const Disk& disk : disks) {
    writer.text(disk.name);
    for (const auto number : {disk.read_bytes, disk.written_bytes, disk.reads, disk.writes}) {
      writer.u64(number);
    }
  }
  return writer.bytes();
}

std::optional<Stats> Stats::decode(std::string_view payload) {
  wire::Reader reader(payload);
  Stats stats;
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    Disk disk;
    disk.name = reader.text();
    for (std::uint64_t* const number :
         {&disk.read_bytes, &disk.written_bytes, &disk.reads, &disk.writes}) {
      *number = reader.u64();
    }
    stats.disks.push_back(std::move(disk));
  }
  if (!reader.done()) return std::nullopt;
  return stats;
}

namespace {

/// One more than the value; 0: unsaid.
template <typename T>
std::uint32_t said(const std::optional<T>& value) {
  return value ? static_cast<std::uint32_t>(*value) + 1 : 0;
}

std::optional<unsigned> read_said(wire::Reader& reader, unsigned most, bool& good) {
  const std::uint32_t number = reader.u32();
  good = good && number <= most + 1;
  return number == 0 ? std::nullopt : std::optional(number - 1);
}

}  // namespace

std::string Link::encode() const {
  wire::Writer writer;
  writer.u32(said(state.down));
  writer.u32(said(state.loss));
  writer.u32(said(state.delay_ms));
  return writer.bytes();
}

std::optional<Link> Link::decode(std::string_view payload) {
  constexpr unsigned kMostDelay = 60'000;
  wire::Reader reader(payload);
  Link link;
  bool good = true;
  if (const auto down = read_said(reader, 1, good)) link.state.down = *down != 0;
  link.state.loss = read_said(reader, 1000, good);
  link.state.delay_ms = read_said(reader, kMostDelay, good);
  if (!reader.done() || !good) return std::nullopt;
  return link;
}

std::string Plug::encode() const {
  wire::Writer writer;
  writer.u64(disk.bytes);
  writer.u32(disk.sector);
  writer.u8(disk.read_only ? 1 : 0);
  return writer.bytes();
}

std::optional<Plug> Plug::decode(std::string_view payload) {
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 10;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 50;
  constexpr std::uint64_t kMultiple = 4096;
  wire::Reader reader(payload);
  Plug plug;
  plug.disk.bytes = reader.u64();
  plug.disk.sector = reader.u32();
  plug.disk.read_only = reader.u8() != 0;
  const bool good = plug.disk.bytes >= kLeast && plug.disk.bytes <= kMost &&
                    plug.disk.bytes % kMultiple == 0 &&
                    (plug.disk.sector == 512 || plug.disk.sector == 4096);
  if (!reader.done() || !good) return std::nullopt;
  return plug;
}

std::string Stop::encode() const {
  wire::Writer writer;
  writer.u8(at_once ? 1 : 0);
  return writer.bytes();
}

std::optional<Stop> Stop::decode(std::string_view payload) {
  wire::Reader reader(payload);
  const Stop stop{reader.u8() != 0};
  if (!reader.done()) return std::nullopt;
  return stop;
}

std::string Attach::encode() const {
  wire::Writer writer;
  writer.u8(view ? 1 : 0);
  writer.u16(window.rows);
  writer.u16(window.columns);
  return writer.bytes();
}

std::optional<Attach> Attach::decode(std::string_view payload) {
  wire::Reader reader(payload);
  Attach attach;
  attach.view = reader.u8() != 0;
  attach.window.rows = reader.u16();
  attach.window.columns = reader.u16();
  if (!reader.done()) return std::nullopt;
  return attach;
}

bool is_system_request(std::string_view key) {
  return key.size() == 1 && ((key[0] >= 'a' && key[0] <= 'z') || (key[0] >= '0' && key[0] <= '9'));
}

std::string Over::encode() const {
  wire::Writer writer;
  writer.u8(static_cast<std::uint8_t>(end));
  writer.text(reason);
  writer.u8(static_cast<std::uint8_t>(status));
  return writer.bytes();
}

std::optional<Over> Over::decode(std::string_view payload) {
  wire::Reader reader(payload);
  Over over;
  const std::uint8_t end = reader.u8();
  if (end > static_cast<std::uint8_t>(End::lost)) return std::nullopt;
  over.end = static_cast<End>(end);
  over.reason = reader.text();
  over.status = reader.u8();
  if (!reader.done()) return std::nullopt;
  return over;
}

}  // namespace quiz::live
