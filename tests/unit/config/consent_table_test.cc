#include "config/consent_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/files.h"
#include "config/schema.h"

namespace quiz::config {
namespace {

namespace fs = std::filesystem;

TEST(ConsentTable, EverySettingHasARowThatDecidesWhateverIsAsked) {
  std::set<std::string_view> decided;
  for (const ConsentRow& row : consent_table()) {
    if (row.applies == nullptr && row.leads == nullptr) decided.insert(row.subject);
  }
  for (const Option& option : options()) {
    EXPECT_TRUE(option.key.empty() || decided.contains(option.key)) << option.key;
  }
  for (const std::string_view subject :
       {kLayer, kProjectProfile, kProfileLink, kHostHook, kYourHostHook, kNetwork, kKeptDisks,
        kDisks, kProfileFile, kProfileWords}) {
    EXPECT_TRUE(decided.contains(subject)) << subject;
  }
}

TEST(ConsentTable, NoRowIsOutOfReachAndEachSaysWhatItReaches) {
  std::set<std::string_view> decided;
  for (const ConsentRow& row : consent_table()) {
    EXPECT_FALSE(row.reaches.empty()) << row.subject;
    EXPECT_FALSE(decided.contains(row.subject)) << row.subject << " " << row.when;
    if (row.applies == nullptr && row.leads == nullptr) decided.insert(row.subject);
  }
}

class Project : public testing::Test {
 protected:
  Project() {
    base::make_directories(project_ / "inside");
    base::make_directories(top_.path() / "outside");
    fs::create_directory_symlink("/proc", project_ / "to-proc");
    fs::create_directory_symlink("../outside", project_ / "out");
    fs::create_directory_symlink("inside", project_ / "in");
  }
  May may(std::string_view subject, const std::string& text) const {
    return consent_row(subject, {text, project_}).may;
  }
  May may_lead(std::string_view subject, const std::string& name) const {
    return may(subject, (project_ / name).string());
  }
  base::TempDir top_{fs::canonical("/tmp"), "quiz-test-"};
  fs::path project_ = top_.path() / "project";
};

TEST_F(Project, MayHaveFreelyWhatOnlySizesTheMachine) {
  for (const auto& [key, text] : {std::pair{"memory", "2G"},
                                  {"memory", "8G"},
                                  {"cpus", "4"},
                                  {"cpus", "16"},
                                  {"size", "1G"},
                                  {"timeout", "10m"},
                                  {"timeout", "24h"},
                                  {"kernel", "6.12"},
                                  {"root", "debian"},
                                  {"environment", "A=b"},
                                  {"shell_after", "yes"},
                                  {"warm_cache", "512"},
                                  {"kmsg", "all"},
                                  {"hide_secrets", "yes"},
                                  {"pass_environment", "listed"},
                                  {kDisks.data(), "2147483648"}}) {
    EXPECT_EQ(may(key, text), May::freely) << key << " " << text;
  }
}

TEST_F(Project, MustBeTrustedForMore) {
  for (const auto& [key, text] : {std::pair{"memory", "9G"},
                                  {"cpus", "17"},
                                  {"size", "1T"},
                                  {"warm_cache", "5G"},
                                  {"timeout", "0"},
                                  {"timeout", "25h"},
                                  {"gdb", "yes"},
                                  {"cmdline", "quiet"},
                                  {"environment", "TOKEN"},
                                  {"pass_environment", "all"},
                                  {"hide_secrets", "no"},
                                  {kDisks.data(), "1125899906842624"}}) {
    EXPECT_EQ(may(key, text), May::if_trusted) << key << " " << text;
  }
  for (const std::string_view subject :
       {kHostHook, kYourHostHook, kNetwork, kKeptDisks, kProfileWords}) {
    EXPECT_EQ(may(subject, ""), May::if_trusted) << subject;
  }
}

TEST_F(Project, ReachesByAPathWhatThePathLeadsTo) {
  for (const std::string_view subject : {std::string_view("kernel"), std::string_view("root"),
                                         std::string_view("directory"), kLayer, kProfileFile}) {
    // quiz itself reads what is in a kernel's tree.
    const May own = subject == "kernel" ? May::if_trusted : May::freely;
    EXPECT_EQ(may_lead(subject, "inside"), own) << subject;
    EXPECT_EQ(may_lead(subject, "in"), own) << subject;
    EXPECT_EQ(may_lead(subject, "not/yet/there"), own) << subject;
    EXPECT_EQ(may_lead(subject, "out"), May::if_trusted) << subject;
    EXPECT_EQ(may_lead(subject, "out/of/the/way"), May::if_trusted) << subject;
    EXPECT_EQ(may_lead(subject, "inside/../.."), May::if_trusted) << subject;
    EXPECT_EQ(may_lead(subject, "to-proc"), May::never) << subject;
    EXPECT_EQ(may_lead(subject, "to-proc/1"), May::never) << subject;
    for (const char* hidden : {"/proc", "/proc/self", "/sys/x", "/dev/shm/x", "/run/user/0"}) {
      EXPECT_EQ(may(subject, hidden), May::never) << subject << " " << hidden;
    }
  }
  EXPECT_EQ(may("directory", project_.string() + "-2"), May::if_trusted) << "beside it";
}

TEST_F(Project, MayHaveADirectoryWrittenIfItIsTrusted) {
  const std::string inside = (project_ / "inside").string();
  EXPECT_EQ(may("write", inside), May::if_trusted);
  EXPECT_EQ(may("write", inside + ":/mnt"), May::if_trusted);
  EXPECT_EQ(may("write", "/home/me:/mnt"), May::if_trusted);
  EXPECT_EQ(may("write", "/run/user/0:/mnt"), May::never);
}

TEST(ConsentTable, AProjectInAHiddenPlaceMayHaveItsOwn) {
  EXPECT_EQ(consent_row(kLayer, {"/dev/shm/p/.quiz/user", "/dev/shm/p"}).may, May::freely);
  EXPECT_EQ(consent_row(kLayer, {"/dev/shm/q", "/dev/shm/p"}).may, May::never);
}

TEST(ConsentTable, TheFilesAreNotLookedAtForWhatIsNeverAllowed) {
  for (const char* key :
       {"qemu", "mirror", "output", "json", "boot_chart", "kernel_enable", "kernel_disable"}) {
    EXPECT_TRUE(never_in_a_project(key, "x")) << key;
  }
  EXPECT_TRUE(never_in_a_project("kmsg", "/x"));
  EXPECT_FALSE(never_in_a_project("kmsg", "none"));
  EXPECT_FALSE(never_in_a_project("directory", "/proc")) << "the caller may override it";
}

}  // namespace
}  // namespace quiz::config
