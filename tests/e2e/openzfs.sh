# Promise: in a checkout of OpenZFS `quiz openzfs` builds it for a kernel of the store, inside that checkout, and `-p zfs` runs
# it: a pool on memory disks, a test of its suite with the results on the host, a panic with source lines. The build stays in
# quiz's cache, so that only the first run of this test takes long; what is then out of date is built again.
# timeout: 7200
# needs: built
# locks: checkout
expect_refusal 'is not in an OpenZFS checkout' "$QUIZ" openzfs
# shellcheck source=tests/e2e/openzfs_checkout
source "$E2E/openzfs_checkout"

# --- bad input, before anything is compiled -----------------------------------------------------------------------------------
expect 125 "$QUIZ" openzfs instal
grep -q 'did you mean install' "$work/err" || fail "no suggestion: $(cat "$work/err")"
expect 125 "$QUIZ" openzfs configure --prefix=/usr/local
grep -q "quiz's to set" "$work/err" || fail "the prefix may be changed: $(cat "$work/err")"

# --- the build ----------------------------------------------------------------------------------------------------------------
before=$SECONDS
build_checkout
echo "quiz openzfs took $((SECONDS - before)) s: $(cat "$work/out")"
[[ -x .quiz/system/usr/sbin/zpool ]] || fail "no zpool was installed"
[[ -z $(git status --porcelain -- .quiz) ]] || fail "git sees .quiz"
expect 0 "$QUIZ" openzfs
grep -q 'up to date' "$work/out" || fail "a second quiz openzfs did something: $(cat "$work/out" "$work/err")"
expect 0 "$QUIZ" config --explain
grep -q "kernel = .*6\.12.*# .*/\.quiz/config\.toml" "$work/out" || fail "the kernel is not remembered: $(cat "$work/out")"

# --- a pool -------------------------------------------------------------------------------------------------------------------
RUN_LIMIT=400 expect 0 "$QUIZ" -m 2G -p zfs,memdev sh -c \
  'zpool create t mirror quizm0 quizm1 && zfs create t/a && cp -r /etc/apt /t/a && zpool scrub -w t && zpool status t'
grep -q 'errors: No known data errors' "$work/out" || fail "the pool is not well: $(cat "$work/out")"
grep -q 'scrub repaired 0B' "$work/out" || fail "no scrub: $(cat "$work/out")"

expect 0 "$QUIZ" -p zfs zfs version
[[ ! -s $work/err ]] || fail "a run that went well says something: $(cat "$work/err")"

# --- a kernel that it was not built for ---------------------------------------------------------------------------------------
other=$("$QUIZ" kernel list --json | sed -n 's/.*"name": *"\(debian-[^"+]*\)".*/\1/p' | head -n 1)
expect 125 "$QUIZ" -k "${other:-debian}" -p zfs true
grep -q 'quiz openzfs -k' "$work/err" || fail "no remedy: $(cat "$work/err")"

# --- a panic in the module, with source lines and its last debug messages -----------------------------------------------------
RUN_LIMIT=400 expect 122 "$QUIZ" -m 2G -p zfs,memdev sh -c 'zpool create t quizm0 && zinject -p spa_vdev_exit t && zpool add t quizm1'
grep -q 'quiz openzfs crash' "$work/err" || fail "the hint does not name quiz openzfs crash: $(tail -n 3 "$work/err")"
expect 0 "$QUIZ" openzfs crash
grep -qE 'spa_vdev_add at module/zfs/spa\.c:[0-9]+' "$work/out" || fail "no line of the module: $(cat "$work/out")"
grep -qE ' at .*/kernel/panic\.c:[0-9]+' "$work/out" || fail "no line of the kernel: $(cat "$work/out")"
directory=$(sed -n 's/^saved in //p' "$work/out")
grep -q "^OpenZFS $version" "$directory/versions" || fail "no versions"
[[ -s $directory/kernel.log && -s $directory/stack ]] || fail "the report is not whole"
grep -q 'command: zpool create t quizm0' "$directory/dbgmsg" || fail "zfs_dbgmsg is not in the report: $(ls "$directory")"
rm -rf "$directory"

# --- the test suite -----------------------------------------------------------------------------------------------------------
rm -rf .quiz/results
RUN_LIMIT=900 expect 0 "$QUIZ" openzfs test -t zpool_status_001_pos --junit "$work/junit.xml"
grep -qE '^Test.*zpool_status_001_pos(\.ksh)? .*\[PASS\]' "$work/out" || fail "the test did not pass: $(tail -n 20 "$work/out")"
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/junit.xml" || fail "the JUnit file is no XML"
grep -q 'name="zpool_status_001_pos"' "$work/junit.xml" || fail "the JUnit file lacks the test"
[[ -n $(find .quiz/results -name log) ]] || fail "no results on the host"
cd "$work"
no_leftovers
