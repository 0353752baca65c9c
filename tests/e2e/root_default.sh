# Promise: `quiz root build debian` makes the root with all tools; it stays in the store, so that only the first run of this
# test takes long.
# timeout: 2700
# The root that other tests run in is made of all packages, once.
export RUN_LIMIT=2400
if ! "$QUIZ" root path debian >/dev/null 2>&1; then
  expect_status 0 "$QUIZ" root build debian
  cat out
fi
image=$("$QUIZ" root path debian)
[[ -f $image ]] || fail "no image"
for package in tini udev fio gdb bpftrace strace blktrace gdisk dmsetup cryptsetup-bin parted mdadm e2fsprogs xfsprogs ksh bc attr \
  acl sysstat python3-minimal kmod procps less tmux; do
  grep -q "^$package " "$("$QUIZ" root path debian packages)" || fail "the root lacks $package"
done
expect_status 0 "$QUIZ" root list
grep -q '^debian ' out || fail "the list lacks debian"
expect_status 0 "$QUIZ" root show --json debian
[[ $(json out image) == "$image" ]] || fail "show --json names another image"
no_leftovers
