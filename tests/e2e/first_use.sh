# Promise: without any preparation, `quiz PROGRAM` runs it; the kernel is fetched if the store has none.
# timeout: 600
export RUN_LIMIT=590
expect_status 0 "$QUIZ" uname -srm
cat err
cat out
grep -qE '^Linux [0-9]+\.[0-9]+\..* x86_64$' out || fail "that is no line of uname: $(cat out)"
expect_status 0 "$QUIZ" kernel list
[[ -s out ]] || fail "quiz kernel list shows nothing after a run"
no_leftovers
