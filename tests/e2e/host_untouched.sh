# Promise: whatever the guest's root does, the host's files stay as they are, and its /proc stays out of sight.
# timeout: 600
# The destructive commands make sure first that they run in another kernel than the host's.
host=$(cat /proc/sys/kernel/random/boot_id)
guard="test \"\$(cat /proc/sys/kernel/random/boot_id)\" != $host || exit 99; "
expect_output guest "$QUIZ" sh -c "${guard}echo guest"

checksums() { find /etc /usr/include -xdev \( -type f -o -type l \) -printf '%p %m %U %G %s %T@ %l\n' 2>/dev/null | sort | sha256sum; }
contents() { find /etc -xdev -type f -print0 2>/dev/null | sort -z | xargs -0 cat 2>/dev/null | sha256sum; }
export RUN_LIMIT=280 # removing some ten thousand files takes its time in an emulated machine
before="$(checksums) $(contents)"
mkdir precious
echo precious >precious/file

expect_status 0 "$QUIZ" sh -c "$guard"'rm -rf --no-preserve-root /usr/include /etc; test ! -e /etc/passwd && test ! -e /usr/include/stdio.h'
expect_status 0 "$QUIZ" sh -c "$guard"'echo changed >precious/file; rm -r precious; mkdir new; test ! -e precious'
[[ $(cat precious/file) == precious && ! -e new ]] || fail "the guest's writes reached the host"
[[ "$(checksums) $(contents)" == "$before" ]] || fail "/etc or /usr/include of the host changed"

# The base, mounted anew by a guest that means harm: every share, writable, by every way a guest's root has.
# Prints "reached" for each write that seemed to work, and the secret if it finds it.
cat >attack <<'END'
for tag in $(cat /sys/bus/virtio/drivers/9pnet_virtio/*/mount_tag | tr '\0' '\n'); do
  mkdir -p "/mnt/$tag"
  mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,rw "$tag" "/mnt/$tag" || continue
  mount -o remount,rw "/mnt/$tag"
  echo "share $tag"
  echo changed >"/mnt/$tag$1/precious/file" && echo "written: $tag"
  rm -f "/mnt/$tag$1/precious/file" && test ! -e "/mnt/$tag$1/precious/file" && echo "removed: $tag"
  chmod 777 "/mnt/$tag$1/precious" && echo "chmod: $tag"
  touch "/mnt/$tag/quiz-e2e-was-here" && echo "made: $tag"
  ln -s /etc "/mnt/$tag$1/link" && echo "linked: $tag"
  mknod "/mnt/$tag$1/node" c 1 3 && echo "node: $tag"
  cat "/mnt/$tag/proc/$2/environ" 2>/dev/null | tr '\0' '\n' | grep SECRET=
  cat "/mnt/$tag/proc/version" && echo "proc read: $tag"
  head -c 1 "/mnt/$tag/sys/kernel/mm/transparent_hugepage/enabled" && echo "sys read: $tag"
done 2>/dev/null
# What is already mounted, remounted.
while read -r _ where type _; do
  [ "$type" = 9p ] && mount -o remount,rw "$where" && touch "$where/quiz-e2e-was-here" && echo "remounted and written: $where"
done </proc/mounts 2>/dev/null
exit 0
END
SECRET=quiz-e2e-secret sleep 300 &
sleeper=$!
expect_status 0 "$QUIZ" sh ./attack "$PWD" "$sleeper"
cat out
grep -q '^share ' out || fail "the attack found no share: it tests nothing"
! grep -qE '^(written|removed|chmod|made|linked|node|remounted and written):' out || fail "a guest could write to the host"
! grep -qE 'SECRET=|^(proc|sys) read' out || fail "a guest could read the host's /proc or /sys"
kill "$sleeper"
[[ ! -e /quiz-e2e-was-here ]] || { rm -f /quiz-e2e-was-here; fail "a file was made in the host's /"; }
[[ $(cat precious/file) == precious && ! -e link && ! -e node ]] || fail "the attack reached the host"
[[ "$(checksums) $(contents)" == "$before" ]] || fail "/etc or /usr/include of the host changed"

# The guest's /proc is the guest's.
expect_status 0 "$QUIZ" sh -c "test ! -e /proc/$$/environ || ! grep -q E2E_ID=$E2E_ID /proc/$$/environ"
no_leftovers
