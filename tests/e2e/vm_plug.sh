# Promise: disks are plugged into a running machine and pulled out of it, those that it began with, too: what is pulled is gone at
# once, in the middle of a write, and the others go on. Without -p hotplug that is refused with a sentence.
# timeout: 400
box() { "$QUIZ" vm exec box -- "$@"; }

expect_status 0 "$QUIZ" --name box -p hotplug,blockdev:count=2:size=64M vm start
expect_output $'quizb0\nquizb1' "$QUIZ" vm exec box -- sh -c 'cd /dev && ls -d quizb*'
expect_output quizb2 "$QUIZ" vm plug box blockdev:size=96M
expect_output $((96 << 20)) "$QUIZ" vm exec box -- blockdev --getsize64 /dev/quizb2
expect_output $'quizb3\nquizb4' "$QUIZ" vm plug box blockdev:count=2:size=16M:sector=4096:readonly
expect_output '4096 1' "$QUIZ" vm exec box -- sh -c 'echo $(blockdev --getss --getro /dev/quizb4)'

# A file system on the one that came, with what was written on it; partitions get their names.
# shellcheck disable=SC2016 # the guest's words
expect_output hello "$QUIZ" vm exec box -- sh -ec 'mkfs.ext4 -q /dev/quizb2; mkdir -p /mnt/new; mount /dev/quizb2 /mnt/new
  echo hello >/mnt/new/file; umount /mnt/new; mount /dev/quizb2 /mnt/new; cat /mnt/new/file'

# A disk that is pulled while it is written to: the writer fails, the other disk and the machine do not.
: >writer
box sh -c 'echo begun; while dd if=/dev/zero of=/dev/quizb0 bs=1M count=32 oflag=direct conv=nocreat status=none 2>/tmp/said; do :; done
  echo failed' >writer 2>&1 &
writer=$!
wait_until 30 grep -q begun writer
expect_status 0 "$QUIZ" vm unplug box quizb0
wait_until 60 grep -q failed writer
wait $writer
expect_status 1 "$QUIZ" vm exec box -- test -e /dev/quizb0
expect_status 0 "$QUIZ" vm exec box -- dd if=/dev/zero of=/dev/quizb1 bs=1M count=32 oflag=direct status=none
# A mounted one: what was not written is lost, and reading fails.
expect_status 0 "$QUIZ" vm unplug box quizb2
expect_status 1 "$QUIZ" vm exec box -- sh -c '(echo more >/mnt/new/more) && sync /mnt/new/more || exit 1'
expect_output quizb5 "$QUIZ" vm plug box
expect_output $((1 << 30)) "$QUIZ" vm exec box -- blockdev --getsize64 /dev/quizb5

# What each was used for is told by its name.
expect_status 0 "$QUIZ" vm stats box
grep -qE '^disk +quizb5: ' out || fail "stats: $(cat out)"

# The files are there as long as the disks.
files() { find "${XDG_CACHE_HOME:-$HOME/.cache}/quiz/runs" -name "$1" 2>/dev/null; }
[[ -n $(files quizb5.raw) && -z $(files quizb2.raw) ]] || fail "files: $(files '*.raw')"

expect_refusal_here() {
  local pattern=$1
  shift
  expect_status 125 "$@"
  expect_error "$pattern"
}
expect_refusal_here "no disk 'quizb9'" "$QUIZ" vm unplug box quizb9
expect_refusal_here "no disk 'quizb0'" "$QUIZ" vm unplug box quizb0
expect_refusal_here "did you mean 'quizb1'" "$QUIZ" vm unplug box quizb11
expect_refusal_here 'only disks can' "$QUIZ" vm plug box memdev
expect_refusal_here 'persist cannot be had' "$QUIZ" vm plug box blockdev:persist=mine
expect_status 0 "$QUIZ" vm stop box
[[ -z $(files '*.raw') ]] || fail "left: $(files '*.raw')"

# Saved and gone on nothing is said of that.
for start in cold warm; do
  expect_output 1 "$QUIZ" -p hotplug,blockdev:count=1:size=64M sh -c 'ls -d /dev/quizb* | wc -l'
  [[ ! -s err ]] || fail "$start: $(cat err)"
done

expect_status 0 "$QUIZ" --name box vm start
expect_refusal_here 'started without -p hotplug' "$QUIZ" vm plug box
expect_refusal_here 'started without -p hotplug' "$QUIZ" vm unplug box quizb0
expect_status 0 "$QUIZ" vm stop box
no_leftovers
