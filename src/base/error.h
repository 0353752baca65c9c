// The one error idiom of quiz: a function that cannot do what its name says throws Error. It
// carries a sentence for the user, an optional hint (the remedy), an exit status, and the notes
// gathered on its way up ("while …"). What happens inside a guest is never an Error but a
// machine::Outcome. Only src/cli turns an Error into text.
#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace quiz::base {

/// The exit status of quiz when it could not do its own job, as env(1) and timeout(1) use it.
inline constexpr int kStatusQuizFailed = 125;

class Error : public std::exception {
 public:
  explicit Error(std::string message, std::string hint = {}, int status = kStatusQuizFailed)
      : message_(std::move(message)), hint_(std::move(hint)), status_(status) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  int status() const { return status_; }
  /// The notes, innermost first.
  const std::vector<std::string>& notes() const { return notes_; }

  void add_note(std::string note) { notes_.push_back(std::move(note)); }

 private:
  std::string message_;
  std::string hint_;
  int status_;
  std::vector<std::string> notes_;
};

/// An Error from a system call: "MESSAGE: No such file or directory".
class SystemError : public Error {
 public:
  /// Takes errno as it is at the call unless given.
  explicit SystemError(const std::string& message, int error_number = errno, std::string hint = {});

  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// Runs `work`; an Error that passes through gets `note` ("while fetching kernel debian").
template <typename Work>
auto with_note(const std::string& note, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (Error& error) {
    error.add_note(note);
    throw;
  }
}

}  // namespace quiz::base
