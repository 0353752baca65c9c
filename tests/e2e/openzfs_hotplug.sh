# Promise: a disk that is pulled out of a mirror while it is written to costs no data: another one is plugged, and takes its place.
# timeout: 7200
# long
# needs: openzfs
# locks: checkout
# shellcheck source=tests/e2e/openzfs_checkout
source "$E2E/openzfs_checkout"
build_checkout
export RUN_LIMIT=600
pool() { "$QUIZ" vm exec pool -- "$@"; }
status_has() { pool zpool status t >"$work/status" && grep -qE "$1" "$work/status"; }

"$QUIZ" --name pool -m 2G -p zfs,hotplug,blockdev:count=2:size=512M vm start
pool zpool create t mirror quizb0 quizb1
: >"$work/writer"
# shellcheck disable=SC2016 # the guest's words
pool sh -ec 'echo begun; for i in $(seq 40); do head -c 4M /dev/urandom >/t/$i; done; cd /t; md5sum $(seq 40) >/tmp/sums; echo written' \
  >"$work/writer" 2>&1 &
writer=$!
wait_until 60 grep -q begun "$work/writer"
"$QUIZ" vm unplug pool quizb1
wait $writer || fail "the writer: $(cat "$work/writer")"
grep -q written "$work/writer" || fail "the writer: $(cat "$work/writer")"
wait_until 120 status_has 'state: DEGRADED'
[[ $("$QUIZ" vm plug pool blockdev:size=512M) == quizb2 ]] || fail "another name"
pool zpool replace t quizb1 quizb2
pool zpool wait -t resilver,replace t
wait_until 60 status_has 'state: ONLINE'
pool zpool scrub -w t
status_has 'scrub repaired 0B in .* with 0 errors' || fail "scrub: $(cat "$work/status")"
status_has 'errors: No known data errors' || fail "data are lost: $(cat "$work/status")"
! status_has quizb1 || fail "the pulled disk is still there: $(cat "$work/status")"
pool sh -c 'cd /t && md5sum -c --quiet /tmp/sums' || fail "the files are not what was written"
cat "$work/status"
"$QUIZ" vm stop pool
cd "$work"
no_leftovers
