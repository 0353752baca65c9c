# Promise: a pool on kept disks is there in the next run, and a scrub finds and repairs what a device mapper stack under one
# of its disks made unreadable.
# timeout: 7200
# long
# needs: openzfs
# locks: checkout
# shellcheck source=tests/e2e/openzfs_checkout
source "$E2E/openzfs_checkout"
build_checkout

kept=e2e-openzfs-$$
# finish() of tests/e2e/run does not know of it.
trap '"$QUIZ" disk remove "$kept" >/dev/null 2>&1 || true' EXIT
disks=blockdev:count=2:size=512M:persist=$kept
in_machine() { RUN_LIMIT=600 expect 0 "$QUIZ" -m 2G -p "zfs,$disks,dm:on=quizb1$1" sh -c "$2"; }

in_machine '' 'zpool create t mirror quizb0 quizd0 && cp -r /usr/include/linux /t && zpool export t'
in_machine '' 'zpool import -d /dev t && diff -r /usr/include/linux /t/linux && zpool export t && echo as it was'
grep -qx 'as it was' "$work/out" || fail "the pool is not as it was: $(cat "$work/out")"

# --- sectors that cannot be read until they are written: the scrub writes those that have data --------------------------------------
in_machine :dust=8700+4096 'zpool import -d /dev t && zpool scrub -w t && zpool status t && dmsetup message quizd0 0 countbadblocks &&
  zpool export t'
grep -qE 'scrub repaired [0-9.]+[KM] in .* with 0 errors' "$work/out" || fail "nothing was repaired: $(cat "$work/out")"
grep -qE 'quizd0 +ONLINE +[1-9][0-9]* +0 +[0-9]+' "$work/out" || fail "no read errors: $(cat "$work/out")"
left=$(cat "$work/out" "$work/err" | sed -n 's/^countbadblocks: \([0-9]*\) .*/\1/p')
((left < 2048)) || fail "of 4096 bad sectors $left are left: $(cat "$work/out" "$work/err")"
in_machine '' 'zpool import -d /dev t && zpool scrub -w t && zpool status t && zpool export t'
grep -q 'scrub repaired 0B in .* with 0 errors' "$work/out" || fail "the next scrub found more: $(cat "$work/out")"

# --- sectors that can be neither read nor written: the other disk has the data, and nothing was repaired --------------------------
in_machine :error=8700+4096 'zpool import -d /dev t && zpool scrub -w t && zpool status t && zpool export t'
grep -q 'errors: No known data errors' "$work/out" || fail "data are lost: $(cat "$work/out")"
grep -qE 'quizd0 +[A-Z]+ +[0-9]+ +[1-9][0-9]* +[0-9]+' "$work/out" || fail "no write errors: $(cat "$work/out")"
cd "$work"
no_leftovers
