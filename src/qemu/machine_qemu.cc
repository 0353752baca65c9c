#include "qemu/machine_qemu.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/host_clock.h"
#include "base/timer.h"
#include "qemu/target.h"
#include "qemu/warm_key.h"
#include "wire/messages.h"

namespace quiz::qemu {

namespace {

using machine::MachineEvent;

constexpr int kAnswerMs = 10'000;  // for a monitor that is there; busy hosts are slow
constexpr int kSaveMs = 60'000;
constexpr std::chrono::milliseconds kPause{10};
/// How long a guest may take after its first hello until its clocks are what they will be.
constexpr std::chrono::milliseconds kSettling{1500};
/// How long a machine may take to build its root; a good one needs a fifth of a second.
constexpr std::chrono::seconds kProof{20};

struct Greeting {
  std::optional<wire::Hello> hello;  ///< the last one
  bool understood = true;            ///< so far there is nothing but good ones
  std::size_t bytes = 0;             ///< of all that it has said
};

/// Looks at what a guest has said and takes nothing.
Greeting look_at(const base::Fd& wire) {
  wire::FrameReader frames;
  const auto space = frames.space();
  const ssize_t count = ::recv(wire.get(), space.data, space.size, MSG_PEEK | MSG_DONTWAIT);
  frames.commit(count > 0 ? static_cast<std::size_t>(count) : 0);
  Greeting greeting;
  while (const auto frame = frames.next()) {
    greeting.hello = wire::Hello::decode(frame->payload);
    const bool good = frame->type == static_cast<std::uint16_t>(wire::Type::hello) &&
                      greeting.hello && greeting.hello->version == wire::kVersion;
    if (!good) return {std::nullopt, false, 0};
  }
  greeting.understood = !frames.broken();
  greeting.bytes = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  return greeting;
}

/// Whether a guest has answered a ping, which it does when it has built its root.
bool has_answered(const base::Fd& wire) {
  wire::FrameReader frames;
  const auto space = frames.space();
  const ssize_t count = ::recv(wire.get(), space.data, space.size, MSG_PEEK | MSG_DONTWAIT);
  frames.commit(count > 0 ? static_cast<std::size_t>(count) : 0);
  while (const auto frame = frames.next()) {
    if (frame->type == static_cast<std::uint16_t>(wire::Type::ping)) return true;
  }
  return false;
}

/// Has the guest use each of its devices that a root may need.
std::string order_of_proof(const machine::MachineSpec& spec) {
  wire::Setup setup;
  setup.realtime_ns = base::realtime_ns();
  setup.log_level = 0;
  for (const machine::Share& share : spec.shares) setup.exports.push_back({share.tag, "", false});
  setup.layers = {spec.root_image.empty() ? wire::Place{spec.shares.front().tag, ""}
                                          : wire::Place{wire::kRootImage, ""}};
  std::string bytes;
  wire::append_message(bytes, wire::Type::setup, 0, setup.encode());
  wire::append_frame(bytes, wire::Type::ping, 0, "proof");
  return bytes;
}

/// Under emulation a boot may end with coarse timers and clocks, and an image would keep them for
/// good. Empty: nothing.
std::string what_is_missing(const wire::Hello& hello, const base::Architecture& architecture) {
  if (hello.clocksource != architecture.clock_source)
    return "the guest's clock source is " + hello.clocksource;
  if (hello.timer_resolution_ns != 1) return "the guest has no high-resolution timers";
  return {};
}

}  // namespace

QemuMachine::QemuMachine(const std::string& program, const machine::MachineSpec& spec,
                         const confinement::Confinement& confinement, std::optional<WarmStart> warm,
                         base::Reporter& reporter, int lan)
    : program_(program),
      spec_(spec),
      confinement_(confinement),
      reporter_(reporter),
      warm_(std::move(warm)),
      wire_(base::make_socket_pair()),
      console_(base::make_socket_pair()),
      lan_(lan) {
  for (const int fd : {wire(), console()}) base::set_nonblocking(fd, true);
  if (!warm_) {
    boot();
    return;
  }
  key_ = warm_key(program, spec);
  if (warm_->distrusted) {
    warm_->images.forget(key_);
    boot();
    return;
  }
  look_for_image();
}

QemuMachine::~QemuMachine() = default;

// --- the ways to a running machine --------------------------------------------------------------

void QemuMachine::look_for_image() {
  auto finding = warm_->images.find(key_);
  if (finding.image) return go_on_from(std::move(*finding.image));
  if (phase_ != Phase::waiting) {
    reporter_.detail(fmt::format("no warm start from the image {}: {}", key_, finding.reason));
  }
  if (made_image_) return boot();  // it cannot be kept here
  try {
    draft_ = warm_->images.begin(key_, spec_.memory_mib << 20);
  } catch (const base::Error& error) {
    reporter_.detail(std::string("no image of this machine can be made: ") + error.what());
    return boot();
  }
  if (draft_) return boot_to_save();
  if (phase_ == Phase::waiting) return;
  reporter_.detail("waiting for the image, which another quiz is making");
  phase_ = Phase::waiting;
  retry_ = base::repeating_timer(kPause);
}

void QemuMachine::boot() {
  stop_process();
  ProcessPlan plan{program_, spec_, confinement_, wire_.second.get(), console_.second.get()};
  plan.lan = lan_;
  process_ = std::make_unique<QemuProcess>(plan);
  hand_over();
}

void QemuMachine::boot_to_save() {
  private_wire_ = base::make_socket_pair();
  base::set_nonblocking(private_wire_.first.get(), true);
  greeted_.reset();
  heard_ = 0;
  ProcessPlan plan{program_, spec_, confinement_, private_wire_.second.get(),
                   console_.second.get()};
  plan.memory = draft_->memory().string();
  plan.memory_descriptor = draft_->memory_descriptor();
  plan.memory_shared = true;
  plan.blank = true;
  process_ = std::make_unique<QemuProcess>(plan);
  private_wire_.second.reset();
  phase_ = Phase::saving;
}

void QemuMachine::save(const wire::Hello& hello) {
  try {
    save_state();
    process_->kill();
    process_.reset();
    hello_.clear();
    wire::append_frame(hello_, wire::Type::hello, 0, hello.encode());
    const bool provable = !spec_.shares.empty() || !spec_.root_image.empty();
    if (target_of(spec_.architecture).saving().proved && provable) return prove();
  } catch (const base::Error& error) {
    reporter_.detail(std::string("the machine could not be saved: ") + error.what());
    return boot();
  }
  publish();
}

void QemuMachine::publish() {
  try {
    warm_->images.publish(std::move(draft_), hello_);
  } catch (const base::Error& error) {
    reporter_.detail(std::string("the machine could not be saved: ") + error.what());
    return boot();
  }
  stop_process();
  made_image_ = true;
  look_for_image();
}

/// From what cannot be written any more, though it is a draft.
void QemuMachine::prove() {
  const auto read_only = [](int fd) {
    return base::open_file(fmt::format("/proc/self/fd/{}", fd), O_RDONLY);
  };
  proof_memory_ = read_only(draft_->memory_descriptor());
  proof_state_ = read_only(draft_->state());
  private_wire_ = base::make_socket_pair();
  base::set_nonblocking(private_wire_.first.get(), true);
  ProcessPlan plan{program_, spec_, confinement_, private_wire_.second.get(),
                   console_.second.get()};
  plan.memory = draft_->memory().string();
  plan.memory_descriptor = proof_memory_.get();
  plan.blank = true;
  plan.incoming = proof_state_.get();
  process_ = std::make_unique<QemuProcess>(plan);
  private_wire_.second.reset();
  retry_ = base::repeating_timer(kPause);
  proof_began_ = std::chrono::steady_clock::now();
  phase_ = Phase::proving;
}

/// The machine stays as it is, if it has all that it should have, and what it has said so far is
/// the owner's to read. Its RAM file goes with its last user.
void QemuMachine::keep_running(const std::string& reason) {
  reporter_.detail("no image is made: " + reason);
  // This one has empty disks and no ports: whoever asked for some gets another. Its RAM is a file,
  // too, and the disk may not have the room for all of it.
  if (!spec_.disks.empty() || spec_.network || spec_.lan || !draft_->reserve()) return boot();
  draft_.reset();
  retry_.reset();
  if (::dup3(private_wire_.first.get(), wire_.first.get(), O_CLOEXEC) < 0) {
    throw base::SystemError("cannot take over the machine's wire");
  }
  private_wire_ = {};
  hand_over();
}

/// The RAM is in its file: the migration stream is the rest of the machine.
void QemuMachine::save_state() {
  Qmp* const monitor = process_->monitor();
  const auto require = [](bool done, const char* what) {
    if (!done) throw base::Error(std::string("QEMU does not ") + what);
  };
  require(monitor != nullptr, "answer");
  require(monitor->call("stop", {}, kAnswerMs), "stop the machine");
  require(monitor->give_descriptor(draft_->state(), "state", kAnswerMs), "take a descriptor");
  require(monitor->call("migrate-set-capabilities", kCapabilities, kAnswerMs),
          "know x-ignore-shared");
  require(monitor->call("migrate", R"({"uri":"fd:state"})", kAnswerMs), "begin to save");
  const auto end = monitor->wait_for(
      [](const QmpEvent& event) {
        return event.name == "MIGRATION" &&
               (event.status == "completed" || event.status == "failed");
      },
      kSaveMs);
  require(end && end->status == "completed", "save the machine");
}

void QemuMachine::stop_process() {
  process_.reset();
  draft_.reset();
  retry_.reset();
  private_wire_ = {};
  proof_memory_.reset();
  proof_state_.reset();
}

void QemuMachine::go_on_from(WarmImage image) {
  retry_.reset();
  image_ = std::move(image);
  ProcessPlan plan{program_, spec_, confinement_, wire_.second.get(), console_.second.get()};
  plan.memory = image_->memory.string();
  plan.memory_descriptor = image_->memory_file.get();
  plan.incoming = image_->state.get();
  plan.lan = lan_;
  plan.before_going_on = [this](pid_t qemu) { bring_in_pages(qemu); };
  process_ = std::make_unique<QemuProcess>(plan);
  image_->state.reset();
  phase_ = Phase::resuming;
}

/// What every run from this image needs of its memory, by few calls instead of a fault a page.
void QemuMachine::bring_in_pages(pid_t qemu) {
  if (!image_->pages) return;
  const std::uint64_t pages = base::bring_in(qemu, image_->memory_file.get(), *image_->pages);
  reporter_.detail(
      fmt::format("{} of {} pages were brought in", pages, image_->pages->written_pages()));
}

void QemuMachine::hand_over() {
  wire_.second.reset();
  console_.second.reset();
  phase_ = Phase::running;
}

// --- what happens on them -----------------------------------------------------------------------

std::vector<int> QemuMachine::descriptors() const {
  if (phase_ == Phase::waiting) return {retry_.get()};
  std::vector<int> fds = process_->descriptors();
  // What has been seen is not taken: afterwards only the timer tells when to look again.
  if (phase_ == Phase::proving) fds.push_back(retry_.get());
  if (phase_ == Phase::saving) fds.push_back(retry_ ? retry_.get() : private_wire_.first.get());
  return fds;
}

std::vector<MachineEvent> QemuMachine::handle() {
  switch (phase_) {
    case Phase::waiting:
      if (take_tick()) look_for_image();
      return {};
    case Phase::saving:
      handle_saving();
      return {};
    case Phase::proving:
      handle_proving();
      return {};
    case Phase::resuming:
      return handle_resuming();
    case Phase::running:
      break;
  }
  return handle_running();
}

bool QemuMachine::take_tick() {
  std::uint64_t count = 0;
  return retry_ && ::read(retry_.get(), &count, sizeof count) > 0;
}

void QemuMachine::handle_saving() {
  const auto events = process_->handle();
  if (!events.empty()) {
    reporter_.detail("the machine that was to be saved ended: " + events[0].detail);
    return boot();
  }
  take_tick();
  const Greeting greeting = look_at(private_wire_.first);
  if (!greeting.understood) return keep_running("the guest does not greet as it should");
  if (!greeting.hello) return;
  const std::string missing = spec_.accelerator == machine::Accelerator::tcg
                                  ? what_is_missing(*greeting.hello, spec_.architecture)
                                  : "";
  if (missing.empty() && has_rested(greeting.bytes)) return save(*greeting.hello);
  if (!retry_) retry_ = base::repeating_timer(kPause);
  if (missing.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (!greeted_) greeted_ = now;
  if (now - *greeted_ > kSettling) return keep_running(missing);
}

/// Whether it has said nothing more for as long as it should be silent.
bool QemuMachine::has_rested(std::size_t heard) {
  const auto now = std::chrono::steady_clock::now();
  if (heard != heard_) heard_last_ = now;
  heard_ = heard;
  return now - heard_last_ >= target_of(spec_.architecture).saving().rest;
}

void QemuMachine::handle_proving() {
  const auto events = process_->handle();
  take_tick();
  const bool late = std::chrono::steady_clock::now() - proof_began_ > kProof;
  if (!events.empty() || late) {
    reporter_.detail("the image is bad: its machine " +
                     (late ? "does not build its root" : "ended: " + events[0].detail));
    return boot();
  }
  if (process_->take_resumed()) {
    const std::string order = order_of_proof(spec_);
    (void)!::send(private_wire_.first.get(), order.data(), order.size(), MSG_NOSIGNAL);
  }
  if (!has_answered(private_wire_.first)) return;
  process_->kill();
  process_.reset();
  publish();
}

std::vector<MachineEvent> QemuMachine::handle_resuming() {
  auto events = process_->handle();
  if (process_->take_resumed()) {
    // As if the guest's init had said it just now.
    (void)!::send(wire_.second.get(), image_->hello.data(), image_->hello.size(), MSG_NOSIGNAL);
    start_ = made_image_ ? machine::Start::cold : machine::Start::warm;
    hand_over();
    return events;
  }
  if (events.empty()) return {};
  reporter_.detail("the saved machine does not go on: " + events[0].detail);
  // What QEMU refuses before it looks at the image may be any part of the command line.
  suspect_ = !process_->greeted();
  stop_process();
  image_.reset();
  if (!suspect_) warm_->images.forget(key_);
  boot();
  return {};
}

std::vector<MachineEvent> QemuMachine::handle_running() {
  auto events = process_->handle();
  if (process_->refused()) {
    for (const MachineEvent& event : events) {
      if (event.kind != MachineEvent::Kind::ended) continue;
      throw base::Error("the machine could not be started: " + event.detail,
                        "what QEMU asks for may be limited here: see ulimit -a");
    }
  }
  if (suspect_ && process_->greeted()) {
    suspect_ = false;
    warm_->images.forget(key_);
  }
  return events;
}

// --- what the owner asks for --------------------------------------------------------------------

void QemuMachine::program_begins() {
  if (!image_ || image_->pages || !process_ || phase_ != Phase::running) return;
  learning_ = true;
  learn_pages();
}

/// From one state a guest's kernel hands out the same pages again, to whatever program: so what
/// this one has used in the end is what the next one will, unless it was so much that few will need
/// it.
void QemuMachine::learn_pages() {
  constexpr std::uint64_t kMostOfAProgram = 4096;
  auto pages = base::pages_in_use(process_->pid(), image_->memory_file.get());
  if (!pages || (image_->pages && pages->written_pages() > kMostOfAProgram)) return;
  image_->pages = std::move(pages);
  warm_->images.keep_pages(key_, *image_);
}

void QemuMachine::pause() {
  if (process_) process_->stop_cpus();
}

void QemuMachine::resume() {
  if (process_) process_->continue_cpus();
}

void QemuMachine::system_request(char key) {
  if (process_) process_->system_request(key, console());
}

bool QemuMachine::inject_nmi() { return process_ && process_->inject_nmi(); }

std::vector<machine::DiskTraffic> QemuMachine::disk_traffic() {
  if (!process_) return {};
  return process_->disk_traffic();
}

void QemuMachine::plug(const machine::Disk& disk) {
  if (process_) process_->plug(disk);
}

void QemuMachine::unplug(const std::string& name) {
  if (process_) process_->unplug(name);
}

base::Fd QemuMachine::begin_debugging() {
  if (!process_ || phase_ != Phase::running) return {};
  return process_->begin_debugging();
}

void QemuMachine::end_debugging() {
  if (process_) process_->end_debugging();
}

void QemuMachine::kill() {
  if (std::exchange(learning_, false) && process_ && !process_->ended()) learn_pages();
  if (process_) process_->kill();
}

}  // namespace quiz::qemu
