# Promise: from the second run on quiz goes on from a saved machine, nobody can tell but by the clock, and whatever is wrong
# with the saved one costs time only.
# timeout: 1200
export XDG_CACHE_HOME=$PWD/cache
# A key of our own, which can be spoilt.
mkdir -p data/quiz
ln -s "${XDG_DATA_HOME:-$HOME/.local/share}/quiz/kernels" data/quiz/kernels
export XDG_DATA_HOME=$PWD/data
key=$XDG_DATA_HOME/quiz/image-key
images=$XDG_CACHE_HOME/quiz/warm

image() { find "$images" -mindepth 1 -maxdepth 1 ! -name "*.draft" 2>/dev/null || true; }
image_count() { image | grep -c . || true; }
# started KIND COMMAND…: the run succeeds, says "hello", and was a warm or cold start.
started() {
  local kind=$1
  shift
  expect_output hello "$QUIZ" -v --json record "$@" echo hello
  [[ $(json record start) == "$kind" ]] || { show_run; fail "a start that was not $kind: $*"; }
}
# says REGEX: the last run's -v said so.
says() { grep -qE "$1" err || { show_run; fail "-v does not say: $1"; }; }

# A busy host may spoil an emulated boot's timers, and then quiz rightly saves nothing: until there is an image.
make_image() {
  local i
  for ((i = 0; i < 10; ++i)); do
    expect_output hello "$QUIZ" -v "$@" echo hello
    (($(image_count) == 0)) || return 0
    says 'no image is made'
  done
  fail "no image after ten runs"
}

# --- a first run makes an image, later ones go on from it ------------------------------------------------------------------
started cold --cold
(($(image_count) == 0)) || fail "--cold made an image"
make_image
started warm
started cold --cold
(($(image_count) == 1)) || fail "more than one image: $(image)"
[[ $(find "$images" -name '*.draft') == "" ]] || fail "a draft was left"
used=$(du -sm "$images" | cut -f 1)
((used < 400)) || fail "the image takes $used MB"

# What differs from run to run does not need another one.
started warm --output "$PWD/out put"
(cd /dev/shm && expect_output /dev/shm "$QUIZ" --json "$OLDPWD/record" pwd) >/dev/null
[[ $(json record start) == warm ]] || fail "another directory, another image"
started warm -e A=b --user --timeout 100
(($(image_count) == 1)) || fail "another run made another image"

# --- two runs from one image are two machines ------------------------------------------------------------------------------
# shellcheck disable=SC2016  # for the shell in the guest
ask='read -r up _ </proc/uptime; cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/boot_id; date +%s.%N; sleep 0.1
  read -r later _ </proc/uptime; echo "$up $later"; hostname; nproc; head -c 8 /dev/urandom | od -An -tx1'
: >unique
for i in 1 2 3 4; do
  before=$EPOCHREALTIME
  expect_status 0 "$QUIZ" --json record sh -c "$ask"
  after=$EPOCHREALTIME
  [[ $(json record start) == warm ]] || fail "run $i is not warm"
  { read -r uuid && read -r boot && read -r date && read -r up later && read -r name && read -r cpus && read -r random; } <out
  printf '%s\n' "$uuid" "$boot" "$random" >>unique
  [[ $name == quiz && $cpus == 2 ]] || fail "name $name, $cpus CPUs"
  python3 - "$before" "$date" "$after" "$up" "$later" <<'END' || fail "run $i: the guest's clocks: $date $up $later"
import sys
before, date, after, up, later = map(float, sys.argv[1:])
assert before - 0.5 <= date <= after + 0.5, "date"
assert 0.09 <= later - up <= after - before, "sleep"
END
done
(($(sort -u unique | wc -l) == 12)) || fail "not unique: $(cat unique)"

# --- a program cannot tell a warm machine from a cold one ------------------------------------------------------------------
# How many use the overlay's module differs while init has one forget its names (guest/init/host_changes.cc).
# shellcheck disable=SC2016
look='cat /proc/cmdline /proc/mounts; find /dev | sort; nproc; head -1 /proc/meminfo; env | sort; ulimit -a; id; umask; pwd
  cat /proc/self/status | grep -E "^(Sig|Cap|Groups|Seccomp)"; lsmod | sed -E "s/^(overlay +[0-9]+) +[0-9]+/\1/" | sort; ls -l /proc/self/fd | wc -l; hostname; ip a || true
  for f in /sys/class/*; do echo $f; ls $f; done; cat /sys/devices/system/cpu/online; tty; ls -A /'
expect_status 0 "$QUIZ" --json record sh -c "$look"
[[ $(json record start) == warm ]] || fail "not a warm one"
mv out as_warm
expect_status 0 "$QUIZ" --cold sh -c "$look"
diff as_warm out >difference || { cat difference; fail "a warm machine looks different"; }

# --- whatever is wrong with the image, the run succeeds, says so with -v, and makes a good one -----------------------------
flip() {
  python3 - "$1" <<'END'
import os, sys
with open(sys.argv[1], "r+b") as file:
    file.seek(os.path.getsize(sys.argv[1]) // 2)
    byte = file.read(1)
    file.seek(-1, 1)
    file.write(bytes([byte[0] ^ 1]))
END
}
# damaged REASON COMMAND…
damaged() {
  local reason=$1 inode
  inode=$(stat -c "%i %w" "$(image)/memory")
  shift
  "$@"
  started cold
  says "no warm start from the image .*: $reason"
  make_image
  [[ $(stat -c "%i %w" "$(image)/memory") != "$inode" ]] || fail "the bad image was kept: $reason"
  started warm
}
damaged 'its state is damaged' flip "$(image)/state"
damaged 'its state is damaged' truncate -s 1000 "$(image)/state"
damaged 'its manifest is damaged' flip "$(image)/manifest"
damaged 'its manifest cannot be read' rm "$(image)/manifest"
damaged 'its memory was written to' dd if=/dev/zero of="$(image)/memory" bs=1 count=1 seek=5000000 conv=notrunc status=none
damaged 'its memory was written to' truncate -s 100M "$(image)/memory"
damaged 'its memory cannot be read' rm "$(image)/memory"

# Good checksums of half a state, sealed with the user's own key: QEMU refuses it, and a plain boot follows.
reseal() {
  python3 - "$1" "$key" <<'END'
import hashlib, hmac, json, sys
content = open(sys.argv[1] + "/state", "rb").read()
content = content[: len(content) // 2]
open(sys.argv[1] + "/state", "wb").write(content)
manifest = open(sys.argv[1] + "/manifest").read().split("\n", 1)[1]
fields = json.loads(manifest)
fields["state"] = hashlib.sha256(content).hexdigest()
text = json.dumps(fields)
seal = hmac.new(open(sys.argv[2], "rb").read(), text.encode(), hashlib.sha256).hexdigest()
open(sys.argv[1] + "/manifest", "w").write(seal + "\n" + text)
END
}
reseal "$(image)"
started cold
says 'the saved machine does not go on'
make_image
started warm

# --- nobody but the user makes an image that is resumed --------------------------------------------------------------------
# What a QEMU that was taken over could write: another memory, and a manifest that fits it but for the seal.
forge() {
  python3 - "$1" <<'END'
import hashlib, json, os, sys
memory = sys.argv[1] + "/memory"
with open(memory, "r+b") as file:
    file.seek(5000000)
    file.write(b"the attacker's kernel")
status = os.stat(memory)
def time(ns):
    return "%d.%09d" % divmod(ns, 10**9)
fields = json.loads(open(sys.argv[1] + "/manifest").read().split("\n", 1)[1])
fields["memory"] = f"{status.st_ino} {status.st_size} {time(status.st_mtime_ns)} {time(status.st_ctime_ns)}"
text = json.dumps(fields)
open(sys.argv[1] + "/manifest", "w").write(hashlib.sha256(text.encode()).hexdigest() + "\n" + text)
END
}
damaged 'its manifest is damaged, or not yours' forge "$(image)"
damaged 'the key of the images is open to other users' chmod 644 "$key"
[[ $(stat -c '%a %s' "$key") == '600 32' ]] || fail "the key is $(stat -c '%a %s' "$key")"
if is_root; then
  damaged 'it belongs to another user' chown 65534 "$(image)"
  # As where root has a user's HOME: that user's images are neither resumed nor replaced.
  chown -R 65534 "$images"
  before=$(stat -c '%i %z' "$(image)"/*)
  started cold
  says 'no warm start .*: the directory of the images belongs to another user'
  says 'no image of this machine can be made: .* belongs to another user'
  [[ $(stat -c '%i %z' "$(image)"/*) == "$before" ]] || fail "another user's image was touched"
  chown -R 0 "$images"
  rm -r "$images"
  make_image
fi

# Links where quiz is going to write: to a file of the user's, and to a directory.
mkdir precious
echo precious | tee precious/file precious/memory precious/state precious/manifest >intact
untouched() {
  local file
  for file in precious/*; do cmp -s intact "$file" || fail "$file was written through a link: $(head -c 200 "$file")"; done
  (($(find precious -type f | wc -l) == 4)) || fail "in precious there is only $(find precious)"
}
draft=$(image).draft
rm -r "$(image)"
mkdir -m 700 "$draft"
for part in memory state manifest sparse; do ln -s "$PWD/precious/file" "$draft/$part"; done
make_image
untouched
rm -r "$(image)"
ln -s "$PWD/precious" "$draft"
make_image
started warm
untouched
# The same by a QEMU, while an image is made of its own machine (where it can write there at all).
cat >planter <<'END'
#!/bin/bash
for word; do [[ $word == *mem-path=*share=on* ]] && memory=${word##*mem-path=} && memory=${memory%%,*}; done
[[ -z ${memory:-} ]] || ln -s PRECIOUS/file "${memory%/*}/manifest" 2>/dev/null
exec qemu-system-x86_64 "$@"
END
sed -i "s|PRECIOUS|$PWD/precious|" planter
chmod +x planter
rm -r "$images"
make_image --qemu "$PWD/planter"
untouched
started warm --qemu "$PWD/planter"
rm -r "$images"
make_image

# Another QEMU under the same name.
printf '#!/bin/sh\nexec qemu-system-x86_64 "$@"\n' >another-qemu
chmod +x another-qemu
rm -r "$images"
make_image --qemu "$PWD/another-qemu"
started warm --qemu "$PWD/another-qemu"
cp another-qemu upgraded && mv upgraded another-qemu
expect_output hello "$QUIZ" -v --json record --qemu "$PWD/another-qemu" echo hello
[[ $(json record start) == cold ]] || fail "a warm start with another QEMU"
rm -r "$images"

# A cache without room, or that cannot be written: cold, every time.
if is_root && unshare --mount true 2>/dev/null; then
  mkdir -p small
  # shellcheck disable=SC2016
  expect_output hello unshare --mount bash -c '
    mount -t tmpfs -o size=300M none small
    XDG_CACHE_HOME=$PWD/small exec "$QUIZ" -v echo hello'
  says 'no image of this machine can be made: there is too little space'
fi
# A file system without sparse files, as stat(2) shows one: every file takes on the disk what it is long.
cat >dense.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/stat.h>
static int dense(const char* name, int fd, struct stat* status) {
  int (*real)(int, struct stat*) = (int (*)(int, struct stat*))dlsym(RTLD_NEXT, name);
  int result = real(fd, status);
  if (result == 0) status->st_blocks = (status->st_size + 511) / 512;
  return result;
}
int fstat(int fd, struct stat* status) { return dense("fstat", fd, status); }
int fstat64(int fd, struct stat64* status) { return dense("fstat64", fd, (struct stat*)status); }
END
gcc -shared -fPIC -o dense.so dense.c
LD_PRELOAD=$PWD/dense.so started cold
says 'no image of this machine can be made: .* has no sparse files'
(($(image_count) == 0)) || fail "an image on a file system without sparse files"

mkdir -p "$images" && rmdir "$images" && touch "$images"
started cold
says 'no image of this machine can be made'
rm "$images"

# --- images are made once, and never pulled away from under a machine ------------------------------------------------------
for i in 1 2 3 4; do
  "$QUIZ" -v echo hello >"out.$i" 2>"err.$i" &
done
wait
for i in 1 2 3 4; do [[ $(cat "out.$i") == hello ]] || fail "run $i of four at once: $(cat "err.$i")"; done
if ! grep -q 'no image is made' err.?; then
  (($(image_count) == 1)) || fail "four first runs made $(image_count) images"
  # The other three either waited for it or came when it was there.
  (($(grep -l 'there is none yet' err.? | xargs grep -L 'waiting for the image' | wc -l) <= 1)) || fail "made more than once"
fi
make_image

mkfifo words
"$QUIZ" sh -c 'echo running; read -r line; echo "$line"' <words >out.1 2>err.1 &
running=$!
exec 7>words
wait_until 60 grep -q running out.1
expect_status 0 "$QUIZ" clean --warm
grep -q 'in use and stays' out || fail "clean says: $(cat out)"
(($(image_count) == 1)) || fail "an image in use was removed"
echo 'done' >&7
exec 7>&-
wait "$running" || fail "its machine ended with $?"
[[ $(tail -n 1 out.1) == 'done' ]] || fail "its machine said $(cat out.1)"
expect_status 0 "$QUIZ" clean --warm
grep -q 'removed 1 saved machine' out || fail "clean says: $(cat out)"
(($(image_count) == 0)) || fail "clean left $(image)"

# --- a maker that is killed, whenever it is --------------------------------------------------------------------------------
for pause in 0.1 0.5 1 1.5 2 2.3 2.6 3; do
  "$QUIZ" echo hello >out.1 2>err.1 &
  maker=$!
  sleep "$pause"
  kill -9 "$maker" 2>/dev/null || true
  wait "$maker" || true
  expect_output hello "$QUIZ" -v echo hello
  [[ -z $(find "$images" -name '*.draft') ]] || (($(image_count) == 0)) || fail "a dead draft was left after $pause s"
  rm -rf "$images"
done
no_leftovers

# --- a saved machine that does not come up ---------------------------------------------------------------------------------
cat >stuck <<END
#!/bin/sh
case "\$*" in *-incoming*) [ -e $PWD/come-on ] || exec sleep 1000 ;; esac
exec qemu-system-x86_64 "\$@"
END
chmod +x stuck
touch come-on
make_image --qemu "$PWD/stuck"
rm come-on
RUN_LIMIT=200 expect_output hello "$QUIZ" --qemu "$PWD/stuck" --json record echo hello
expect_error 'did not come up within 30 seconds: once more'
[[ $(json record start) == cold ]] || fail "the image that did not come up was used again"
no_leftovers
