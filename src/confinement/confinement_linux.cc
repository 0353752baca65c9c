#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/below.h"
#include "base/error.h"
#include "base/pipe.h"
#include "confinement/confinement.h"
#include "confinement/descriptors.h"
#include "confinement/filter.h"
#include "confinement/landlock.h"
#include "confinement/limits.h"
#include "confinement/view.h"

namespace quiz::confinement {

namespace fs = std::filesystem;

namespace {

/// The number by which a child finds the view that others hold for it.
constexpr int kViewDescriptor = 9;

/// How the child comes to its view.
enum class Sight {
  whole,     ///< it has none
  held,      ///< through a descriptor, for what it exports
  own,       ///< lives in it
  own_user,  ///< lives in it and in a user namespace
};

const char* name_of(Sight sight) {
  switch (sight) {
    case Sight::whole:
      break;
    case Sight::held:
      return "read-only, by descriptor";
    case Sight::own:
      return "read-only, its root directory";
    case Sight::own_user:
      return "read-only, its root directory, in a user namespace";
  }
  return "none";
}

}  // namespace

Layers read_layers(std::string_view text) {
  if (text == "all") return {};
  Layers layers{false, false, false, false, false, false};
  if (text == "none") return layers;
  const std::array<std::pair<std::string_view, bool*>, 6> names = {
      {{"view", &layers.view},
       {"landlock", &layers.landlock},
       {"filter", &layers.filter},
       {"namespaces", &layers.namespaces},
       {"limits", &layers.limits},
       {"readonly", &layers.readonly}}};
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto* const found = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
      return entry.first == text.substr(0, comma);
    });
    if (found == names.end()) {
      throw base::Error(
          fmt::format("there is no layer '{}' (--confinement)", text.substr(0, comma)),
          "all, none, or of view, landlock, filter, namespaces, limits, readonly");
    }
    *found->second = true;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return layers;
}

struct Confinement::State {
  Request request;
  Sight sight = Sight::whole;
  bool privileged = false;
  int landlock = 0;  // its version, if it is asked for
  bool filter = false;
  bool broker = false;
  std::optional<HeldView> view;
  std::string root;

  bool writable() const { return !request.writable.empty(); }
  fs::path mount_point() const { return request.scratch / "root"; }
  ViewRequest view_request(bool lives_in_it) const {
    return {mount_point(),    request.hidden, request.readable,
            request.writable, lives_in_it,    request.read_only};
  }
  /// In what may be written lies something that may not, or that is hidden.
  bool has_points_in_writable() const;
  bool has_namespaces() const {
    return request.layers.namespaces && (privileged || sight == Sight::own_user);
  }
  LandlockRequest landlock_request(const std::vector<fs::path>& may_write) const;
  /// Where an ordinary user's child may change attributes.
  Changeable changeable() const;
  Limits limits() const { return {request.memory, request.largest_file, writable()}; }
  void choose_view();
};

/// Root's child can live in its view. An ordinary user's could only in a user namespace, where all
/// files of others seem to belong to nobody (which sudo, ssh and git refuse): so it gets the view
/// by a descriptor, while Landlock shuts it out of everything else. Without Landlock it has to; and
/// where a writable directory has exceptions, too: those are mounts of the view, and the directory
/// would be found by its own name, where there are none.
void Confinement::State::choose_view() {
  if (!request.layers.view || request.scratch.empty() || !root_is_a_mount()) return;
  const unsigned long processes = request.layers.namespaces ? CLONE_NEWPID : 0;
  if (privileged && in_container()) {
    privileged = can_enter_view(ViewPlan(view_request(true)), CLONE_NEWNS | processes);
  }
  if (privileged) {
    sight = Sight::own;
    return;
  }
  if (landlock == 0 || has_points_in_writable()) {
    const unsigned long all = CLONE_NEWUSER | CLONE_NEWNS | processes;
    if (can_enter_view(ViewPlan(view_request(true)), all)) sight = Sight::own_user;
    return;
  }
  view = hold_view(ViewPlan(view_request(false)));
  if (!view) return;
  sight = Sight::held;
  root = fmt::format("/proc/self/fd/{}", kViewDescriptor);
}

/// With a view all reading goes through it, where what is hidden is not to be seen; but for what
/// the program needs itself. Without one everything but the hidden can be read.
LandlockRequest Confinement::State::landlock_request(const std::vector<fs::path>& may_write) const {
  LandlockRequest wanted{request.hidden, request.readable, may_write, request.network, false};
  const bool everything =
      sight == Sight::whole ||
      std::find(request.needed.begin(), request.needed.end(), "/") != request.needed.end();
  if (everything) {
    wanted.readable.emplace_back("/");
    wanted.lists_all = true;
  } else {
    wanted.readable.insert(wanted.readable.end(), request.needed.begin(), request.needed.end());
  }
  return wanted;
}

Changeable Confinement::State::changeable() const {
  Changeable changeable;
  for (const fs::path& path : request.writable) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    if (!view) {
      changeable.directories.push_back(real);
      continue;
    }
    const base::Fd directory(
        ::openat(view->root.get(), real.relative_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (directory) changeable.mounts.push_back(mount_of(directory.get()));
  }
  return changeable;
}

bool Confinement::State::has_points_in_writable() const {
  if (!request.read_only.empty()) return true;
  return std::any_of(request.hidden.begin(), request.hidden.end(), [&](const fs::path& point) {
    return std::any_of(request.writable.begin(), request.writable.end(),
                       [&](const fs::path& top) { return base::is_below(point, top); });
  });
}

Confinement::Confinement(const Request& request) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.request = request;
  state.privileged = may_make_namespaces();
  if (request.layers.landlock) state.landlock = landlock_version();
  state.filter = request.layers.filter && !make_filter({}).program.empty();
  state.broker = state.filter && Broker::available();
  state.choose_view();
}

Confinement::~Confinement() = default;

const std::string& Confinement::root() const { return state_->root; }

bool Confinement::has_landlock() const { return state_->landlock > 0; }

bool Confinement::hides_owners() const { return state_->sight == Sight::own_user; }

bool Confinement::keeps_read_only() const {
  return state_->sight == Sight::own || state_->sight == Sight::own_user;
}

const Layers& Confinement::layers() const { return state_->request.layers; }

std::vector<base::FdMapping> Confinement::descriptors() const {
  if (state_->sight != Sight::held) return {};
  return {{kViewDescriptor, state_->view->root.get()}};
}

std::unique_ptr<Guard> Confinement::guard(std::vector<Grant> grants) const {
  return std::unique_ptr<Guard>(new Guard(*this, std::move(grants)));
}

// --- what is in force ---------------------------------------------------------------------------

namespace {

LayerReport report_view(Sight sight, const Layers& layers, bool has_landlock) {
  LayerReport report{"view", name_of(sight), {}};
  if (sight == Sight::whole) {
    report.weakness = layers.view ? "there is no read-only view of the host's files (no user "
                                    "namespaces, or quiz runs in a plain chroot)"
                                  : "the read-only view is turned off";
  } else if (sight == Sight::own_user && !has_landlock) {
    report.weakness = "files of other users seem to belong to nobody (no Landlock)";
  }
  return report;
}

LayerReport report_landlock(int version, const Layers& layers) {
  LayerReport report{"Landlock", fmt::format("version {}", version), {}};
  if (version == 0) {
    report.state = "none";
    report.weakness = layers.landlock ? "this kernel has no Landlock (Linux 5.13, and lsm=landlock)"
                                      : "Landlock is turned off";
  } else if (version < 6) {
    report.weakness = fmt::format(
        "Landlock version {} does not cover {}{}signals and abstract "
        "sockets (6, Linux 6.12)",
        version, version < 3 ? "truncation (3, Linux 6.2), " : "",
        version < 4 ? "TCP (4, Linux 6.7), " : "");
  }
  return report;
}

LayerReport report_filter(bool filter, bool broker, const Request& request, const Layers& layers) {
  LayerReport report{"filter", broker ? "seccomp, files by a broker" : "seccomp", {}};
  if (!filter) {
    report.state = "none";
    report.weakness = layers.filter ? "there is no filter of system calls for this architecture"
                                    : "the filter of system calls is turned off";
  } else if (!broker) {
    report.weakness =
        "QEMU opens its files for writing itself (before Linux 5.9, or with Yama's ptrace_scope "
        "2 and 3)";
    if (request.network) report.weakness += ", and the guest reaches services on the loopback";
  }
  return report;
}

LayerReport report_namespaces(bool all, bool network, const Layers& layers) {
  LayerReport report{"namespaces", network ? "pid, ipc, uts" : "pid, ipc, uts, net", {}};
  if (!all) {
    report.state = "none (root only)";
    if (!layers.namespaces) report.weakness = "namespaces are turned off";
  }
  return report;
}

}  // namespace

std::vector<LayerReport> Confinement::reports() const {
  const State& state = *state_;
  const Layers& layers = state.request.layers;
  std::vector<LayerReport> reports = {
      report_view(state.sight, layers, state.landlock > 0),
      report_landlock(state.landlock, layers),
      report_filter(state.filter, state.broker, state.request, layers),
      report_namespaces(state.has_namespaces(), state.request.network, layers),
      {"limits", layers.limits ? "memory, file sizes, no core dumps, capabilities" : "none",
       layers.limits ? "" : "limits are turned off"}};
  return reports;
}

std::string Confinement::describe() const {
  std::string text;
  for (const LayerReport& report : reports()) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", report.name, report.state);
  }
  return text;
}

std::vector<std::string> Confinement::weaknesses() const {
  std::vector<std::string> sentences;
  for (LayerReport& report : reports()) {
    if (!report.weakness.empty()) sentences.push_back(std::move(report.weakness));
  }
  return sentences;
}

std::vector<std::string> Confinement::breaches() const {
  const State& state = *state_;
  std::vector<std::string> sentences;
  const bool seen = state.sight != Sight::whole;
  if (!seen && state.landlock == 0) {
    sentences.emplace_back(
        "there is neither Landlock nor a user namespace here: the guest can read the host's "
        "/proc, /sys, /dev and /run, and what is to be hidden");
  }
  if (!seen && state.landlock < 3 && !state.filter) {
    sentences.emplace_back("nothing but QEMU itself keeps the guest from emptying your files");
  }
  if (state.request.network && !state.broker && !state.request.destinations.all) {
    sentences.emplace_back(
        "without a broker (Linux 5.9) the guest reaches services on this machine's loopback");
  }
  return sentences;
}

// --- one child ----------------------------------------------------------------------------------

struct Guard::Prepared {
  Prepared(const Confinement::State& confinement, std::vector<Grant> grants)
      : state(confinement),
        broker(std::move(grants), confinement.request.destinations, confinement.changeable()) {}

  const Confinement::State& state;
  Broker broker;
  std::optional<ViewPlan> view;  // to be made by the child
  IdentityMap map;
  base::Fd ruleset;
  Filter filter;
  // The child's end and ours, by which the broker's descriptor comes; none without a broker.
  base::Fd to_parent;
  base::Fd from_child;
};

Guard::Guard(const Confinement& confinement, std::vector<Grant> grants)
    : prepared_(std::make_unique<Prepared>(*confinement.state_, std::move(grants))) {
  const Confinement::State& state = prepared_->state;
  std::vector<fs::path> writable = state.request.writable;
  if (!state.broker) {  // then it opens them by name
    for (const Grant& grant : prepared_->broker.grants()) {
      std::error_code error;
      writable.push_back(fs::weakly_canonical(grant.path, error));
    }
  }
  if (state.landlock > 0) {
    prepared_->ruleset = make_ruleset(state.landlock_request(writable), state.landlock);
    if (prepared_->ruleset && state.sight == Sight::held) {
      allow_reading(prepared_->ruleset.get(), state.view->root.get());
    }
  }
  if (state.sight == Sight::own || state.sight == Sight::own_user) {
    ViewRequest view = state.view_request(true);
    view.writable = writable;
    prepared_->view.emplace(view);
  }
  if (state.filter) {
    const bool attributes = state.broker && state.sight != Sight::own;
    prepared_->filter =
        make_filter({state.broker, state.writable(), attributes, state.request.network});
  }
  if (state.broker) {
    base::SocketPair channel = base::make_socket_pair();
    prepared_->from_child = std::move(channel.first);
    prepared_->to_parent.reset(
        ::fcntl(channel.second.get(), F_DUPFD_CLOEXEC, base::kFirstSafeDescriptor));
  }
}

Guard::~Guard() = default;

unsigned long Guard::clone_flags() const noexcept {
  const Confinement::State& state = prepared_->state;
  unsigned long flags = 0;
  if (state.sight == Sight::own || state.sight == Sight::own_user) flags |= CLONE_NEWNS;
  if (state.sight == Sight::own_user) flags |= CLONE_NEWUSER;
  if (state.has_namespaces()) {
    flags |= CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    if (!state.request.network) flags |= CLONE_NEWNET;
  }
  return flags;
}

const char* Guard::confine() noexcept {
  const Confinement::State& state = prepared_->state;
  const char* problem = nullptr;
  if (state.sight == Sight::own_user) problem = prepared_->map.write();
  if (problem == nullptr && prepared_->view) problem = prepared_->view->make();
  if (problem == nullptr && prepared_->view) problem = prepared_->view->enter();
  if (problem != nullptr) return problem;
  if (state.request.layers.limits) {
    problem = set_limits(state.limits());
    if (problem == nullptr) problem = drop_privileges(state.limits());
    if (problem != nullptr) return problem;
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "take new privileges from";
  if (!prepared_->ruleset) return nullptr;
  if (prepared_->view) {
    const int root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || !allow_reading(prepared_->ruleset.get(), root)) return "apply Landlock to";
    ::close(root);
  }
  return ::syscall(SYS_landlock_restrict_self, prepared_->ruleset.get(), 0) == 0
             ? nullptr
             : "apply Landlock to";
}

const char* Guard::seal() noexcept {
  if (prepared_->filter.program.empty()) return nullptr;
  const int listener = install_filter(prepared_->filter, prepared_->state.broker);
  if (listener < 0) return "filter the system calls of";
  if (!prepared_->state.broker) return nullptr;
  const bool sent = send_descriptors(prepared_->to_parent.get(), &listener, 1);
  ::close(listener);
  return sent ? nullptr : "reach the broker for";
}

/// The program's start is the first thing that the child has to ask for.
void Guard::accompany(pid_t child, int started) {
  prepared_->to_parent.reset();
  if (!prepared_->from_child) return;
  std::array<pollfd, 2> polled = {{{prepared_->from_child.get(), POLLIN, 0}, {started, POLLIN, 0}}};
  while (::poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) continue;
  int listener = -1;
  if (polled[0].revents != 0 &&
      receive_descriptors(prepared_->from_child.get(), &listener, 1) == 1) {
    prepared_->broker.listen(base::Fd(listener), child);
  }
  prepared_->from_child.reset();
  while (descriptor() >= 0) {
    polled = {{{descriptor(), POLLIN, 0}, {started, POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) handle();
    if (polled[1].revents != 0) return;
  }
}

int Guard::descriptor() const { return prepared_->broker.descriptor(); }

void Guard::handle() { prepared_->broker.handle(); }

void Guard::ask_at_doors(std::function<bool()> may_start) {
  prepared_->broker.ask_at_doors(std::move(may_start));
}

}  // namespace quiz::confinement
