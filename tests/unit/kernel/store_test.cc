#include "kernel/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "fixtures.h"

namespace quiz::kernel {
namespace {

using test::add_entry;
using test::Scratch;

std::vector<std::string> names(const Store& store) {
  std::vector<std::string> result;
  for (const Kernel& kernel : store.list()) result.push_back(kernel.name);
  return result;
}

std::size_t drafts(const Store& store) {
  std::size_t count = 0;
  for (const auto& item : fs::directory_iterator(store.directory())) {
    if (item.path().filename().string().starts_with(".tmp-")) ++count;
  }
  return count;
}

void add_build(Store& store, const std::string& version, const std::string& variant) {
  Store::Draft draft = store.begin();
  Kernel kernel;
  kernel.name = version + (variant.empty() ? "" : "+" + variant);
  kernel.release = kernel.name;
  kernel.version = version;
  kernel.variant = variant;
  kernel.architecture = base::architecture_named("x86_64");
  kernel.source = kSourceBuilt;
  kernel.image = draft.path() / "vmlinux";
  std::ofstream(kernel.image) << "image of " << kernel.name;
  store.publish(std::move(draft), kernel);
}

/// The message and hint of the error that `work` ends in.
template <typename Work>
std::string error_of(Work&& work) {
  try {
    work();
  } catch (const base::Error& error) {
    return error.message() + " / " + error.hint();
  }
  return "no error";
}

class StoreTest : public testing::Test {
 protected:
  std::string find(const std::string& selector) { return store.find(selector, cache, host).name; }

  Scratch scratch;
  Store store{scratch.path()};
  fs::path cache = scratch.path() / "cache";
  const base::Architecture& host = base::host_architecture();
};

TEST_F(StoreTest, IsEmptyBeforeAnythingWasPutIn) {
  EXPECT_TRUE(store.list().empty());
  EXPECT_FALSE(store.newest_prebuilt(host));
  EXPECT_FALSE(fs::exists(store.directory()));
}

TEST_F(StoreTest, GivesBackWhatWasPutIn) {
  const Kernel put = add_entry(store, "mine", "6.1.5", "6.1.5", "added");
  const Kernel got = store.find("mine", cache, host);
  EXPECT_EQ(got.release, "6.1.5");
  EXPECT_EQ(got.image, store.directory() / "mine" / "vmlinux");
  EXPECT_EQ(base::read_file(got.image), "image of mine");
  EXPECT_EQ(got.added, put.added);
  EXPECT_EQ(got.added.size(), std::string("2026-11-22T19:00:00Z").size());
  EXPECT_GT(got.size, 0U);
  EXPECT_EQ(drafts(store), 0U);
}

TEST_F(StoreTest, ChoosesByNameReleaseVersionAndPrefix) {
  add_entry(store, "debian-6.1.27-1", "6.1.0-9-amd64", "6.1.27-1", kSourceDebian);
  add_entry(store, "debian-6.1.176-1", "6.1.0-50-amd64", "6.1.176-1", kSourceDebian);
  add_entry(store, "debian-6.12.9-1", "6.12.9-amd64", "6.12.9-1", kSourceDebian);
  add_entry(store, "mine", "7.0.0-rc1", "7.0.0-rc1", "added");
  EXPECT_EQ(find("mine"), "mine");
  EXPECT_EQ(find("6.1.0-9-amd64"), "debian-6.1.27-1");
  EXPECT_EQ(find("6.1.27-1"), "debian-6.1.27-1");
  EXPECT_EQ(find("6.1"), "debian-6.1.176-1");
  EXPECT_EQ(find("6"), "debian-6.12.9-1");
  EXPECT_EQ(find("7.0.0"), "mine");
  EXPECT_EQ(find("debian"), "debian-6.12.9-1");
  EXPECT_EQ(find("debian:6.1"), "debian-6.1.176-1");
  EXPECT_THROW(find("debian:7.0.0"), base::Error);
  EXPECT_EQ(store.newest_prebuilt(host)->name, "debian-6.12.9-1");
}

TEST_F(StoreTest, ChoosesAmongTheKernelsOfAnArchitecture) {
  const base::Architecture& other = base::architecture_named("s390x");
  add_entry(store, "debian-6.1.27-1", "6.1.0-9-amd64", "6.1.27-1", kSourceDebian);
  EXPECT_FALSE(store.newest_prebuilt(other));
  EXPECT_THROW(store.find("6.1", cache, other), base::Error);
  Store::Draft draft = store.begin();
  Kernel kernel = store.find("debian-6.1.27-1", cache, host);
  kernel.name = "debian-6.1.99-1+s390x";
  kernel.version = "6.1.99-1";
  kernel.architecture = other;
  kernel.image = draft.path() / "vmlinux";
  std::ofstream(kernel.image) << "image";
  store.publish(std::move(draft), kernel);
  EXPECT_EQ(store.newest_prebuilt(other)->name, kernel.name);
  EXPECT_EQ(store.find("6.1", cache, other).name, kernel.name);
  EXPECT_EQ(store.find("6.1", cache, host).name, "debian-6.1.27-1");
  EXPECT_EQ(store.find(kernel.name, cache, host).architecture, other) << "by its whole name";
}

TEST_F(StoreTest, ChoosesBuildsByVersionAndVariant) {
  add_entry(store, "debian-6.12.117-1", "6.12.117-amd64", "6.12.117-1", kSourceDebian);
  add_build(store, "6.12.95", "");
  add_build(store, "6.12.117", "");
  add_build(store, "6.12.117", "kasan");
  add_build(store, "6.12.118", "llvm");
  EXPECT_EQ(find("6.12"), "6.12.117");
  EXPECT_EQ(find("6.12.95"), "6.12.95");
  EXPECT_EQ(find("6.12+kasan"), "6.12.117+kasan");
  EXPECT_EQ(find("6.12.118+llvm"), "6.12.118+llvm");
  EXPECT_EQ(find("debian:6.12"), "debian-6.12.117-1");
  EXPECT_THROW(find("6.12+lockdep"), base::Error);
  EXPECT_THROW(find("6.12.118"), base::Error);
}

TEST_F(StoreTest, ReplacesAnEntryAndKeepsItUntilThen) {
  add_build(store, "6.12.117", "");
  const fs::path image = store.find("6.12.117", cache, host).image;
  {
    const Store::Draft failed = store.begin();
    std::ofstream(failed.path() / "vmlinux") << "half";
  }
  EXPECT_EQ(base::read_file(image), "image of 6.12.117");
  Store::Draft draft = store.begin();
  Kernel kernel = store.find("6.12.117", cache, host);
  kernel.image = draft.path() / "vmlinux";
  kernel.kbuild = draft.path() / "kbuild";
  std::ofstream(kernel.image) << "a better one";
  store.replace(std::move(draft), kernel);
  EXPECT_EQ(base::read_file(image), "a better one");
  EXPECT_EQ(store.find("6.12.117", cache, host).kbuild, image.parent_path() / "kbuild");
  EXPECT_EQ(names(store), std::vector<std::string>{"6.12.117"});
  EXPECT_EQ(drafts(store), 0U);
}

TEST_F(StoreTest, FindsTheBuildsThatANewerOneSuperseded) {
  add_entry(store, "debian-6.12.9-1", "6.12.9-amd64", "6.12.9-1", kSourceDebian);
  add_build(store, "6.12.9", "");
  add_build(store, "6.12.10", "");
  add_build(store, "6.12.8", "kasan");
  add_build(store, "6.1.192", "");
  EXPECT_EQ(outdated_builds(store.list()), std::vector<std::string>{"6.12.9"});
}

TEST_F(StoreTest, NamesTheNearestForAnUnknownKernel) {
  EXPECT_NE(error_of([&] { find("debian"); }).find("kernel fetch"), std::string::npos);
  EXPECT_NE(error_of([&] { find("6.9"); }).find("the store has none"), std::string::npos);
  add_entry(store, "debian-6.1.27-1", "6.1.0-9-amd64", "6.1.27-1", kSourceDebian);
  EXPECT_NE(error_of([&] { find("debain-6.1.27-1"); }).find("did you mean debian-6.1.27-1?"),
            std::string::npos);
  EXPECT_NE(error_of([&] { find("./no/such"); }).find("No such file"), std::string::npos);
}

TEST_F(StoreTest, NeverListsWhatIsUnfinished) {
  {
    const Store::Draft draft = store.begin();
    std::ofstream(draft.path() / "kernel.json") << "{}";
    EXPECT_EQ(drafts(store), 1U);
    EXPECT_TRUE(store.list().empty());
  }
  EXPECT_EQ(drafts(store), 0U);
}

TEST_F(StoreTest, SweepsTheDraftOfADeadProcessAndNotOfALivingOne) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Store::Draft draft = store.begin();
    std::ofstream(draft.path() / "half") << "half";
    ::_exit(0);  // no destructor runs, as after kill -9
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(drafts(store), 1U);
  const Store::Draft living = store.begin();
  EXPECT_EQ(drafts(store), 1U);
  const Store::Draft second = store.begin();
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_EQ(drafts(store), 2U);
}

TEST_F(StoreTest, TwoMakersOfTheSameEntryBothSucceed) {
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&] {
      Store own(scratch.path());
      EXPECT_EQ(add_entry(own, "same", "6.1.5", "6.1.5", "added").name, "same");
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(names(store), std::vector<std::string>{"same"});
  EXPECT_EQ(drafts(store), 0U);
}

TEST_F(StoreTest, DamagedEntriesAreNotListedAndSaidToBeDamaged) {
  add_entry(store, "a", "6.1.5", "6.1.5", "added");
  add_entry(store, "b", "6.1.6", "6.1.6", "added");
  add_entry(store, "c", "6.1.7", "6.1.7", "added");
  fs::remove(store.directory() / "a" / "vmlinux");
  std::ofstream(store.directory() / "b" / "kernel.json") << "{ not json";
  EXPECT_EQ(names(store), std::vector<std::string>{"c"});
  EXPECT_NE(error_of([&] { find("a"); }).find("damaged"), std::string::npos);
  EXPECT_NE(error_of([&] { find("b"); }).find("damaged"), std::string::npos);
  store.remove("a");
  store.remove("b");
  EXPECT_EQ(names(store), std::vector<std::string>{"c"});
}

TEST_F(StoreTest, RemovesOnlyWhatItIsToldTo) {
  add_entry(store, "one", "6.1.5", "6.1.5", "added");
  add_entry(store, "two", "6.1.6", "6.1.6", "added");
  store.remove("one");
  EXPECT_EQ(names(store), std::vector<std::string>{"two"});
  EXPECT_EQ(drafts(store), 0U);
  EXPECT_NE(error_of([&] { store.remove("tow"); }).find("did you mean two?"), std::string::npos);
  for (const char* name : {"", ".", "..", "../kernels/two", ".lock"}) {
    EXPECT_THROW(store.remove(name), base::Error) << name;
  }
  EXPECT_EQ(names(store), std::vector<std::string>{"two"});
}

TEST_F(StoreTest, RefusesNamesThatAreNoSingleWord) {
  for (const char* name : {"", ".hidden", "a/b", "a b", "-x", "a\nb", "a:b"}) {
    EXPECT_THROW(Store::check_name(name), base::Error) << name;
  }
  EXPECT_NO_THROW(Store::check_name("debian-6.12.95-1~bpo12+1"));
}

TEST_F(StoreTest, SaysThatItCannotBeWritten) {
  std::ofstream(scratch.path() / "kernels") << "a file, no directory";
  const std::string error = error_of([&] { store.begin(); });
  EXPECT_NE(error.find("cannot be written"), std::string::npos) << error;
  EXPECT_NE(error.find("XDG_DATA_HOME"), std::string::npos) << error;
}

}  // namespace
}  // namespace quiz::kernel
