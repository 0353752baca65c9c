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

# A group of one's own is one's own only as long as nobody else is in it.
chown 0:0 ../.quiz.toml
chmod 664 ../.quiz.toml
expect_output 1 "$QUIZ" nproc
sed 's/^root:x:0:.*/root:x:0:nobody/' /etc/group >group
unshare --mount true 2>/dev/null || skip "no mount namespaces here"
# shellcheck disable=SC2016  # the inner shell's
expect_output 2 unshare --mount sh -c 'mount --bind group /etc/group && exec "$QUIZ" nproc'
expect_error '\.quiz\.toml: others of its group may write to it'
{ cat /etc/passwd && echo 'operator:x:4711:0::/:/bin/sh'; } >passwd
# shellcheck disable=SC2016  # the inner shell's
expect_output 2 unshare --mount sh -c 'mount --bind passwd /etc/passwd && exec "$QUIZ" nproc'
expect_error '\.quiz\.toml: others of its group may write to it'
no_leftovers
