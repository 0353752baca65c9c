#include "vmm/serial.h"

#include <algorithm>

namespace quiz::vmm {

namespace {

enum Register : unsigned {
  kData = 0,  // and the divisor's low byte
  kInterruptEnable = 1,
  kInterruptIdentification = 2,  // written: the control of the FIFOs
  kLineControl = 3,
  kModemControl = 4,
  kLineStatus = 5,
  kModemStatus = 6,
  kScratch = 7,
};

// Interrupt enable.
constexpr std::uint8_t kOnReceived = 0x01;
constexpr std::uint8_t kOnTransmitterEmpty = 0x02;
constexpr std::uint8_t kOnLineStatus = 0x04;
// Interrupt identification.
constexpr std::uint8_t kNone = 0x01;
constexpr std::uint8_t kTransmitterEmpty = 0x02;
constexpr std::uint8_t kDataReceived = 0x04;
constexpr std::uint8_t kLineError = 0x06;
constexpr std::uint8_t kFifosOn = 0xC0;
// FIFO control.
constexpr std::uint8_t kEnableFifos = 0x01;
constexpr std::uint8_t kClearReceived = 0x02;
// Line control and status.
constexpr std::uint8_t kDivisorAccess = 0x80;
constexpr std::uint8_t kReady = 0x01;
constexpr std::uint8_t kOverrun = 0x02;
constexpr std::uint8_t kBreak = 0x10;
constexpr std::uint8_t kTransmitterIdle = 0x60;
// Modem control and status.
constexpr std::uint8_t kTerminalReady = 0x01;
constexpr std::uint8_t kRequestToSend = 0x02;
constexpr std::uint8_t kFirstOutput = 0x04;
constexpr std::uint8_t kSecondOutput = 0x08;
constexpr std::uint8_t kLoop = 0x10;
constexpr std::uint8_t kClearToSend = 0x10;
constexpr std::uint8_t kDataSetReady = 0x20;
constexpr std::uint8_t kRing = 0x40;
constexpr std::uint8_t kCarrier = 0x80;

}  // namespace

std::uint8_t Serial::read(unsigned offset) {
  bool wakes = false;
  std::uint8_t value = 0;
  {
    const std::scoped_lock lock(mutex_);
    const bool had_room = free_room() != 0;
    const bool divisor = (line_control_ & kDivisorAccess) != 0;
    switch (offset) {
      case kData:
        if (divisor) return divisor_low_;
        value = take().byte;
        break;
      case kInterruptEnable:
        return divisor ? divisor_high_ : interrupt_enable_;
      case kInterruptIdentification:
        value = interrupt_identification();
        if ((value & 0x0F) == kTransmitterEmpty) transmitter_pending_ = false;
        break;
      case kLineControl:
        return line_control_;
      case kModemControl:
        return modem_control_;
      case kLineStatus:
        value = line_status();
        // To have been read is what makes an error go away; the character stays.
        if (waiting_ != 0) received_[begin_].errors = 0;
        break;
      case kModemStatus:
        return modem_status();
      default:
        return scratch_;
    }
    update_interrupt();
    wakes = !had_room && free_room() != 0;
  }
  if (wakes) line_.has_room();
  return value;
}

void Serial::write(unsigned offset, std::uint8_t value) {
  bool sends = false;
  bool wakes = false;
  {
    const std::scoped_lock lock(mutex_);
    const bool had_room = free_room() != 0;
    const bool divisor = (line_control_ & kDivisorAccess) != 0;
    switch (offset) {
      case kData:
        if (divisor) {
          divisor_low_ = value;
        } else if (loops_back()) {
          put({value, 0});
          transmitter_pending_ = true;
        } else {
          sends = true;
        }
        break;
      case kInterruptEnable:
        if (divisor) {
          divisor_high_ = value;
          break;
        }
        // An empty transmitter is told anew to who begins to ask.
        if ((value & kOnTransmitterEmpty) != 0 && (interrupt_enable_ & kOnTransmitterEmpty) == 0) {
          transmitter_pending_ = true;
        }
        interrupt_enable_ = value & 0x0F;
        break;
      case kInterruptIdentification:
        fifo_ = (value & kEnableFifos) != 0;
        if ((value & kClearReceived) != 0) clear_received();
        break;
      case kLineControl:
        line_control_ = value;
        break;
      case kModemControl:
        modem_control_ = value & 0x1F;
        break;
      case kScratch:
        scratch_ = value;
        break;
      default:
        break;
    }
    if (!sends) update_interrupt();
    // Room comes by more than reading: the FIFO is cleared or made larger, the loop ends.
    wakes = !had_room && free_room() != 0;
  }
  if (wakes) line_.has_room();
  if (!sends) return;
  line_.send(value);  // outside of the lock: it waits for whoever reads the console
  const std::scoped_lock lock(mutex_);
  transmitter_pending_ = true;
  update_interrupt();
}

std::size_t Serial::room() {
  const std::scoped_lock lock(mutex_);
  return free_room();
}

std::size_t Serial::free_room() const {
  return loops_back() ? 0 : capacity() - std::min(waiting_, capacity());
}

void Serial::receive(const std::uint8_t* bytes, std::size_t count) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < count; ++i) put({bytes[i], 0});
  update_interrupt();
}

void Serial::receive_break(std::uint8_t then) {
  const std::scoped_lock lock(mutex_);
  clear_received();
  put({0, kBreak});
  put({then, 0});
  update_interrupt();
}

void Serial::put(Received received) {
  if (waiting_ == kFifo) {
    received_[begin_].errors |= kOverrun;
    return;
  }
  received_[(begin_ + waiting_++) % kFifo] = received;
}

Serial::Received Serial::take() {
  if (waiting_ == 0) return {0, 0};
  const Received first = received_[begin_];
  begin_ = (begin_ + 1) % kFifo;
  --waiting_;
  return first;
}

std::uint8_t Serial::interrupt_identification() const {
  const std::uint8_t fifos = fifo_ ? kFifosOn : 0;
  if ((interrupt_enable_ & kOnLineStatus) != 0 && (line_status() & (kBreak | kOverrun)) != 0) {
    return fifos | kLineError;
  }
  if ((interrupt_enable_ & kOnReceived) != 0 && waiting_ != 0) return fifos | kDataReceived;
  if ((interrupt_enable_ & kOnTransmitterEmpty) != 0 && transmitter_pending_) {
    return fifos | kTransmitterEmpty;
  }
  return fifos | kNone;
}

std::uint8_t Serial::line_status() const {
  const std::uint8_t received =
      waiting_ == 0 ? 0 : static_cast<std::uint8_t>(kReady | received_[begin_].errors);
  return kTransmitterIdle | received;
}

std::uint8_t Serial::modem_status() const {
  if (!loops_back()) return kClearToSend | kDataSetReady | kCarrier;
  std::uint8_t status = 0;
  if ((modem_control_ & kRequestToSend) != 0) status |= kClearToSend;
  if ((modem_control_ & kTerminalReady) != 0) status |= kDataSetReady;
  if ((modem_control_ & kFirstOutput) != 0) status |= kRing;
  if ((modem_control_ & kSecondOutput) != 0) status |= kCarrier;
  return status;
}

bool Serial::loops_back() const { return (modem_control_ & kLoop) != 0; }

void Serial::update_interrupt() {
  const bool wanted = (interrupt_identification() & kNone) == 0;
  if (wanted != raised_) line_.interrupt(wanted);
  raised_ = wanted;
}

}  // namespace quiz::vmm
