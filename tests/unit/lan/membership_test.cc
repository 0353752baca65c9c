#include "lan/membership.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::lan {
namespace {

namespace fs = std::filesystem;

TEST(Addresses, AreNumbersOfOneNetwork) {
  EXPECT_EQ(address_text(7), "10.0.3.7");
  EXPECT_EQ(number_of_address("10.0.3.254"), 254U);
  for (const char* text : {"", "10.0.3.", "10.0.3.0", "10.0.3.255", "10.0.3.1x", "10.0.2.1", "x"}) {
    EXPECT_EQ(number_of_address(text), std::nullopt) << text;
  }
  EXPECT_EQ(number_of_card(card_of(254)), 254U);
  EXPECT_EQ(number_of_card(card_of(0)), std::nullopt);
  EXPECT_EQ(number_of_card(card_of(255)), std::nullopt);
  EXPECT_EQ(number_of_card(0xffffffffffff), std::nullopt) << "that is everybody's";
}

class Members : public testing::Test {
 protected:
  fs::path directory(const std::string& name) const {
    fs::create_directories(runtime_.path() / name);
    return runtime_.path() / name;
  }
  void add(const std::string& name, const std::string& lan, unsigned number) const {
    write_member({lan, number, name, directory(name)});
  }
  base::TempDir runtime_{fs::temp_directory_path()};
};

TEST_F(Members, AreFoundByTheirLanInTheOrderOfTheirNumbers) {
  add("b", "work", 2);
  add("a", "work", 1);
  add("c", "play", 1);
  directory("none");
  const auto found = members_of("work", {runtime_.path(), runtime_.path() / "nonesuch"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].machine, "a");
  EXPECT_EQ(found[1].number, 2U);
  EXPECT_EQ(found[1].directory, runtime_.path() / "b");
}

TEST_F(Members, AreNotWhatMakesNoSense) {
  for (const char* text : {"", "work", "work 1", "work 0 a", "work 255 a", "work x a", "work 1 a b",
                           "../x 1 a", "work 1 ../a", "work 1 a\n10.0.3.9 evil"}) {
    base::write_file_atomically(directory("odd") / kMemberFile, text);
    EXPECT_FALSE(read_member(directory("odd"))) << text;
  }
}

TEST_F(Members, HaveTheNumberThatTheyWantOrTheFirstThatIsFree) {
  add("a", "work", 1);
  add("c", "work", 3);
  const auto members = members_of("work", {runtime_.path()});
  EXPECT_EQ(choose_number(0, "work", members), 2U);
  EXPECT_EQ(choose_number(9, "work", members), 9U);
  try {
    choose_number(3, "work", members);
    ADD_FAILURE() << "it is taken";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "the machine c has the address 10.0.3.3 of the LAN work");
  }
  std::vector<Member> full;
  for (unsigned number = 1; number <= kLast; ++number) full.push_back({"work", number, "m", {}});
  EXPECT_THROW(choose_number(0, "work", full), base::Error);
}

}  // namespace
}  // namespace quiz::lan
