# Promise: `quiz openzfs test` goes on: after a test that hangs, whose state is kept, and in another machine after a test in
# which the machine panics. The stress tests of user space run, too.
# timeout: 7200
# long
# needs: openzfs
# locks: checkout
# shellcheck source=tests/e2e/openzfs_checkout
source "$E2E/openzfs_checkout"
build_checkout

# --- tests of our own, where the machine's ordinary user can read them ----------------------------------------------------------
chmod 755 "$TMPDIR" "$work"
mkdir "$work/own"
printf '#!/bin/ksh\nsleep 1000\n' >"$work/own/a_hang.ksh"
printf '#!/bin/ksh\nzpool list\n' >"$work/own/b_next.ksh"
printf '#!/bin/ksh\ntruncate -s 256m /ztest/f1 /ztest/f2\n%s\n' \
  'zpool create t /ztest/f1 && zinject -p spa_vdev_exit t && zpool add t /ztest/f2' >"$work/own/c_panic.ksh"
printf '#!/bin/ksh\n! zpool list t\n' >"$work/own/d_last.ksh"
printf '#!/bin/ksh\nzpool list\n' >"$work/own/setup.ksh"
chmod 755 "$work"/own/*
cat >"$work/own.run" <<END
[DEFAULT]
pre = setup
post =
pre_user = root
post_user = root
user = root
quiet = False
timeout = 600
outputdir = /var/tmp/test_results

[$work/own]
tests = ['a_hang', 'b_next', 'c_panic', 'd_last']
tags = ['functional']
END
rm -rf .quiz/results
RUN_LIMIT=1500 expect 1 "$QUIZ" openzfs test --test-timeout 60 -r "$work/own.run" --junit "$work/junit.xml"
grep -qE '^Test.*/a_hang .*\[KILLED\]' "$work/out" || fail "the hanging test was not ended: $(tail -n 20 "$work/out")"
grep -qE '^Test.*/b_next .*\[PASS\]' "$work/out" || fail "the next test did not run: $(tail -n 20 "$work/out")"
[[ -n $(find .quiz/results -path '*/timeout-*/stacks' -size +0) ]] || fail "the state of the machine was not kept"
grep -qE 'the machine ended in .*/c_panic' "$work/err" || fail "nothing tells of the panic: $(tail -n 20 "$work/err")"
grep -qE '^Test.*/d_last .*\[PASS\]' "$work/out" || fail "nothing was run after the panic: $(tail -n 20 "$work/out")"
[[ $(grep -cE '^Test.*/b_next ' "$work/out") == 1 ]] || fail "what had run ran again: $(cat "$work/out")"
grep -q '^5 tests: 3 passed, 2 failed; ' "$work/out" || fail "the summary is: $(tail -n 1 "$work/out")"
grep -A 3 'name="c_panic"' "$work/junit.xml" | grep -q 'the machine panicked' || fail "JUnit lacks the panic: $(cat "$work/junit.xml")"
results=$(echo .quiz/results/*)
[[ -e $results/machine-1/printed && -e $results/machine-2/printed ]] || fail "the results are $(ls "$results")"
[[ $(wc -l <"$results/results") == 5 ]] || fail "the list of results is $(cat "$results/results")"
! grep -q 'symbolic links' "$work/err" || fail "links of the suite's own led out: $(cat "$work/err")"
expect 0 "$QUIZ" openzfs crash "$results/crash-1.log"
grep -qE 'spa_vdev_add at module/zfs/spa\.c:[0-9]+' "$work/out" || fail "no line of the module: $(cat "$work/out")"
RUN_LIMIT=900 expect 1 "$QUIZ" openzfs test -t zpool_there_is_no_such_test

# --- user space ---------------------------------------------------------------------------------------------------------------
RUN_LIMIT=600 expect 0 "$QUIZ" openzfs ztest 10
RUN_LIMIT=600 expect 0 "$QUIZ" openzfs raidz_test -a 9 -o 12 -d 2 -s 15
cd "$work"
no_leftovers
