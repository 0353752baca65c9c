#include "base/process_pages.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/pipe.h"

namespace quiz::base {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPages = 4096;

/// A child that maps the file privately, writes to some of its pages and waits to be told more.
class Child {
 public:
  Child(const Fd& file, const std::vector<std::size_t>& written, int flags = MAP_PRIVATE) {
    Pipe ready = make_pipe();
    pid_ = ::fork();
    if (pid_ != 0) {
      ready.write_end.reset();
      char byte = 0;
      EXPECT_EQ(::read(ready.read_end.get(), &byte, 1), 1);
      return;
    }
    auto* const memory = static_cast<char*>(
        ::mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, flags, file.get(), 0));
    if (memory == MAP_FAILED) ::_exit(1);
    for (const std::size_t page : written) memory[page * kPage + 1] = 'x';
    (void)!::write(ready.write_end.get(), "r", 1);
    // Told to look: whether everything is as it should be there.
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGUSR1);
    int signal = 0;
    ::sigwait(&signals, &signal);
    for (std::size_t page = 0; page < kPages; ++page) {
      const bool changed = std::find(written.begin(), written.end(), page) != written.end();
      const char* const at = memory + page * kPage;
      if (at[0] != static_cast<char>(page) || (at[1] == 'x') != changed) ::_exit(2);
    }
    ::_exit(0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  /// Whether it finds every page as it was, but for what it wrote itself.
  bool is_whole() {
    ::kill(pid_, SIGUSR1);
    int status = -1;
    ::waitpid(pid_, &status, 0);
    return status == 0;
  }

 private:
  pid_t pid_ = -1;
};

class ProcessPagesTest : public testing::Test {
 protected:
  ProcessPagesTest() : file_(::memfd_create("pages", MFD_CLOEXEC)) {
    std::string content(kPages * kPage, '\0');
    for (std::size_t page = 0; page < kPages; ++page) {
      content[page * kPage] = static_cast<char>(page);
    }
    EXPECT_EQ(::pwrite(file_.get(), content.data(), content.size(), 0),
              static_cast<ssize_t>(content.size()));
    // A child waits for it, and inherits that it is blocked.
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  }

  Fd file_;
};

TEST_F(ProcessPagesTest, TellWhatAChildHasWritten) {
  const Child child(file_, {3, 4, 5, 700});
  const auto pages = pages_in_use(child.pid(), file_.get());
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->written, (std::vector<PageRange>{{3, 3}, {700, 1}}));
  EXPECT_EQ(pages->written_pages(), 4U);
}

TEST_F(ProcessPagesTest, AreBroughtInAndKeepTheirContent) {
  PagesInUse wanted;
  wanted.written = {{0, 1}, {10, 1000}, {2000, 1}, {kPages - 1, 1}};
  Child child(file_, {11, 2000});
  EXPECT_EQ(bring_in(child.pid(), file_.get(), wanted), wanted.written_pages());
  const auto pages = pages_in_use(child.pid(), file_.get());
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->written, wanted.written);
  EXPECT_TRUE(child.is_whole());
}

TEST_F(ProcessPagesTest, AreMappedWithoutBecomingTheChildsOwn) {
  const Child child(file_, {});
  PagesInUse wanted;
  wanted.read = {{64, 20},
                 {1000, 1}};  // of each sixteen one is touched; the kernel may map the others
  EXPECT_EQ(bring_in(child.pid(), file_.get(), wanted), 0U);
  const auto pages = pages_in_use(child.pid(), file_.get());
  ASSERT_TRUE(pages);
  EXPECT_TRUE(pages->written.empty());
  const auto is_mapped = [&](std::uint64_t page) {
    return std::any_of(pages->read.begin(), pages->read.end(), [&](const PageRange& range) {
      return page >= range.first && page < range.first + range.count;
    });
  };
  for (const std::uint64_t page : {64U, 80U, 1000U}) EXPECT_TRUE(is_mapped(page)) << page;
  EXPECT_FALSE(is_mapped(3000));
}

TEST_F(ProcessPagesTest, OutsideTheMappingArePassedOver) {
  PagesInUse wanted;
  wanted.written = {{kPages - 1, 100}, {kPages + 1000, 1}, {std::uint64_t{1} << 40, 1}};
  wanted.read = wanted.written;
  Child child(file_, {});
  EXPECT_EQ(bring_in(child.pid(), file_.get(), wanted), 1U);
  EXPECT_TRUE(child.is_whole());
}

TEST_F(ProcessPagesTest, OfAFileThatIsNotMappedPrivatelyAreNotTouched) {
  const Fd other(::memfd_create("other", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(other.get(), kPage), 0);
  const Child shared(file_, {}, MAP_SHARED);
  for (const int file : {file_.get(), other.get()}) {
    EXPECT_FALSE(pages_in_use(shared.pid(), file));
    PagesInUse wanted;
    wanted.written = {{0, 1}};
    EXPECT_EQ(bring_in(shared.pid(), file, wanted), 0U);
  }
}

TEST(PagesInUseText, IsReadAsItWasWritten) {
  PagesInUse pages;
  pages.written = {{1, 2}, {7, 1}};
  pages.read = {{0, 1}, {3, 4}};
  EXPECT_EQ(pages.to_text(), "w 1 2\nw 7 1\nr 0 1\nr 3 4\n");
  EXPECT_EQ(PagesInUse::parse(pages.to_text()), pages);
  EXPECT_EQ(PagesInUse::parse(""), PagesInUse());
}

TEST(PagesInUseText, ThatIsNoneIsRefused) {
  for (const char* text : {"x 1 2\n", "w 1\n", "w 1 2 3\n", "w -1 2\n", "w 1 0\n", "w 5 1\nw 4 1\n",
                           "w 5 2\nw 6 1\n", "w 99999999999999999999 1\n",
                           "w 1 18446744073709551615\n", "w 2000000000000 1\n", "w a b\n"}) {
    EXPECT_FALSE(PagesInUse::parse(text)) << text;
  }
}

}  // namespace
}  // namespace quiz::base
