#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

// Vectors of FIPS 180-2, appendix B.
TEST(Sha256, AgreesWithThePublishedVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, ReadsWholeFiles) {
  const TempDir directory(fs::temp_directory_path(), "quiz-unit-");
  const std::string data(1'000'000, 'a');
  write_file_atomically(directory.path() / "file", data);
  EXPECT_EQ(sha256_file(directory.path() / "file"), sha256(data));
  EXPECT_THROW(sha256_file(directory.path() / "missing"), SystemError);
}

}  // namespace
}  // namespace quiz::base
