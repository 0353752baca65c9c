// Messages of 9P (9P2000, 9P2000.u and 9P2000.L): numbers are little-endian, strings carry their
// length.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace quiz::attack {

// A request's answer has the next number. include/net/9p/9p.h
enum class Type : std::uint8_t {
  lerror_answer = 7,
  lopen = 12,
  lcreate = 14,
  symlink = 16,
  mknod = 18,
  rename = 20,
  setattr = 26,
  xattrcreate = 32,
  readdir = 40,
  fsync = 50,
  lock = 52,
  link = 70,
  mkdir = 72,
  renameat = 74,
  unlinkat = 76,
  version = 100,
  attach = 104,
  error_answer = 107,
  walk = 110,
  open = 112,
  create = 114,
  read = 116,
  write = 118,
  clunk = 120,
  remove = 122,
  wstat = 126,
};

class Writer {
 public:
  Writer& u8(std::uint8_t value) { return number(value); }
  Writer& u16(std::uint16_t value) { return number(value); }
  Writer& u32(std::uint32_t value) { return number(value); }
  Writer& u64(std::uint64_t value) { return number(value); }
  Writer& text(std::string_view value) {
    number(static_cast<std::uint16_t>(value.size()));
    bytes_ += value;
    return *this;
  }
  Writer& raw(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <typename Number>
  Writer& number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }

  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::string text() { return raw(u16()); }
  std::string raw(std::size_t size) {
    need(size);
    std::string value = bytes_.substr(at_, size);
    at_ += size;
    return value;
  }
  bool empty() const { return at_ == bytes_.size(); }

 private:
  void need(std::size_t size) const {
    if (bytes_.size() - at_ < size) throw std::runtime_error("an answer that ends early");
  }
  template <typename Number>
  Number number() {
    need(sizeof(Number));
    Number value = 0;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace quiz::attack
