#include <array>

#include "base/json.h"
#include "boot/plan_text.h"

namespace quiz::boot {

namespace {

using base::Json;

/// CRC-32 as zlib has it (reflected 0x04C11DB7).
std::uint32_t crc32(std::string_view bytes) {
  static const auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320U : value >> 1;
      }
      table.at(i) = value;
    }
    return table;
  }();
  std::uint32_t crc = UINT32_MAX;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable.at((crc ^ static_cast<unsigned char>(byte)) & 0xFF);
  }
  return ~crc;
}

Json facts(const std::vector<Fact>& list) {
  Json object = Json::object();
  for (const Fact& fact : list) object[fact.name] = fact.value;
  return object;
}

Json memory_map(const Platform& platform) {
  Json array = Json::array();
  for (const MemoryRange& range : platform.memory_map) {
    array.push_back(Json::object({{"address", range.address},
                                  {"size", range.size},
                                  {"type", static_cast<std::uint32_t>(range.type)}}));
  }
  return array;
}

Json segments(const BootPlan& plan) {
  Json array = Json::array();
  for (const Segment& segment : plan.segments) {
    array.push_back(Json::object({{"name", segment.name},
                                  {"address", segment.address},
                                  {"bytes", segment.bytes().size()},
                                  {"zeros", segment.zeros},
                                  {"room", segment.room},
                                  {"crc32", crc32(segment.bytes())}}));
  }
  return array;
}

Json cpu_state(const CpuState& cpu) {
  return Json::object(
      {{"mode", cpu.mode == CpuMode::long64 ? "long64" : "protected32"},
       {"entry", cpu.entry},
       {"cr0", cpu.cr0},
       {"cr3", cpu.cr3},
       {"cr4", cpu.cr4},
       {"efer", cpu.efer},
       {"rflags", cpu.rflags},
       {"gdt", Json::object({{"address", cpu.gdt_address}, {"limit", cpu.gdt_limit}})},
       {"idt", Json::object({{"address", cpu.idt_address}, {"limit", cpu.idt_limit}})},
       {"cs", cpu.code_selector},
       {"ds", cpu.data_selector},
       {"tr", cpu.task_selector},
       {"rax", cpu.rax},
       {"rbx", cpu.rbx},
       {"rcx", cpu.rcx},
       {"rdx", cpu.rdx},
       {"rsi", cpu.rsi},
       {"rdi", cpu.rdi},
       {"rbp", cpu.rbp},
       {"rsp", cpu.rsp}});
}

}  // namespace

std::string to_json(const BootPlan& plan) {
  const Json object = Json::object({{"protocol", name_of(plan.protocol)},
                                    {"board", name_of(plan.platform.board)},
                                    {"memory", plan.platform.memory},
                                    {"cpus", plan.platform.cpus},
                                    {"command_line", plan.command_line},
                                    {"image", facts(plan.recognised)},
                                    {"information", facts(plan.information)},
                                    {"memory_map", memory_map(plan.platform)},
                                    {"segments", segments(plan)},
                                    {"cpu", cpu_state(plan.cpu)}});
  return object.dump(2, Json::Order::as_made) + "\n";
}

}  // namespace quiz::boot
