# Promise: a disk that fills up while a root is built gives 125 and a sentence; the roots that are there stay as they were.
# timeout: 600
if ! is_root; then skip "mounting a small tmpfs takes root"; fi
if ! unshare --mount true 2>/dev/null; then skip "no mount namespaces"; fi
mkdir disk

# on_a_disk_of INODES: a disk with room for bytes but not for files, in a mount namespace of its own. It is full while
# packages are fetched, or later while they are unpacked.
on_a_disk_of() {
  RUN_LIMIT=290 expect_status 0 unshare --mount bash -euo pipefail -c '
    mount -t tmpfs -o size=4g,nr_inodes="$1" none disk
    export XDG_DATA_HOME=$PWD/disk
    mkdir -p disk/quiz/roots/debian
    echo image >disk/quiz/roots/debian/root.erofs
    echo "{\"origin\": \"Debian\", \"architecture\": \"x86_64\", \"file_system\": \"erofs\", \"image\": \"root.erofs\",
      \"packages\": \"p\", \"contents\": \"c\", \"package_count\": 1, \"requested\": [], \"added\": \"then\", \"size\": 1}" \
      >disk/quiz/roots/debian/root.json
    before=$(cd disk && find . ! -name .lock -type f -exec sha256sum {} + | sort)
    status=0
    "$QUIZ" root build --set base >&2 || status=$?
    echo "status $status"
    [[ $before == "$(cd disk && find . ! -name .lock -type f -exec sha256sum {} + | sort)" ]] && echo same
    "$QUIZ" root path debian
    find disk/quiz/roots -mindepth 1 -maxdepth 1 -name ".tmp*"
    ! grep -F "$PWD/disk/" /proc/self/mounts
  ' on_a_disk "$@"
  [[ $(cat out) == "status 125
same
$PWD/disk/quiz/roots/debian/root.erofs" ]] || { show_run; fail "on a disk for $1 files"; }
  expect_error '^quiz: mmdebstrap .*'
  expect_error 'the disk is full: make room'
  no_leftovers
}

on_a_disk_of 60
on_a_disk_of 1500
