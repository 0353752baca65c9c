#include "relay/course.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiz::relay {
namespace {

constexpr Route kEverything = {2, 2, true, true, true};

/// From the boot to the end, the machine gone from the step `gone` on.
std::vector<Course> walk(const Route& route, Course gone = Course::over) {
  std::vector<Course> walked;
  bool machine_gone = false;
  for (Step step; step.course != Course::over; step = next(step, route, machine_gone)) {
    walked.push_back(step.course);
    machine_gone = machine_gone || step.course == gone;
    if (walked.size() > 100) break;
  }
  return walked;
}

TEST(Course, IsAProgramAndNothingElseByDefault) {
  EXPECT_EQ(walk({}), (std::vector{Course::boot, Course::program}));
}

TEST(Course, TakesEveryStepThatARunHasInOrder) {
  EXPECT_EQ(walk(kEverything),
            (std::vector{Course::boot, Course::before, Course::before, Course::program,
                         Course::shell, Course::after, Course::after, Course::log, Course::sync}));
}

TEST(Course, StaysWhereTheMachineIsForItsVisitors) {
  Route route = kEverything;
  route.stay = true;
  EXPECT_EQ(walk(route), (std::vector{Course::boot, Course::before, Course::before, Course::program,
                                      Course::shell, Course::stay, Course::after, Course::after,
                                      Course::log, Course::sync}));
  EXPECT_EQ(walk(route, Course::program).back(), Course::program) << "nothing is there to visit";
  Route bare;
  bare.program = false;
  EXPECT_EQ(walk(bare), (std::vector{Course::boot, Course::stay}));
}

TEST(Course, RunsTheHooksOneAfterTheOther) {
  EXPECT_EQ(next({Course::boot}, kEverything, false), (Step{Course::before, 0}));
  EXPECT_EQ(next({Course::before, 0}, kEverything, false), (Step{Course::before, 1}));
  EXPECT_EQ(next({Course::before, 1}, kEverything, false), (Step{Course::program}));
  EXPECT_EQ(next({Course::shell}, kEverything, false), (Step{Course::after, 0}));
  EXPECT_EQ(next({Course::after, 0}, kEverything, false), (Step{Course::after, 1}));
  EXPECT_EQ(next({Course::after, 1}, kEverything, false), (Step{Course::log}));
}

TEST(Course, LeavesOutWhatARunDoesNotHave) {
  EXPECT_EQ(walk({0, 0, true, false, false}),
            (std::vector{Course::boot, Course::program, Course::shell}));
  EXPECT_EQ(walk({0, 1, false, false, false}),
            (std::vector{Course::boot, Course::program, Course::after}));
  EXPECT_EQ(walk({1, 0, false, true, false}),
            (std::vector{Course::boot, Course::before, Course::program, Course::log}));
  EXPECT_EQ(walk({0, 0, false, false, true}),
            (std::vector{Course::boot, Course::program, Course::sync}));
}

TEST(Course, IsOverWhenTheMachineHasGoneAndTheProgramIsDone) {
  for (const Course gone : {Course::program, Course::shell, Course::after, Course::log}) {
    EXPECT_EQ(walk(kEverything, gone).back(), gone);
  }
}

TEST(Course, IsOverWhenTheReportOfATimeOutIsDone) {
  EXPECT_EQ(next({Course::report}, kEverything, false), (Step{Course::over}));
}

TEST(Course, TriesNoFurtherHookBehindOneThatHangs) {
  EXPECT_EQ(next_after_time_out({Course::after, 0}, kEverything, false), (Step{Course::log}));
  EXPECT_EQ(next_after_time_out({Course::shell}, kEverything, false), (Step{Course::after, 0}));
  EXPECT_EQ(next_after_time_out({Course::log}, kEverything, false), (Step{Course::sync}));
  EXPECT_EQ(next_after_time_out({Course::sync}, kEverything, false), (Step{Course::over}));
}

}  // namespace
}  // namespace quiz::relay
