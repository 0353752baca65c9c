#include "cli/run_report.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

#include "base/json.h"

namespace quiz::cli {
namespace {

using namespace std::chrono_literals;

class RunReportTest : public testing::Test {
 protected:
  RunReportTest() {
    request_.words = {"make", "check"};
    request_.directory = "/tmp/a b";
    request_.timeout = 2500ms;
    request_.kernel.name = "debian";
    request_.kernel.release = "6.1.0-9-amd64";
    result_.clocks.start = relay::Clock::time_point(1s);
    result_.clocksource = "tsc";
    result_.instance = "0123abcd";
  }

  RunReport report(machine::Ending ending, std::optional<std::string> oops = std::nullopt) {
    result_.outcome = {std::move(ending), std::move(oops), {}};
    return make_report(request_, result_);
  }
  base::Json record() {
    const std::string line = json_record(request_, result_, make_report(request_, result_));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one object, one line";
    return base::Json::parse(line);
  }

  run::Request request_;
  run::Result result_;
};

TEST_F(RunReportTest, OfAProgramThatEndedIsItsStatusAndNothingMore) {
  for (const int status : {0, 1, 42, 255}) {
    const RunReport report = this->report(machine::Exited{status});
    EXPECT_EQ(report.status, status);
    EXPECT_EQ(report.name, "exited");
    EXPECT_EQ(report.sentence, "");
    EXPECT_FALSE(report.show_last_words);
  }
}

TEST_F(RunReportTest, OfAnInstructionThatTheMachineLacksNamesWhatThatMayBe) {
  constexpr char kHost[] = "fpu sse2 avx2 avx512f md_clear avx512_vnni";
  RunReport report = this->report(machine::Signalled{SIGILL});
  result_.outcome.cpu_features = "fpu sse2 avx2";
  explain_illegal_instruction(report, kHost, result_);
  EXPECT_EQ(report.status, 128 + SIGILL);
  EXPECT_NE(report.sentence.find("has not: avx512f avx512_vnni"), std::string::npos)
      << report.sentence;

  RunReport well = this->report(machine::Exited{0});
  result_.outcome.cpu_features = "fpu sse2 avx2";
  explain_illegal_instruction(well, kHost, result_);
  EXPECT_EQ(well.sentence, "") << "it was tried, and done without";

  RunReport same = this->report(machine::Signalled{SIGILL});
  result_.outcome.cpu_features = kHost;
  explain_illegal_instruction(same, kHost, result_);
  EXPECT_EQ(same.sentence, "") << "the machine has all that the host has";

  RunReport unknown = this->report(machine::Signalled{SIGILL});
  explain_illegal_instruction(unknown, kHost, result_);
  EXPECT_EQ(unknown.sentence, "") << "the guest said nothing";
}

TEST_F(RunReportTest, OfASilentPanicSaysSo) {
  const RunReport report = this->report(machine::GuestPanic{});
  EXPECT_EQ(report.status, 122);
  EXPECT_EQ(report.sentence, "the guest's kernel panicked without a word");
}

TEST_F(RunReportTest, OfInputThatCouldNotBeReadIsNeverSuccess) {
  result_.input_error = ENXIO;
  const RunReport lost = report(machine::Exited{0});
  EXPECT_EQ(lost.status, 125);
  EXPECT_EQ(lost.name, "input-lost");
  EXPECT_EQ(lost.sentence, "cannot read the program's input: No such device or address");
  EXPECT_EQ(report(machine::Exited{5}).status, 5) << "the program's own failure";
  result_.input_error = EIO;
  EXPECT_EQ(report(machine::Exited{0}).status, 0) << "a terminal that hung up";
}

TEST_F(RunReportTest, OfLostOutputIsNeverSuccess) {
  result_.output_error = ENOSPC;
  const RunReport lost = report(machine::Exited{0});
  EXPECT_EQ(lost.status, 125);
  EXPECT_EQ(lost.name, "output-lost");
  EXPECT_EQ(lost.sentence, "cannot write the program's output: No space left on device");
  const RunReport failed = report(machine::Exited{5});
  EXPECT_EQ(failed.status, 5) << "the program's own failure";
  EXPECT_EQ(failed.name, "exited");
  EXPECT_EQ(failed.sentence, lost.sentence);
}

TEST_F(RunReportTest, OfTooMuchOutputSaysHowMuchMayBe) {
  const RunReport report = this->report(machine::OverLimit{"what is in /r is more than 1 MiB"});
  EXPECT_EQ(report.status, 123);
  EXPECT_EQ(report.name, "over-limit");
  EXPECT_EQ(report.sentence, "what is in /r is more than 1 MiB");
  EXPECT_NE(report.hint.find("--output-limit"), std::string::npos);
  EXPECT_FALSE(report.show_last_words);
}

TEST_F(RunReportTest, OfASignalledProgramIsTheShells) {
  const RunReport report = this->report(machine::Signalled{SIGKILL});
  EXPECT_EQ(report.status, 137);
  EXPECT_EQ(report.name, "signalled");
  EXPECT_EQ(report.sentence, "");
}

TEST_F(RunReportTest, OfAMissingProgramIs127) {
  const RunReport report = this->report(machine::NotStarted{ENOENT, ""});
  EXPECT_EQ(report.status, 127);
  EXPECT_EQ(report.name, "not-started");
  EXPECT_EQ(report.sentence, "cannot run make: No such file or directory");
  EXPECT_EQ(this->report(machine::NotStarted{ENOTDIR, ""}).status, 127);
  EXPECT_FALSE(report.show_last_words);
}

TEST_F(RunReportTest, OfAProgramThatCannotRunIs126) {
  for (const int error : {EACCES, ENOEXEC, EISDIR, ELIBBAD}) {
    EXPECT_EQ(report(machine::NotStarted{error, ""}).status, 126) << error;
  }
  EXPECT_EQ(report(machine::NotStarted{EACCES, ""}).sentence, "cannot run make: Permission denied");
}

TEST_F(RunReportTest, OfWhatFailedBeforeTheProgramIsQuizsOwn125) {
  const RunReport report = this->report(machine::NotStarted{ENOENT, "enter the directory"});
  EXPECT_EQ(report.status, 125);
  EXPECT_EQ(report.sentence,
            "cannot enter the directory /tmp/a b in the guest: No such file or directory");
  EXPECT_EQ(this->report(machine::NotStarted{EPERM, "become the user"}).sentence,
            "cannot become the user in the guest: Operation not permitted");
}

TEST_F(RunReportTest, OfAPanicIs122WithItsReasonAndTheKernelsLastWords) {
  const RunReport report = this->report(machine::GuestPanic{"sysrq triggered crash"});
  EXPECT_EQ(report.status, 122);
  EXPECT_EQ(report.name, "panic");
  EXPECT_EQ(report.sentence, "the guest's kernel panicked: sysrq triggered crash");
  EXPECT_FALSE(report.hint.empty());
  EXPECT_TRUE(report.show_last_words);
}

TEST_F(RunReportTest, OfATimeOutIs124AndSaysTheLimit) {
  const RunReport report = this->report(machine::TimedOut{});
  EXPECT_EQ(report.status, 124);
  EXPECT_EQ(report.name, "timeout");
  EXPECT_EQ(report.sentence, "make did not end within 2.5 s");
  EXPECT_TRUE(report.show_last_words);
}

TEST_F(RunReportTest, OfALostMachineIs123WithTheReason) {
  const RunReport report = this->report(machine::Lost{"the guest rebooted"});
  EXPECT_EQ(report.status, 123);
  EXPECT_EQ(report.name, "lost");
  EXPECT_EQ(report.sentence, "the machine ended before the program did: the guest rebooted");
  EXPECT_TRUE(report.show_last_words);
}

TEST_F(RunReportTest, OfAKilledMachineIsTheSignalThatItWasKilledFor) {
  EXPECT_EQ(report(machine::Killed{SIGINT}).status, 130);
  EXPECT_EQ(report(machine::Killed{SIGTERM}).status, 143);
  EXPECT_EQ(report(machine::Killed{SIGTERM}).name, "killed");
}

TEST_F(RunReportTest, OfAnOopsIs121UnlessItIsToBeIgnored) {
  const RunReport failed = report(machine::Exited{0}, "BUG: kernel NULL pointer dereference");
  EXPECT_EQ(failed.status, 121);
  EXPECT_EQ(failed.name, "oops");
  EXPECT_EQ(failed.sentence,
            "the guest's kernel oopsed while make ran: BUG: kernel NULL pointer dereference");
  EXPECT_FALSE(failed.show_last_words) << "they were shown as they came";
  EXPECT_EQ(report(machine::Signalled{SIGSEGV}, "BUG").status, 121);
  request_.log_level = 0;
  EXPECT_TRUE(report(machine::Exited{0}, "BUG").show_last_words);

  request_.oops = config::OnOops::kIgnore;
  const RunReport ignored = report(machine::Exited{3}, "BUG");
  EXPECT_EQ(ignored.status, 3);
  EXPECT_EQ(ignored.name, "exited");
}

TEST_F(RunReportTest, OfAnOopsDoesNotHideAnotherEnding) {
  EXPECT_EQ(report(machine::GuestPanic{"Fatal exception"}, "BUG").status, 122);
  EXPECT_EQ(report(machine::TimedOut{}, "BUG").status, 124);
  EXPECT_EQ(report(machine::Lost{"x"}, "BUG").status, 123);
  EXPECT_EQ(report(machine::NotStarted{ENOENT, ""}, "BUG").status, 127);
}

TEST_F(RunReportTest, NamesTheShellWhereThereIsNoProgram) {
  request_.words.clear();
  EXPECT_EQ(report(machine::TimedOut{}).sentence, "the shell did not end within 2.5 s");
}

TEST_F(RunReportTest, HasTheSameWordsInItsRecord) {
  report(machine::GuestPanic{"dead"});
  const base::Json record = this->record();
  EXPECT_EQ(record.at("outcome"), "panic");
  EXPECT_EQ(record.at("status"), 122);
  EXPECT_EQ(record.at("reason"), "the guest's kernel panicked: dead");
  EXPECT_EQ(record.at("oops"), nullptr);
  EXPECT_EQ(record.at("kernel").at("name"), "debian");
  EXPECT_EQ(record.at("kernel").at("release"), "6.1.0-9-amd64");
  EXPECT_EQ(record.at("accelerator"), "tcg");
  EXPECT_EQ(record.at("clocksource"), "tsc");
  EXPECT_EQ(record.at("id"), "0123abcd");
  EXPECT_EQ(record.at("log"), nullptr);
}

TEST_F(RunReportTest, RecordsTheThreeClocksInMilliseconds) {
  result_.clocks.program = result_.clocks.start + 1500ms;
  result_.clocks.end = result_.clocks.start + 2s;
  result_.clocks.kernel_ns = 750'000'000;
  report(machine::Exited{0});
  const base::Json clocks = record().at("clocks");
  EXPECT_EQ(clocks.at("start_to_program_ms"), 1500.0);
  EXPECT_EQ(clocks.at("whole_ms"), 2000.0);
  EXPECT_EQ(clocks.at("kernel_ms"), 750.0);
}

TEST_F(RunReportTest, RecordsNothingForWhatDidNotHappen) {
  report(machine::Lost{"QEMU exited with status 1"});
  const base::Json record = this->record();
  EXPECT_EQ(record.at("clocks").at("start_to_program_ms"), nullptr);
  EXPECT_EQ(record.at("clocks").at("whole_ms"), nullptr);
  EXPECT_EQ(record.at("clocks").at("kernel_ms"), nullptr);
}

TEST_F(RunReportTest, RecordsTheOopsAlsoWhereItIsIgnored) {
  request_.oops = config::OnOops::kIgnore;
  report(machine::Exited{0}, "BUG: x");
  EXPECT_EQ(record().at("oops"), "BUG: x");
  EXPECT_EQ(record().at("status"), 0);
}

TEST_F(RunReportTest, IsValidJsonWhateverTheGuestSaid) {
  result_.clocksource = "\xff\xfe\"\n";
  request_.kernel_log = "/tmp/\xff.log";
  report(machine::Lost{"quote \" newline \n \x01 \xc3"});
  const base::Json record = this->record();
  EXPECT_EQ(record.at("outcome"), "lost");
  EXPECT_TRUE(record.at("log").is_text());
}

}  // namespace
}  // namespace quiz::cli
