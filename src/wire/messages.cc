#include "wire/messages.h"

namespace quiz::wire {

namespace {

/// The value if the reader took exactly what was there.
template <typename Message>
std::optional<Message> complete(const Reader& reader, Message message) {
  if (!reader.done()) return std::nullopt;
  return message;
}

/// Marks the message as broken (by leaving the optional empty) when an enumeration is out of range.
template <typename Enumeration>
bool take(Reader& reader, Enumeration last, Enumeration& value) {
  const std::uint8_t number = reader.u8();
  value = static_cast<Enumeration>(number);
  return number <= static_cast<std::uint8_t>(last);
}

void write_places(Writer& writer, const std::vector<Place>& places) {
  writer.u32(static_cast<std::uint32_t>(places.size()));
  for (const Place& place : places) {
    writer.text(place.tag);
    writer.text(place.path);
  }
}

std::vector<Place> read_places(Reader& reader) {
  std::vector<Place> places;
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    Place place;
    place.tag = reader.text();
    place.path = reader.text();
    places.push_back(std::move(place));
  }
  return places;
}

void write_exports(Writer& writer, const std::vector<Export>& exports) {
  writer.u32(static_cast<std::uint32_t>(exports.size()));
  for (const Export& item : exports) {
    writer.text(item.tag);
    writer.text(item.options);
    writer.u8(item.writable ? 1 : 0);
    writer.u8(item.virtio_fs ? 1 : 0);
  }
}

std::vector<Export> read_exports(Reader& reader) {
  std::vector<Export> exports;
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    Export item;
    item.tag = reader.text();
    item.options = reader.text();
    item.writable = reader.u8() != 0;
    item.virtio_fs = reader.u8() != 0;
    exports.push_back(std::move(item));
  }
  return exports;
}

void write_mounts(Writer& writer, const std::vector<Mount>& mounts) {
  writer.u32(static_cast<std::uint32_t>(mounts.size()));
  for (const Mount& mount : mounts) {
    writer.text(mount.path);
    writer.u8(static_cast<std::uint8_t>(mount.mode));
    write_places(writer, mount.from);
  }
}

bool read_mounts(Reader& reader, std::vector<Mount>& mounts) {
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    Mount mount;
    mount.path = reader.text();
    if (!take(reader, ShareMode::copy_on_write, mount.mode)) return false;
    mount.from = read_places(reader);
    mounts.push_back(std::move(mount));
  }
  return true;
}

void write_devices(Writer& writer, const Devices& devices) {
  const auto count = [&](const auto& list) { writer.u32(static_cast<std::uint32_t>(list.size())); };
  count(devices.modules);
  for (const Module& module : devices.modules) {
    writer.text(module.path);
    writer.text(module.parameters);
  }
  writer.texts(devices.disks);
  count(devices.memory);
  for (const MemoryDevice& device : devices.memory) {
    writer.text(device.name);
    writer.u8(static_cast<std::uint8_t>(device.backend));
    writer.u64(device.bytes);
    writer.u32(device.sector);
  }
  count(devices.mapper);
  for (const MapperDevice& device : devices.mapper) {
    writer.text(device.name);
    count(device.targets);
    for (const MapperTarget& target : device.targets) {
      writer.u64(target.start);
      writer.u64(target.length);
      writer.text(target.type);
      writer.text(target.parameters);
    }
    writer.texts(device.messages);
  }
  for (const NetworkAddress& network : {devices.network, devices.lan}) {
    writer.u32(network.address);
    writer.u8(network.prefix);
    writer.u32(network.gateway);
    writer.u64(network.card);
    writer.u64(network.own_card);
  }
}

bool read_memory_devices(Reader& reader, std::vector<MemoryDevice>& devices) {
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    MemoryDevice device;
    device.name = reader.text();
    if (!take(reader, MemoryBackend::null_blk, device.backend)) return false;
    device.bytes = reader.u64();
    device.sector = reader.u32();
    devices.push_back(std::move(device));
  }
  return true;
}

void read_mapper_devices(Reader& reader, std::vector<MapperDevice>& devices) {
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    MapperDevice device;
    device.name = reader.text();
    for (std::uint32_t rows = reader.u32(); rows > 0 && !reader.failed(); --rows) {
      MapperTarget target;
      target.start = reader.u64();
      target.length = reader.u64();
      target.type = reader.text();
      target.parameters = reader.text();
      device.targets.push_back(std::move(target));
    }
    device.messages = reader.texts();
    devices.push_back(std::move(device));
  }
}

bool read_devices(Reader& reader, Devices& devices) {
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    Module module;
    module.path = reader.text();
    module.parameters = reader.text();
    devices.modules.push_back(std::move(module));
  }
  devices.disks = reader.texts();
  if (!read_memory_devices(reader, devices.memory)) return false;
  read_mapper_devices(reader, devices.mapper);
  for (NetworkAddress* const network : {&devices.network, &devices.lan}) {
    network->address = reader.u32();
    network->prefix = reader.u8();
    network->gateway = reader.u32();
    network->card = reader.u64();
    network->own_card = reader.u64();
  }
  return true;
}

}  // namespace

std::string Hello::encode() const {
  Writer writer;
  writer.u32(version);
  writer.u64(kernel_ns);
  writer.text(release);
  writer.text(clocksource);
  writer.u64(timer_resolution_ns);
  return writer.bytes();
}

std::optional<Hello> Hello::decode(std::string_view payload) {
  Reader reader(payload);
  Hello hello;
  hello.version = reader.u32();
  // Another version may have another layout; that it is another one is all that matters.
  if (!reader.failed() && hello.version != kVersion) return hello;
  hello.kernel_ns = reader.u64();
  hello.release = reader.text();
  hello.clocksource = reader.text();
  hello.timer_resolution_ns = reader.u64();
  return complete(reader, std::move(hello));
}

std::string Setup::encode() const {
  Writer writer;
  writer.u64(realtime_ns);
  writer.text(hostname);
  writer.text(entropy);
  write_exports(writer, exports);
  write_places(writer, layers);
  write_mounts(writer, mounts);
  writer.u32(static_cast<std::uint32_t>(bundle.size()));
  for (const BundleFile& file : bundle) {
    writer.text(file.path);
    writer.u16(file.mode);
    writer.text(file.content);
  }
  writer.u32(static_cast<std::uint32_t>(capabilities.size()));
  for (const FileCapability& capability : capabilities) {
    writer.text(capability.path);
    writer.text(capability.value);
  }
  writer.u64(size);
  write_devices(writer, devices);
  writer.u8(static_cast<std::uint8_t>(init));
  writer.u8(log_level);
  return writer.bytes();
}

std::optional<Setup> Setup::decode(std::string_view payload) {
  Reader reader(payload);
  Setup setup;
  setup.realtime_ns = reader.u64();
  setup.hostname = reader.text();
  setup.entropy = reader.text();
  setup.exports = read_exports(reader);
  setup.layers = read_places(reader);
  if (!read_mounts(reader, setup.mounts)) return std::nullopt;
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    BundleFile file;
    file.path = reader.text();
    file.mode = reader.u16();
    file.content = reader.text();
    setup.bundle.push_back(std::move(file));
  }
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    FileCapability capability;
    capability.path = reader.text();
    capability.value = reader.text();
    setup.capabilities.push_back(std::move(capability));
  }
  setup.size = reader.u64();
  if (!read_devices(reader, setup.devices)) return std::nullopt;
  if (!take(reader, InitSystem::systemd, setup.init)) return std::nullopt;
  setup.log_level = reader.u8();
  return complete(reader, std::move(setup));
}

std::string WindowSize::encode() const {
  Writer writer;
  writer.u16(rows);
  writer.u16(columns);
  return writer.bytes();
}

std::optional<WindowSize> WindowSize::decode(std::string_view payload) {
  Reader reader(payload);
  WindowSize window;
  window.rows = reader.u16();
  window.columns = reader.u16();
  return complete(reader, window);
}

std::string Exec::encode() const {
  Writer writer;
  writer.texts(arguments);
  writer.texts(environment);
  writer.text(candidate);
  writer.text(directory);
  writer.u32(uid);
  writer.u32(gid);
  writer.u32(static_cast<std::uint32_t>(groups.size()));
  for (const std::uint32_t group : groups) writer.u32(group);
  writer.u32(umask);
  writer.u32(static_cast<std::uint32_t>(limits.size()));
  for (const ResourceLimit& limit : limits) {
    writer.u32(limit.resource);
    writer.u64(limit.soft);
    writer.u64(limit.hard);
  }
  for (const StreamKind kind : streams) writer.u8(static_cast<std::uint8_t>(kind));
  writer.u16(window.rows);
  writer.u16(window.columns);
  writer.u32(static_cast<std::uint32_t>(terminal_modes.size()));
  for (const TerminalMode& mode : terminal_modes) {
    writer.u8(mode.code);
    writer.u32(mode.value);
  }
  return writer.bytes();
}

std::optional<Exec> Exec::decode(std::string_view payload) {
  Reader reader(payload);
  Exec exec;
  exec.arguments = reader.texts();
  exec.environment = reader.texts();
  exec.candidate = reader.text();
  exec.directory = reader.text();
  exec.uid = reader.u32();
  exec.gid = reader.u32();
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    exec.groups.push_back(reader.u32());
  }
  exec.umask = reader.u32();
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    ResourceLimit limit;
    limit.resource = reader.u32();
    limit.soft = reader.u64();
    limit.hard = reader.u64();
    exec.limits.push_back(limit);
  }
  for (StreamKind& kind : exec.streams) {
    if (!take(reader, StreamKind::asked, kind)) return std::nullopt;
  }
  // What cannot be read is no output.
  for (std::size_t i = 1; i < kStreams; ++i) {
    if (exec.streams[i] > StreamKind::joined) return std::nullopt;
  }
  exec.window.rows = reader.u16();
  exec.window.columns = reader.u16();
  for (std::uint32_t count = reader.u32(); count > 0 && !reader.failed(); --count) {
    TerminalMode mode;
    mode.code = reader.u8();
    mode.value = reader.u32();
    exec.terminal_modes.push_back(mode);
  }
  if (exec.arguments.empty()) return std::nullopt;
  return complete(reader, std::move(exec));
}

std::string Started::encode() const {
  Writer writer;
  writer.u64(kernel_ns);
  return writer.bytes();
}

std::optional<Started> Started::decode(std::string_view payload) {
  Reader reader(payload);
  Started started;
  started.kernel_ns = reader.u64();
  return complete(reader, started);
}

std::string Disk::encode() const {
  Writer writer;
  writer.text(name);
  writer.u8(there ? 1 : 0);
  return writer.bytes();
}

std::optional<Disk> Disk::decode(std::string_view payload) {
  Reader reader(payload);
  Disk disk;
  disk.name = reader.text();
  disk.there = reader.u8() != 0;
  return complete(reader, disk);
}

std::string StreamEnd::encode() const {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(stream));
  return writer.bytes();
}

std::optional<StreamEnd> StreamEnd::decode(std::string_view payload) {
  Reader reader(payload);
  StreamEnd end;
  if (!take(reader, Stream::err, end.stream)) return std::nullopt;
  return complete(reader, end);
}

std::string Credit::encode() const {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(stream));
  writer.u32(bytes);
  return writer.bytes();
}

std::optional<Credit> Credit::decode(std::string_view payload) {
  Reader reader(payload);
  Credit credit;
  if (!take(reader, Stream::err, credit.stream)) return std::nullopt;
  credit.bytes = reader.u32();
  return complete(reader, credit);
}

std::string Signal::encode() const {
  Writer writer;
  writer.u32(number);
  writer.u8(whole_group ? 1 : 0);
  return writer.bytes();
}

std::optional<Signal> Signal::decode(std::string_view payload) {
  Reader reader(payload);
  Signal signal;
  signal.number = reader.u32();
  signal.whole_group = reader.u8() != 0;
  return complete(reader, signal);
}

std::string Exit::encode() const {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(ending));
  writer.u32(value);
  writer.u64(new_taint);
  writer.u64(stdin_consumed);
  writer.text(detail);
  writer.u64(full_size);
  writer.text(cpu_features);
  return writer.bytes();
}

std::optional<Exit> Exit::decode(std::string_view payload) {
  Reader reader(payload);
  Exit exit;
  if (!take(reader, Ending::cannot_prepare, exit.ending)) return std::nullopt;
  exit.value = reader.u32();
  exit.new_taint = reader.u64();
  exit.stdin_consumed = reader.u64();
  exit.detail = reader.text();
  exit.full_size = reader.u64();
  exit.cpu_features = reader.text();
  return complete(reader, std::move(exit));
}

std::string Sync::encode() const {
  Writer writer;
  writer.u8(disks ? 1 : 0);
  return writer.bytes();
}

std::optional<Sync> Sync::decode(std::string_view payload) {
  Reader reader(payload);
  Sync sync;
  sync.disks = reader.u8() != 0;
  return complete(reader, sync);
}

std::string Log::encode() const {
  Writer writer;
  writer.u8(level);
  writer.u64(time_us);
  writer.text(text);
  return writer.bytes();
}

std::optional<Log> Log::decode(std::string_view payload) {
  Reader reader(payload);
  Log log;
  log.level = reader.u8();
  log.time_us = reader.u64();
  log.text = reader.text();
  return complete(reader, std::move(log));
}

}  // namespace quiz::wire
