# Promise: a disk without room for a kernel, or that fills up while one is fetched, gives 125 and a sentence; nothing
# half-written is ever used.
# timeout: 400
# serial
if ! is_root; then skip "mounting a small tmpfs takes root"; fi
if ! unshare --mount true 2>/dev/null; then skip "no mount namespaces"; fi
mkdir store

# on_a_disk_of SIZE: a first run there, in a mount namespace of its own, so that the mount vanishes with the shell. Once
# something is written into the store of kernels, whatever room there was is taken.
on_a_disk_of() {
  RUN_LIMIT=390 expect_status 0 unshare --mount bash -euo pipefail -c '
    mount -t tmpfs -o size="$1" none store
    export XDG_DATA_HOME=$PWD/store
    "$QUIZ" true >first.out 2>first.err &
    quiz=$!
    while [[ ! -e filled ]] && kill -0 "$quiz" 2>/dev/null; do
      if [[ -n $(find store/quiz/kernels -mindepth 2 -type f 2>/dev/null | head -n 1) ]]; then
        cat /dev/zero >store/filler 2>/dev/null || touch filled
      fi
      sleep 0.05
    done
    status=0
    wait "$quiz" || status=$?
    cat first.err >&2
    echo "status $status"
    [[ ! -e filled ]] || echo "it was filled"
    rm -f store/filler filled
    "$QUIZ" kernel list
    echo "entries: $(find store/quiz/kernels -mindepth 1 -maxdepth 1 ! -name ".*" 2>/dev/null | wc -l)"
    echo "KiB left: $(du -sk store | cut -f1)"
    if [[ $2 == again ]]; then "$QUIZ" uname -s; fi
  ' on_a_disk "$@"
  grep -qx 'status 125' out || { show_run; fail "a full disk did not end with 125"; }
  grep -qx 'entries: 0' out || { show_run; fail "an incomplete kernel was left in the store"; }
  (($(sed -n 's/^KiB left: //p' out) < 1024)) || { show_run; fail "something was left in the store"; }
  expect_error '^quiz: .*(space|full)'
  no_leftovers
}

on_a_disk_of 40m once
on_a_disk_of 1g again
grep -qx 'it was filled' out || { show_run; fail "the disk was not filled: that tests nothing"; }
grep -qx Linux out || { show_run; fail "with room again, no run"; }
