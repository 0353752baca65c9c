// A 9P client without manners: any message in any dialect, any bytes as a name. What is to be tried
// is changes.h's.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "message.h"
#include "virtio_9p.h"

namespace quiz::attack {

enum class Dialect { u, l };

/// What the server answered instead of doing it.
class Refused : public std::runtime_error {
 public:
  explicit Refused(int error) : std::runtime_error("refused"), error_(error) {}
  int error() const { return error_; }

 private:
  int error_;
};

class Client {
 public:
  /// Begins a session; all files of an earlier one are closed.
  Client(Virtio9p& device, Dialect dialect);

  Dialect dialect() const { return dialect_; }

  /// Throws Refused.
  Reader request(Type type, const Writer& payload);

  /// The file at that path below the export, by the names as they are, for a request that needs
  /// one.
  std::uint32_t walk(const std::vector<std::string>& names);
  std::uint32_t walk(const std::string& path) { return walk(split(path)); }
  void forget(std::uint32_t file);

  /// Opens as the dialect does: Topen with one of its modes, or Tlopen with Linux' flags.
  void open(std::uint32_t file, std::uint32_t flags);
  std::string read(std::uint32_t file, std::uint64_t offset = 0);
  void write(std::uint32_t file, const std::string& bytes);
  /// The names in a directory.
  std::vector<std::string> list(const std::string& path);

  static std::vector<std::string> split(const std::string& path);

 private:
  Virtio9p& device_;
  Dialect dialect_;
  std::uint32_t next_file_ = 1;
};

}  // namespace quiz::attack
