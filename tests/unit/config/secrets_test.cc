#include "config/secrets.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/settings.h"

namespace quiz::config {
namespace {

TEST(Secrets, AreKnownByTheirVariables) {
  for (const char* name :
       {"GITHUB_TOKEN", "NPM_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "OPENAI_API_KEY", "APIKEY",
        "MY_SECRET", "CLIENT_SECRET_ID", "DB_PASSWORD", "db_password", "PGPASSWORD",
        "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "RESTIC_PASSWORD", "SENTRY_DSN", "SSHPASS", "TOKEN",
        "DOCKER_PASS"}) {
    EXPECT_TRUE(looks_secret(name)) << name;
  }
  for (const char* name : {"PATH", "HOME", "MONKEY", "KEYBOARD", "TOKENIZERS_PARALLELISM", "LANG",
                           "COMPASS", "MAKEFLAGS", "BYPASSED", "AUTHOR", "SECRETARY", ""}) {
    EXPECT_FALSE(looks_secret(name)) << name;
  }
}

TEST(Secrets, AreTheKeysOfAHome) {
  const Settings settings;
  for (const char* path : {"~/.ssh", "~/.aws", "~/.gnupg", "~/.netrc", "~/.cargo/credentials*",
                           "/etc/shadow*", "/etc/ssh/ssh_host_*_key", "~/.mozilla", "/root"}) {
    EXPECT_TRUE(std::any_of(settings.secrets.begin(), settings.secrets.end(), [&](const auto& one) {
      return one.value == path;
    })) << path;
  }
}

}  // namespace
}  // namespace quiz::config
