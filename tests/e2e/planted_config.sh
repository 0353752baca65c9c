# Promise: a .quiz.toml that belongs to somebody else decides nothing, and quiz says so.
if ! is_root; then skip "only root can make another user's file"; fi
mkdir planted
cd planted
echo 'cpus = 1' >.quiz.toml
expect_output 1 "$QUIZ" nproc
chown 65534:65534 .quiz.toml
expect_output 2 "$QUIZ" nproc
expect_error '\.quiz\.toml'
expect_error 'belongs|not yours|another'
chown 0:0 .quiz.toml
chmod 666 .quiz.toml
expect_output 2 "$QUIZ" nproc
expect_error '\.quiz\.toml'
# A directory below does not make it better.
chmod 644 .quiz.toml
chown 65534:65534 .quiz.toml
mkdir below
cd below
expect_output 2 "$QUIZ" nproc
expect_error '\.quiz\.toml'
no_leftovers
