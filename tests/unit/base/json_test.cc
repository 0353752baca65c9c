#include "base/json.h"

#include <gtest/gtest.h>

namespace quiz::base {
namespace {

TEST(Json, IsWrittenSortedOrAsItWasMade) {
  const Json json = Json::object({{"b", 1}, {"a", Json::object({{"z", true}, {"y", nullptr}})}});
  EXPECT_EQ(json.dump(), R"({"a":{"y":null,"z":true},"b":1})");
  EXPECT_EQ(json.dump(-1, Json::Order::as_made), R"({"b":1,"a":{"z":true,"y":null}})");
}

TEST(Json, IsWrittenWithIndentation) {
  Json json = Json::object({{"list", std::vector<std::string>{"x", "y"}},
                            {"none", Json::array()},
                            {"nothing", Json::object()}});
  EXPECT_EQ(json.dump(2),
            "{\n  \"list\": [\n    \"x\",\n    \"y\"\n  ],\n  \"none\": [],\n  \"nothing\": {}\n}");
}

TEST(Json, WritesNumbersAndText) {
  Json json = Json::array();
  for (const Json& one : {Json(-3), Json(UINT64_MAX), Json(1500.0), Json(0.25), Json("a\"\n\x01"),
                          Json(std::string("\xff"))}) {
    json.push_back(one);
  }
  EXPECT_EQ(json.dump(),
            "[-3,18446744073709551615,1500.0,0.25,\"a\\\"\\n\\u0001\",\"\xEF\xBF\xBD\"]");
}

TEST(Json, ReadsWhatItWrites) {
  const std::string text = R"({"a":[1,-2,0.5,"x",false,null,{}],"b":"ü"})";
  EXPECT_EQ(Json::parse(text).dump(), text);
  EXPECT_EQ(Json::parse(text), Json::parse(text));
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "nul", "[1,]", "{\"a\":1} x", "\"\xff\""}) {
    EXPECT_FALSE(Json::try_parse(text)) << text;
    EXPECT_THROW(Json::parse(text), JsonError) << text;
  }
}

TEST(Json, RefusesToBeNestedWithoutEnd) {
  EXPECT_TRUE(Json::try_parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(Json::try_parse(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(Json::try_parse(std::string(65536, '[')));
}

TEST(Json, WhatIsMissingOrOfAnotherKindIsAnError) {
  const Json json = Json::parse(R"({"text":"x","number":7,"flag":true,"minus":-1,"list":["a"]})");
  EXPECT_EQ(json.at("text").text(), "x");
  EXPECT_EQ(json.at("number").number(), 7U);
  EXPECT_TRUE(json.at("flag").flag());
  EXPECT_EQ(json.at("list").texts(), std::vector<std::string>{"a"});
  EXPECT_EQ(json.text_or("none", "otherwise"), "otherwise");
  EXPECT_EQ(json.number_or("number", 3), 7U);
  EXPECT_FALSE(json.flag_or("none", false));
  EXPECT_THROW(json.at("none"), JsonError);
  EXPECT_THROW(json.at("text").number(), JsonError);
  EXPECT_THROW(json.at("minus").number(), JsonError);
  EXPECT_THROW(json.at("flag").text(), JsonError);
  EXPECT_THROW(json.at("text").at("x"), JsonError);
  EXPECT_THROW(json.text_or("number", ""), JsonError);
  EXPECT_EQ(Json("text").find("x"), nullptr);
}

TEST(Json, OfANameThatComesTwiceTheLastCounts) {
  EXPECT_EQ(Json::parse(R"({"a":1,"a":2})").at("a").number(), 2U);
}

TEST(Json, MembersAreMadeWhereTheyAreNamed) {
  Json json;
  json["a"]["b"] = 1;
  json["a"]["b"] = "x";
  EXPECT_EQ(json.dump(), R"({"a":{"b":"x"}})");
}

}  // namespace
}  // namespace quiz::base
