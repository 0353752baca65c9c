// A guest that is not trusted, as src/relay meets it: arbitrary bytes arrive on the wire in
// arbitrary pieces, are cut into frames, decoded as every message there is, and served by a session
// whose readers are slow, fast or gone. Checked: the frames are those that the bytes say, whatever
// the pieces; what was decoded travels again; credit is never exceeded, in either direction; what
// the guest sent comes out in order and whole.
//
// The input: 4 bytes that decide pieces and readers, then the guest's bytes. So that a small input
// can fill the credit, the payload of a data frame whose session has its highest bit set is
// replaced by as many bytes as its first two say.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/pipe.h"
#include "relay/session.h"
#include "wire_checks.h"

namespace {

using namespace quiz;
using fuzz::expect;
using fuzz::Reference;
using wire::Stream;
using wire::Type;

constexpr std::array<wire::StreamKind, wire::kStreams> kPipes = {
    wire::StreamKind::pipe, wire::StreamKind::pipe, wire::StreamKind::pipe};

std::size_t index(Stream stream) { return static_cast<std::size_t>(stream); }

/// A linear congruential generator: the same input always does the same.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

bool is_output(std::uint16_t type) { return type == 6 || type == 7; }

std::string grown(std::string_view input) {
  std::string stream;
  Reference frames{input};
  while (const auto frame = frames.next()) {
    std::string payload(frame->payload);
    if (is_output(frame->type) && (frame->session & 0x8000) != 0 && payload.size() >= 2) {
      wire::Reader size(frame->payload);
      payload.resize(std::min<std::size_t>(size.u16(), wire::kMaxPayload), 'x');
    }
    wire::append_frame(stream, static_cast<Type>(frame->type), frame->session, payload);
  }
  return stream.append(frames.rest);
}

/// One session, the guest that talks to it, and the readers of its output.
class World {
 public:
  World(std::uint32_t seed, std::string_view stream)
      : random_(seed),
        rest_(stream),
        reference_{stream},
        piece_limit_(piece_limit(seed & 3, stream.size())) {
    for (const int fd :
         {wire_.first.get(), wire_.second.get(), out_.read_end.get(), err_.read_end.get()}) {
      base::set_nonblocking(fd, true);
    }
    if ((seed & 4) != 0) err_.read_end.reset();  // a reader that has gone
  }

  void play() {
    while (!rest_.empty() && receive_piece()) act();
    expect(reference_.broken == link_.broken(), "a stream is broken by too long a frame alone");
    finish();
  }

 private:
  /// Small pieces of small streams, so that no input takes long.
  static std::uint32_t piece_limit(std::uint32_t choice, std::size_t size) {
    const std::uint32_t limit = std::array<std::uint32_t, 4>{1, 40, 5000, 120'000}[choice];
    return std::max(limit, static_cast<std::uint32_t>(size / 8));
  }

  /// False when nothing after this can be served.
  bool receive_piece() {
    const std::size_t wanted = std::min<std::size_t>(1 + random_.below(piece_limit_), rest_.size());
    const ssize_t sent = ::send(wire_.second.get(), rest_.data(), wanted, MSG_NOSIGNAL);
    expect(sent > 0, "the host reads what the guest sends");
    rest_.remove_prefix(static_cast<std::size_t>(sent));
    expect(link_.receive(), "the wire stays open");
    while (const auto frame = link_.next()) {
      const auto expected = reference_.next();
      expect(expected && expected->type == frame->type && expected->session == frame->session &&
                 expected->payload == frame->payload,
             "the frames are those of the stream");
      fuzz::decode_as_everything(frame->payload);
      if (!serve(*frame)) return false;
    }
    if (link_.broken()) reference_.next();
    return !link_.broken();
  }

  bool serve(const wire::Frame& frame) {
    const bool ended = session_.exit().has_value();
    if (is_output(frame.type) && output_credit_[frame.type - 5] < frame.payload.size()) read_host();
    const bool good = session_.serve(frame);
    expect(!(good && ended), "exit is the last frame of a session");
    if (is_output(frame.type)) {
      std::uint64_t& left = output_credit_[frame.type - 5];
      expect(!good || frame.payload.size() <= left, "no more than the credit is taken");
      if (good) left -= frame.payload.size();
      if (good && frame.type == 6) accepted_ += frame.payload;
    }
    if (good && static_cast<Type>(frame.type) == Type::credit) {
      input_credit_ += wire::Credit::decode(frame.payload)->bytes;
    }
    return good;
  }

  /// What the caller's side may do between two reads of the wire.
  void act() {
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        read_output(1 + random_.below(100'000));
        break;
      case 3:
        if (session_.started() && session_.input_room() > 0) {
          const auto room = static_cast<std::uint32_t>(session_.input_room());
          session_.send_input(std::string(1 + random_.below(room), 'i'));
        }
        break;
      case 4:
        if (random_.below(8) == 0 && session_.started()) session_.end_input();
        break;
      case 5:
        if (random_.below(16) == 0) out_.read_end.reset();
        break;
      case 6:
        session_.resize({24, 80});
        break;
      default:
        break;
    }
    write_output();
    read_host();
  }

  void read_output(std::size_t limit) {
    static std::array<char, 100'000> chunk;
    limit = std::min(limit, chunk.size());
    if (err_.read_end) (void)!::read(err_.read_end.get(), chunk.data(), limit);
    const ssize_t count = out_.read_end ? ::read(out_.read_end.get(), chunk.data(), limit) : 0;
    if (count <= 0) return;
    const auto size = static_cast<std::size_t>(count);
    expect(accepted_.compare(delivered_, size, chunk.data(), size) == 0, "output comes in order");
    delivered_ += size;
  }

  /// Looks at what the host sent to the guest.
  void read_host() {
    static std::array<char, 65536> chunk;
    for (;;) {
      link_.flush();
      const ssize_t count = ::recv(wire_.second.get(), chunk.data(), chunk.size(), 0);
      if (count <= 0) break;
      from_host_.append(chunk.data(), static_cast<std::size_t>(count));
    }
    Reference frames{from_host_};
    while (const auto frame = frames.next()) take_from_host(*frame);
    expect(!frames.broken, "the host sends no frame that is too long");
    from_host_.erase(0, from_host_.size() - frames.rest.size());
  }

  void take_from_host(const wire::Frame& frame) {
    switch (static_cast<Type>(frame.type)) {
      case Type::credit: {
        const auto credit = wire::Credit::decode(frame.payload);
        expect(credit && credit->stream != Stream::in, "the host grants credit for output");
        std::uint64_t& left = output_credit_[index(credit->stream)];
        left += credit->bytes;
        expect(left <= wire::kInitialCredit, "no more credit than was used is granted");
        break;
      }
      case Type::stdin_data:
        expect(!input_ended_, "nothing comes after the end of the input");
        expect(frame.payload.size() <= input_credit_, "input keeps to the guest's credit");
        input_credit_ -= frame.payload.size();
        break;
      case Type::eof: {
        const auto end = wire::StreamEnd::decode(frame.payload);
        expect(end.has_value(), "the host sends whole messages");
        if (end->stream == Stream::in) input_ended_ = true;
        break;
      }
      case Type::resize:
        expect(wire::WindowSize::decode(frame.payload).has_value(),
               "the host sends whole messages");
        break;
      default:
        expect(false, "the host sends only what a guest expects");
    }
  }

  /// The readers take all: then everything that was accepted has come out, and a session that ended
  /// is finished.
  void finish() {
    const auto waiting = [this] {
      return session_.wants_write(Stream::out) >= 0 || session_.wants_write(Stream::err) >= 0;
    };
    // The credit of both streams, in pieces of a pipe's size.
    for (int i = 0; i < 20 && waiting(); ++i) {
      read_output(1 << 20);
      write_output();
    }
    expect(!waiting(), "a reader that reads gets everything");
    for (int i = 0; i < 2; ++i) read_output(1 << 20);
    if (out_.read_end) expect(delivered_ == accepted_.size(), "output is whole");
    expect(session_.finished() == session_.exit().has_value(),
           "what ended and was read is finished");
    read_host();
  }

  void write_output() {
    for (const Stream stream : {Stream::out, Stream::err}) {
      if (session_.wants_write(stream) >= 0) session_.write_output(stream);
    }
  }

  Random random_;
  std::string_view rest_;
  Reference reference_;
  std::uint32_t piece_limit_;
  base::SocketPair wire_ = base::make_socket_pair();  // first: the host's end
  base::Pipe out_ = base::make_pipe();
  base::Pipe err_ = base::make_pipe();
  relay::WireLink link_{wire_.first.get()};
  relay::Session session_{
      1, relay::ends_at(kPipes, {0, out_.write_end.get(), err_.write_end.get()}), link_};

  std::array<std::uint64_t, wire::kStreams> output_credit_{0, wire::kInitialCredit,
                                                           wire::kInitialCredit};
  std::uint64_t input_credit_ = wire::kInitialCredit;
  bool input_ended_ = false;
  std::string accepted_;  // on stdout
  std::size_t delivered_ = 0;
  std::string from_host_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto ignored = std::signal(SIGPIPE, SIG_IGN);
  (void)ignored;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  wire::Reader reader(input);
  const std::uint32_t seed = reader.u32();
  const std::string stream = grown(reader.rest());
  World(seed, stream).play();
  return 0;
}
