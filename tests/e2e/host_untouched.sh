# Promise: whatever the guest's root does, the host's files stay as they are, and its /proc stays out of sight.
# timeout: 600
# The destructive commands make sure first that they run in another kernel than the host's.
host=$(cat /proc/sys/kernel/random/boot_id)
guard="test \"\$(cat /proc/sys/kernel/random/boot_id)\" != $host || exit 99; "
expect_output guest "$QUIZ" sh -c "${guard}echo guest"

# An ordinary user cannot read everything there: what it can has to stay.
checksums() {
  { find /etc /usr/include -xdev \( -type f -o -type l \) -printf '%p %m %U %G %s %T@ %l\n' 2>/dev/null || true; } | sort | sha256sum
}
contents() {
  { find /etc -xdev -type f -readable -print0 2>/dev/null || true; } | sort -z | xargs -0 cat | sha256sum
}
export RUN_LIMIT=280 # removing some ten thousand files takes its time in an emulated machine
before="$(checksums) $(contents)"
mkdir precious
echo precious >precious/file
mkdir -p .quiz/user # a layer: then there is a second export to attack

expect_status 0 "$QUIZ" sh -c "$guard"'rm -rf --no-preserve-root /usr/include /etc; test ! -e /etc/passwd && test ! -e /usr/include/stdio.h'
expect_status 0 "$QUIZ" sh -c "$guard"'echo changed >precious/file; rm -r precious; mkdir new; test ! -e precious'
[[ $(cat precious/file) == precious && ! -e new ]] || fail "the guest's writes reached the host"
[[ "$(checksums) $(contents)" == "$before" ]] || fail "/etc or /usr/include of the host changed"

# A guest that means harm: root takes / away and enters what init built it from, where the shares are mounted (a second
# mount of a share the kernel refuses), mounts them writable, and tries whatever changes a file. Prints what worked.
cat >attack <<'END'
import ctypes, glob, os, sys
libc = ctypes.CDLL(None, use_errno=True)
here, pid, hidden = sys.argv[1:]
MNT_DETACH, MS_REMOUNT, ST_RDONLY = 2, 32, 1

mounts = os.open("/proc/self/ns/mnt", os.O_RDONLY)
libc.umount2(b"/", MNT_DETACH)
if libc.setns(mounts, 0) != 0: sys.exit("cannot enter the initial root")

def attempt(what, action):
    try:
        print(what, action() or "")
    except OSError:
        pass

for share in glob.glob("/layers/*") + glob.glob("/top/*/lower"):
    print("share", share)
    libc.mount(None, share.encode(), None, MS_REMOUNT, None)
    if not os.statvfs(share).f_flag & ST_RDONLY: print("writable", share)
    precious = share + here + "/precious"
    attempt("read", lambda: open(precious + "/file").read().strip())
    attempt("CHANGED write", lambda: open(precious + "/file", "w").write("changed"))
    attempt("CHANGED append", lambda: open(precious + "/file", "a").write("changed"))
    attempt("CHANGED truncate", lambda: os.truncate(precious + "/file", 0))
    attempt("CHANGED mode", lambda: os.chmod(precious + "/file", 0o777))
    attempt("CHANGED owner", lambda: os.chown(precious + "/file", 1, 1))
    attempt("CHANGED time", lambda: os.utime(precious + "/file", (1, 1)))
    attempt("CHANGED attribute", lambda: os.setxattr(precious + "/file", "user.x", b"x"))
    attempt("CHANGED name", lambda: os.rename(precious + "/file", precious + "/other"))
    attempt("CHANGED link", lambda: os.link(precious + "/file", precious + "/link"))
    attempt("CHANGED symlink", lambda: os.symlink("/etc", precious + "/symlink"))
    attempt("CHANGED node", lambda: os.mknod(precious + "/node", 0o20666, os.makedev(1, 3)))
    attempt("CHANGED directory", lambda: os.mkdir(precious + "/directory"))
    attempt("CHANGED top", lambda: open(share + "/quiz-e2e-was-here", "w").write("x"))
    attempt("CHANGED removal", lambda: os.remove(precious + "/file"))
    for secret in ("/proc/version", "/proc/%s/environ" % pid, "/proc/self/cmdline", "/sys/kernel/mm/transparent_hugepage/defrag", hidden):
        attempt("FOUND", lambda: open(share + secret, "rb").read(1000) and secret)
END
SECRET=quiz-e2e-secret sleep 300 &
sleeper=$!
hidden=$(mktemp /dev/shm/quiz-e2e.XXXXXX)
trap 'rm -f "$hidden"' EXIT
echo quiz-e2e-secret >"$hidden"
list_precious() { find precious -printf '%p %m %U %G %s %T@ %C@ %l\n' | sort; }
list_precious >precious.before
expect_status 0 "$QUIZ" sh -c "${guard}"'exec /usr/bin/python3 ./attack "$@"' attack "$PWD" "$sleeper" "$hidden"
cat out
grep -qx 'writable /layers/host' out || fail "the attack did not get a share writable: it tests nothing"
grep -qx "writable /layers/second" out || fail "the attack did not get the layers' share writable: it tests nothing"
grep -qx 'read precious' out || fail "the attack did not find the host's files: it tests nothing"
! grep -q '^CHANGED' out || fail "a guest could write to the host"
! grep -q '^FOUND' out || fail "a guest could read the host's /proc, /sys or /dev"
list_precious | cmp - precious.before || fail "the attack reached the host"
kill "$sleeper"
[[ ! -e /quiz-e2e-was-here ]] || { rm -f /quiz-e2e-was-here; fail "a file was made in the host's /"; }
[[ "$(checksums) $(contents)" == "$before" ]] || fail "/etc or /usr/include of the host changed"

# The guest's /proc is the guest's.
expect_status 0 "$QUIZ" sh -c "test ! -e /proc/$$/environ || ! grep -q E2E_ID=$E2E_ID /proc/$$/environ"
no_leftovers
