// Profiles in a directory of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "profile/catalog.h"

namespace quiz::profile::test {

class CatalogTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& content, mode_t mode = 0644) const {
    const fs::path file = scratch_.path() / path;
    base::make_directories(file.parent_path());
    base::write_file_atomically(file, content, mode);
  }
  Catalog catalog() const { return Catalog({{}, scratch_.path()}); }

  /// What an action complains about, with its hint; fails the test if it does not.
  static std::string complaint(const std::function<void()>& action) {
    try {
      action();
    } catch (const base::Error& error) {
      std::string text = error.message() + " / " + error.hint();
      for (const std::string& note : error.notes()) text += " / " + note;
      return text;
    }
    ADD_FAILURE() << "no complaint";
    return {};
  }

  base::TempDir scratch_{"/tmp", "quiz-profiles-"};
};

}  // namespace quiz::profile::test
