# Promise: a disk that fills up while a kernel is fetched gives 125 and a sentence; nothing half-written is ever used.
# timeout: 400
if ! is_root; then skip "mounting a small tmpfs takes root"; fi
if ! unshare --mount true 2>/dev/null; then skip "no mount namespaces"; fi
mkdir store
# In a mount namespace of its own, so that the mount vanishes with the shell.
RUN_LIMIT=390 expect_status 0 unshare --mount bash -euo pipefail -c '
  mount -t tmpfs -o size=40m none store
  export XDG_DATA_HOME=$PWD/store
  status=0
  "$QUIZ" true >first.out 2>first.err || status=$?
  cat first.err >&2
  echo "status $status"
  "$QUIZ" kernel list
  echo "entries: $(find store/quiz/kernels -mindepth 1 -maxdepth 1 ! -name ".*" 2>/dev/null | wc -l)"
  echo "bytes left: $(du -sk store | cut -f1)"
'
grep -qx 'status 125' out || { show_run; fail "a full disk did not end with 125"; }
grep -qx 'entries: 0' out || { show_run; fail "an incomplete kernel was left in the store"; }
left=$(sed -n 's/^bytes left: //p' out)
((left < 1024)) || { show_run; fail "$left KiB were left in the store"; }
expect_error 'space|full'
no_leftovers
