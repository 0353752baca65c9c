# Promise: in a checkout of OpenZFS three commands build it for a kernel of the store, inside that checkout, and `-p zfs` runs
# it: a pool on memory disks, the test suite with its results on the host, a panic with source lines. The build stays in
# quiz's cache, so that only the first run of this test takes long; what is then out of date is built again.
# timeout: 5000
# long
# serial
version=2.3.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/quiz/e2e/openzfs
checkout=$cache/zfs-$version

# The sources as Debian has them; apt verifies them.
fetch_sources() {
  local apt=$PWD/apt key=/usr/share/keyrings/debian-archive-keyring.gpg suite
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$cache"
  for suite in trixie bookworm-backports; do
    echo "deb-src [signed-by=$key] http://deb.debian.org/debian $suite contrib"
  done >"$apt/sources.list"
  local options=(-q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >apt.log 2>&1 || return 1
  local found
  found=$(apt-cache "${options[@]}" showsrc zfs-linux | sed -n "s/^Version: \($version-.*\)/\1/p" | head -n 1)
  # Mirrors that lack the packaging have the original, which is all that is needed.
  (cd "$cache" && apt-get "${options[@]}" source --download-only "zfs-linux=$found" >>"$OLDPWD/apt.log" 2>&1) || true
  [[ -s $cache/zfs-linux_$version.orig.tar.gz ]]
}

if [[ ! -d $checkout ]]; then
  [[ -s $cache/zfs-linux_$version.orig.tar.gz ]] || fetch_sources || skip "no mirror has OpenZFS $version: $(tail -n 2 apt.log)"
  rm -rf "$cache/unpacking"
  mkdir "$cache/unpacking"
  tar --no-same-owner -xf "$cache/zfs-linux_$version.orig.tar.gz" -C "$cache/unpacking"
  git init -q "$cache/unpacking/zfs-$version"
  mv "$cache/unpacking/zfs-$version" "$checkout"
fi
export CCACHE_TEMPDIR=$PWD/ccache # else it stays in the runtime directory, where the test looks for what quiz leaves

# --- bad input, before anything is compiled -----------------------------------------------------------------------------------
expect_refusal 'is not in an OpenZFS checkout' "$QUIZ" openzfs
work=$PWD
cd "$checkout"
run_here() { (cd "$work" && "$@"); }
expect() { local wanted=$1; shift; status=0; timeout "${RUN_LIMIT:-60}" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [[ $status == "$wanted" ]] || { run_here show_run; fail "status $status instead of $wanted: $*"; }; }
expect 125 "$QUIZ" openzfs instal
grep -q 'did you mean install' "$work/err" || fail "no suggestion: $(cat "$work/err")"
expect 125 "$QUIZ" openzfs configure --prefix=/usr/local
grep -q "quiz's to set" "$work/err" || fail "the prefix may be changed: $(cat "$work/err")"

# --- a kernel that has what OpenZFS needs -------------------------------------------------------------------------------------
if ! "$QUIZ" kernel list --json | grep -q '"6\.12\.[0-9]*+zfs"'; then
  RUN_LIMIT=2500 expect 0 "$QUIZ" kernel build debian:6.12 --feature zfs --variant zfs
fi

# --- the build ----------------------------------------------------------------------------------------------------------------
before=$SECONDS
RUN_LIMIT=4000 expect 0 "$QUIZ" openzfs -k 6.12+zfs
echo "quiz openzfs took $((SECONDS - before)) s"
[[ -x .quiz/system/usr/sbin/zpool ]] || fail "no zpool was installed"
[[ -z $(git status --porcelain -- .quiz) ]] || fail "git sees .quiz"
expect 0 "$QUIZ" openzfs
grep -q 'up to date' "$work/out" || fail "a second quiz openzfs did something: $(cat "$work/out" "$work/err")"
expect 0 "$QUIZ" config --explain
grep -q "kernel = .*6\.12.*# .*/\.quiz/config\.toml" "$work/out" || fail "the kernel is not remembered: $(cat "$work/out")"

# --- a pool -------------------------------------------------------------------------------------------------------------------
RUN_LIMIT=280 expect 0 "$QUIZ" -m 2G -p zfs,memdev sh -c \
  'zpool create t mirror quizm0 quizm1 && zfs create t/a && cp -r /etc/apt /t/a && zpool scrub -w t && zpool status t'
grep -q 'errors: No known data errors' "$work/out" || fail "the pool is not well: $(cat "$work/out")"
grep -q 'scrub repaired 0B' "$work/out" || fail "no scrub: $(cat "$work/out")"

# --- a kernel that it was not built for ---------------------------------------------------------------------------------------
if "$QUIZ" kernel path 6.1.192 >/dev/null 2>&1; then
  expect 125 "$QUIZ" -k 6.1 -p zfs true
  grep -q 'quiz openzfs -k' "$work/err" || fail "no remedy: $(cat "$work/err")"
fi

# --- a panic in the module, with source lines ---------------------------------------------------------------------------------
RUN_LIMIT=280 expect 122 "$QUIZ" -m 2G -p zfs,memdev sh -c 'zpool create t quizm0 && zinject -p spa_vdev_exit t && zpool add t quizm1'
grep -q 'quiz openzfs crash' "$work/err" || fail "the hint does not name quiz openzfs crash: $(tail -n 3 "$work/err")"
expect 0 "$QUIZ" openzfs crash
grep -qE 'spa_vdev_add at module/zfs/spa\.c:[0-9]+' "$work/out" || fail "no line of the module: $(cat "$work/out")"
grep -qE ' at .*/kernel/panic\.c:[0-9]+' "$work/out" || fail "no line of the kernel: $(cat "$work/out")"
directory=$(sed -n 's/^saved in //p' "$work/out")
grep -q "^OpenZFS $version" "$directory/versions" || fail "no versions"
[[ -s $directory/kernel.log && -s $directory/stack ]] || fail "the report is not whole"
rm -rf "$directory"

# --- the test suite -----------------------------------------------------------------------------------------------------------
rm -rf .quiz/results
RUN_LIMIT=900 expect 0 "$QUIZ" openzfs test -t zpool_status_001_pos --junit "$work/junit.xml"
grep -qE '^Test.*zpool_status_001_pos .*\[PASS\]' "$work/out" || fail "the test did not pass: $(tail -n 20 "$work/out")"
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/junit.xml" || fail "the JUnit file is no XML"
grep -q 'name="zpool_status_001_pos"' "$work/junit.xml" || fail "the JUnit file lacks the test"
[[ -n $(find .quiz/results -name log) ]] || fail "no results on the host"

# A test that hangs is ended, the machine's state is kept, and the next one runs.
chmod 755 "$TMPDIR" "$work"
mkdir "$work/hanging"
printf '#!/bin/ksh\nsleep 1000\n' >"$work/hanging/a_hang.ksh"
printf '#!/bin/ksh\nzpool list\n' >"$work/hanging/b_next.ksh"
chmod 755 "$work"/hanging/*
cat >"$work/hanging.run" <<END
[DEFAULT]
pre =
post =
pre_user = root
post_user = root
user = root
quiet = False
timeout = 600
outputdir = /var/tmp/test_results

[$work/hanging]
tests = ['a_hang', 'b_next']
tags = ['functional']
END
RUN_LIMIT=900 expect 1 "$QUIZ" openzfs test --test-timeout 10 -r "$work/hanging.run"
grep -qE '^Test.*/a_hang .*\[KILLED\]' "$work/out" || fail "the hanging test was not ended: $(tail -n 20 "$work/out")"
grep -qE '^Test.*/b_next .*\[PASS\]' "$work/out" || fail "the next test did not run: $(tail -n 20 "$work/out")"
[[ -n $(find .quiz/results -path '*/timeout-*/stacks' -size +0) ]] || fail "the state of the machine was not kept"
RUN_LIMIT=900 expect 1 "$QUIZ" openzfs test -t zpool_there_is_no_such_test
cd "$work"
no_leftovers
