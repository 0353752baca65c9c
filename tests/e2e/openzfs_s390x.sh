# Promise: from one checkout of OpenZFS also for a big-endian machine: `quiz openzfs -a s390x` builds it beside the host's own, a
# pool there is mirrored and scrubbed, and a pool on kept disks that was made on one byte order is read, extended and scrubbed on
# the other, and back, with the same checksums.
# timeout: 7200
# long
# needs: openzfs
# locks: checkout
# shellcheck source=tests/e2e/openzfs_checkout
source "$E2E/openzfs_checkout"
debian_mirror >/dev/null || skip "this machine's apt names no mirror to fetch a kernel for s390x from"
build_checkout

before=$SECONDS
status=0
"$QUIZ" openzfs -a s390x >"$work/out" 2>"$work/err" </dev/null || status=$? # takes as long as it takes
[[ $status == 0 ]] || { run_here show_run; fail "quiz openzfs -a s390x: status $status"; }
echo "quiz openzfs -a s390x took $((SECONDS - before)) s: $(cat "$work/out")"
file -L .quiz/system+s390x/usr/sbin/zpool | grep -q 'MSB.*S/390' || fail "zpool is none for s390x"
file -L .quiz/system/usr/sbin/zpool | grep -q 'LSB.*x86-64' || fail "the host's own zpool is none any more"
expect 0 "$QUIZ" openzfs -a s390x
grep -q 'up to date' "$work/out" || fail "a second quiz openzfs did something: $(cat "$work/out" "$work/err")"
expect 0 "$QUIZ" config --explain
grep -q 'kernel = .*6\.12.*# .*/\.quiz/config\.toml' "$work/out" || fail "the host's own kernel is not remembered"
expect 125 "$QUIZ" openzfs configure -a s390x --host=s390x-linux-gnu
grep -q "quiz's to set" "$work/err" || fail "the compiler may be changed: $(cat "$work/err")"

# --- a pool of its own ----------------------------------------------------------------------------------------------------------
RUN_LIMIT=900 expect 0 "$QUIZ" -a s390x -m 2G -p zfs,memdev sh -c \
  'zpool create t mirror quizm0 quizm1 && cp -r include/sys /t && diff -r include/sys /t/sys && zpool scrub -w t && zpool status t'
grep -q 'errors: No known data errors' "$work/out" || fail "the pool is not well: $(cat "$work/out")"
grep -q 'scrub repaired 0B in .* with 0 errors' "$work/out" || fail "no scrub: $(cat "$work/out")"

# --- there and back -------------------------------------------------------------------------------------------------------------
kept=e2e-byte-order-$$
# finish() of tests/e2e/run does not know of it.
trap '"$QUIZ" disk remove "$kept" >/dev/null 2>&1 || true' EXIT
profiles=zfs,blockdev:count=2:size=256M:persist=$kept
sums='(cd /t && find . -type f | sort | xargs sha256sum)'
little() { RUN_LIMIT=600 expect 0 "$QUIZ" -m 2G -p "$profiles" sh -c "$1"; }
big() { RUN_LIMIT=900 expect 0 "$QUIZ" -a s390x -m 2G -p "$profiles" sh -c "$1"; }

little "zpool create t mirror quizb0 quizb1 && zfs create -o compression=lz4 t/a && cp -r include/sys /t/a && $sums && zpool export t"
mv "$work/out" "$work/little"
[[ $(wc -l <"$work/little") -gt 100 ]] || fail "too few files: $(wc -l <"$work/little")"
big "zpool import -d /dev t && $sums && zpool scrub -w t && zpool status t >&2 && cp -r cmd/zpool /t/a && zpool export t"
diff "$work/little" "$work/out" || fail "s390x reads something else"
grep -q 'scrub repaired 0B in .* with 0 errors' "$work/err" || fail "the scrub on s390x: $(cat "$work/err")"
little "zpool import -d /dev t && diff -r cmd/zpool /t/a/zpool && rm -r /t/a/zpool && $sums && zpool scrub -w t && zpool status t >&2"
diff "$work/little" "$work/out" || fail "x86-64 reads something else"
grep -q 'scrub repaired 0B in .* with 0 errors' "$work/err" || fail "the scrub on x86-64: $(cat "$work/err")"
cd "$work"
no_leftovers
