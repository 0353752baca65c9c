# Promise: kill -9 of quiz at any moment leaves no QEMU, and nothing that the next run does not sweep.
# timeout: 500
# serial
"$QUIZ" true
for moment in {0..19}; do
  "$QUIZ" sleep 100 >out 2>err &
  quiz=$!
  sleep "$((moment / 10)).$((moment % 10))" # the moment is what is tested: 0 to 1.9 s after the start
  kill -9 "$quiz"
  wait "$quiz" 2>/dev/null || true
  wait_until 5 no_qemu
done
expect_output alive "$QUIZ" echo alive
no_leftovers
expect_status 0 "$QUIZ" kernel list
[[ -s out ]] || fail "the store of kernels is broken"

# The files of disks are not in the runtime directory, which is small.
export XDG_CACHE_HOME=$PWD/cache
large=$XDG_CACHE_HOME/quiz/runs
"$QUIZ" -p blockdev:count=1:size=64M sh -c 'echo up; sleep 100' >out 2>err &
quiz=$!
wait_until 120 grep -q up out
[[ -n $(find "$large" -name quizb0.raw) ]] || fail "the disk is not in $large"
expect_status 0 "$QUIZ" clean
[[ -n $(find "$large" -name quizb0.raw) ]] || fail "clean removed the disk of a run"
kill -9 "$quiz"
wait "$quiz" 2>/dev/null || true
wait_until 5 no_qemu
expect_output alive "$QUIZ" echo alive
[[ ! -e $large ]] || fail "left: $(find "$large")"
no_leftovers
