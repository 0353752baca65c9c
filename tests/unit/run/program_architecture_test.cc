#include "run/program_architecture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

/// As much of an ELF file as is looked at.
std::string header(char bits, char order, char machine_low, char machine_high) {
  std::string bytes = std::string("\177ELF") + bits + order;
  bytes.resize(kElfHeaderSize - 2);
  return order == 1 ? bytes + machine_low + machine_high : bytes + machine_high + machine_low;
}

class ProgramArchitectureTest : public testing::Test {
 protected:
  ProgramArchitectureTest() {
    request_.architecture = base::architecture_named("s390x");
    request_.directory = directory_.path().string();
    request_.words = {"./program"};
  }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(directory_.path() / name, std::ios::binary) << content;
  }
  std::string refusal() const {
    try {
      check_program_architecture(request_);
    } catch (const base::Error& error) {
      return error.message() + "; " + error.hint();
    }
    return {};
  }

  const base::TempDir directory_{"/var/tmp", "quiz-unit-"};
  Request request_;
};

TEST(ArchitectureOfProgram, IsToldByItsHeader) {
  EXPECT_EQ(architecture_of_program(header(2, 1, 62, 0))->name, "x86_64");
  EXPECT_EQ(architecture_of_program(header(2, 2, 22, 0))->name, "s390x");
  EXPECT_FALSE(architecture_of_program(header(1, 2, 22, 0))) << "31 bits";
  EXPECT_FALSE(architecture_of_program(header(2, 1, 22, 0))) << "there is no little-endian one";
  EXPECT_FALSE(architecture_of_program(header(2, 1, 62, 0).substr(0, kElfHeaderSize - 1)));
  EXPECT_FALSE(architecture_of_program("#!/bin/sh\nexec something else"));
  EXPECT_FALSE(architecture_of_program(""));
}

TEST_F(ProgramArchitectureTest, OfTheHostIsRefusedWithBothAndTheCompiler) {
  write("program", header(2, 1, 62, 0));
  EXPECT_EQ(refusal(),
            "./program is a program for x86_64, not for machines of s390x; compile it for that: "
            "s390x-linux-gnu-gcc -static … (Debian: apt install gcc-s390x-linux-gnu)");
}

TEST_F(ProgramArchitectureTest, OfTheMachineOrOfNoneIsLeftToIt) {
  write("program", header(2, 2, 22, 0));
  EXPECT_EQ(refusal(), "");
  write("program", "#!/bin/sh\n");
  EXPECT_EQ(refusal(), "");
  request_.words = {"./nothing"};
  EXPECT_EQ(refusal(), "");
  request_.words = {"program"};
  EXPECT_EQ(refusal(), "") << "that is looked for in the machine";
  request_.words = {};
  EXPECT_EQ(refusal(), "");
}

TEST_F(ProgramArchitectureTest, OfADirectoryThatTheRootHasItselfIsNotAsked) {
  request_.directory = "/usr/bin";
  request_.words = {"./env"};
  EXPECT_EQ(refusal(), "");
  request_.directory = directory_.path();
  request_.words = {"/usr/bin/env"};
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace quiz::run
