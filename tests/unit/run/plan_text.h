// A RunPlan as a page of text, for the golden files in tests/golden/run: one fact a line, so that a
// change of a plan is a change of few lines. What holds nothing is left out.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>

#include "qemu/target.h"
#include "run/plan.h"

namespace quiz::run {

class PlanText {
 public:
  explicit PlanText(const RunPlan& plan) {
    add_machine(plan);
    add_guest(plan.relay);
    add_program("program", plan.relay.exec);
    if (plan.relay.shell_after) add_program("shell after", *plan.relay.shell_after);
    for (const relay::Hook& hook : plan.relay.before)
      add_program("before: " + hook.name, hook.exec);
    for (const relay::Hook& hook : plan.relay.after) add_program("after: " + hook.name, hook.exec);
    add_relay(plan.relay);
    add_confinement(plan.confinement);
  }
  const std::string& text() const { return text_; }

 private:
  void title(std::string_view words) {
    text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", words);
  }
  template <typename Value>
  void line(std::string_view name, const Value& value) {
    text_ += fmt::format("  {:<11} {}\n", name, value);
  }
  void flag(std::string_view name, bool value) {
    if (value) text_ += fmt::format("  {}\n", name);
  }
  void paths(std::string_view name, const std::vector<std::filesystem::path>& all) {
    for (const auto& path : all) line(name, path.string());
  }
  static std::string place(const wire::Place& place) { return place.tag + ":" + place.path; }
  static std::string_view name_of(wire::StreamKind kind) {
    switch (kind) {
      case wire::StreamKind::closed:
        return "closed";
      case wire::StreamKind::pipe:
        return "pipe";
      case wire::StreamKind::pty:
        return "pty";
      case wire::StreamKind::asked:
        return "asked";
      case wire::StreamKind::directory:
        return "directory";
      case wire::StreamKind::unreadable:
        return "unreadable";
      case wire::StreamKind::joined:
        break;
    }
    return "joined";
  }
  static std::string_view name_of(wire::InitSystem init) {
    return init == wire::InitSystem::quiz   ? "quiz"
           : init == wire::InitSystem::tini ? "tini"
                                            : "systemd";
  }
  static std::string_view name_of(wire::ShareMode mode) {
    return mode == wire::ShareMode::read_only    ? "read-only"
           : mode == wire::ShareMode::read_write ? "read-write"
                                                 : "copy-on-write";
  }

  void add_machine(const RunPlan& plan) {
    const machine::MachineSpec& spec = plan.machine;
    title("machine");
    line("accelerator", spec.accelerator == machine::Accelerator::kvm ? "kvm" : "tcg");
    line("board", qemu::board_of(spec).name());
    line("cpus", spec.cpus);
    line("memory", fmt::format("{} MiB", spec.memory_mib));
    flag("stands at first", spec.stopped);
    line("kernel", spec.kernel.string());
    line("initramfs", spec.initramfs.string());
    line("line", spec.command_line);
    if (!spec.root_image.empty()) line("root image", spec.root_image.string());
    for (const machine::Share& share : spec.shares) {
      line("share",
           fmt::format("{} {}{}{}", share.tag, share.path.string(),
                       share.writable ? ", writable" : "", share.mapped ? ", mapped" : ""));
    }
    for (const machine::Disk& disk : spec.disks) {
      line("disk", fmt::format("{} {}, {} bytes, sectors of {}{}{}", disk.name, disk.file.string(),
                               disk.bytes, disk.sector, disk.read_only ? ", read-only" : "",
                               disk.kept ? ", kept" : ""));
    }
    if (spec.network) {
      line("network", spec.network->host_services ? "with the host's services" : "outside only");
      for (const machine::Forward& forward : spec.network->forwards) {
        line("forward",
             fmt::format("{} to {}{}", forward.host, forward.guest, forward.udp ? " (udp)" : ""));
      }
    }
    flag("must boot", plan.saved == machine::Saved::none);
  }

  void add_guest(const relay::RelayPlan& relay) {
    const wire::Setup& setup = relay.setup;
    title("guest");
    line("init", name_of(setup.init));
    line("log level", setup.log_level);
    if (setup.size != 0) line("size", fmt::format("{} bytes", setup.size));
    for (const wire::Export& one : setup.exports) {
      line("export",
           fmt::format("{} {}{}", one.tag, one.options, one.writable ? ", writable" : ""));
    }
    for (const wire::Place& layer : setup.layers) line("layer", place(layer));
    for (const wire::Mount& mount : setup.mounts) {
      std::string from;
      for (const wire::Place& one : mount.from) from += " " + place(one);
      line("mount", fmt::format("{} {}, from{}", mount.path, name_of(mount.mode), from));
    }
    for (const wire::BundleFile& file : setup.bundle) {
      line("file",
           fmt::format("{} {:o}, {} bytes", file.path, unsigned{file.mode}, file.content.size()));
    }
    for (const wire::Module& module : setup.devices.modules) {
      line("module", module.path + " " + module.parameters);
    }
    for (const std::string& disk : setup.devices.disks) line("disk", disk);
    if (const auto& network = setup.devices.network; network.address != 0) {
      line("address",
           fmt::format("{:#x}/{} by {:#x}", network.address, network.prefix, network.gateway));
    }
  }

  void add_program(std::string_view name, const wire::Exec& exec) {
    title(name);
    for (const std::string& word : exec.arguments) line("word", word);
    if (!exec.candidate.empty()) line("candidate", exec.candidate);
    line("directory", exec.directory);
    for (const std::string& variable : exec.environment) line("variable", variable);
    line("user", fmt::format("{}:{}", exec.uid, exec.gid));
    if (!exec.groups.empty()) line("groups", fmt::format("{}", fmt::join(exec.groups, " ")));
    line("umask", fmt::format("{:03o}", exec.umask));
    for (const wire::ResourceLimit& limit : exec.limits) {
      line("limit", fmt::format("{}: {} of {}", limit.resource, limit.soft, limit.hard));
    }
    line("streams", fmt::format("{} {} {}", name_of(exec.streams[0]), name_of(exec.streams[1]),
                                name_of(exec.streams[2])));
  }

  void add_relay(const relay::RelayPlan& relay) {
    title("relay");
    flag("raw terminal", relay.streams.raw_input);
    if (relay.timeout.count() != 0) line("timeout", fmt::format("{} ms", relay.timeout.count()));
    line("boot limit", fmt::format("{} s", relay.limits.boot.count() / 1000));
    line("hook limit", fmt::format("{} s", relay.limits.hook.count() / 1000));
    flag("emulated", relay.emulated);
    flag("keeps disks", relay.keeps_disks);
    flag("keeps the boot's log", relay.boot_log);
    flag("awaits a debugger", relay.awaits_debugger);
  }

  void add_confinement(const confinement::Request& request) {
    title("confinement");
    paths("hidden", request.hidden);
    paths("readable", request.readable);
    paths("needed", request.needed);
    paths("writable", request.writable);
    paths("read-only", request.read_only);
    if (!request.scratch.empty()) line("scratch", request.scratch.string());
    line("memory", fmt::format("{} bytes", request.memory));
    line("files", request.largest_file == 0 ? std::string("of any size")
                                            : fmt::format("{} bytes", request.largest_file));
    flag("network", request.network);
    flag("all destinations", request.destinations.all);
    for (const in6_addr& resolver : request.destinations.resolvers) {
      char name[INET6_ADDRSTRLEN] = {};
      line("resolver", ::inet_ntop(AF_INET6, &resolver, name, sizeof name));
    }
  }

  std::string text_;
};

inline std::string plan_text(const RunPlan& plan) { return PlanText(plan).text(); }

}  // namespace quiz::run
