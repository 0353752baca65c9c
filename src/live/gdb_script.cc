#include "live/gdb_script.h"

#include <fmt/format.h>

namespace quiz::live {

namespace {

bool can_be_told(const std::filesystem::path& file) {
  return file.native().find_first_of("\n\r") == std::string::npos;
}

/// gdb takes words apart as a shell does.
std::string quoted(const std::filesystem::path& file) {
  std::string text = "\"";
  for (const char c : file.native()) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

/// Linked for one address, and perhaps run at another (KASLR).
void add_kernel(std::string& script, const GdbRequest& request) {
  if (request.symbols.empty() || !can_be_told(request.symbols)) return;
  const std::string file = quoted(request.symbols);
  script += fmt::format("file {}\n", file);  // which tells the architecture, too
  if (!request.text) return;
  script += fmt::format(
      "set $quiz_moved = {:#x} - (unsigned long long)&_text\n"
      "if $quiz_moved != 0\n"
      "  symbol-file {} -o $quiz_moved\n"
      "end\n",
      *request.text, file);
}

void add_module(std::string& script, const ModuleFile& module) {
  if (!can_be_told(module.file)) return;
  // Which says more of each than anybody wants to read.
  constexpr char kEnd[] = "END-OF-COMMAND";
  script += fmt::format("pipe -d {} add-symbol-file {}", kEnd, quoted(module.file));
  for (const auto& [section, address] : module.module.sections) {
    script += fmt::format(" -s {} {:#x}", section, address);
  }
  script += fmt::format(" {} cat >/dev/null\n", kEnd);
}

}  // namespace

std::string gdb_script(const GdbRequest& request) {
  std::string script = "set remotetimeout 30\n";
  add_kernel(script, request);
  for (const ModuleFile& module : request.modules) add_module(script, module);
  // A comma or a bracket in it is the shell's.
  script += fmt::format("target remote | {}\n", request.remote);
  return script;
}

}  // namespace quiz::live
