# shellcheck shell=bash
# -p: devices, files and hooks of a run, and what is refused. Everything a profile made is gone afterwards.
# timeout: 900

# --- devices under their names
expect_status 0 "$QUIZ" -p memdev:size=32M,blockdev:size=64M sh -c 'PATH=$PATH:/sbin:/usr/sbin
  for device in quizm0 quizm1 quizb0 quizb1; do
    echo "$device $(blockdev --getsize64 "/dev/$device")"
  done
  lsblk -dno NAME,SIZE,SERIAL'
[[ $(tr -s ' ' <out) == "quizm0 33554432
quizm1 33554432
quizb0 67108864
quizb1 67108864
quizm0 32M 
quizm1 32M 
vda 64M quizb0
vdb 64M quizb1" ]] || { show_run; fail "other devices"; }

# Each of them holds a file system.
expect_status 0 "$QUIZ" -p memdev:count=1:size=32M,blockdev:count=1:size=64M sh -c 'PATH=$PATH:/sbin:/usr/sbin
  set -e
  for device in quizm0 quizb0; do
    mkfs.ext4 -q "/dev/$device"
    mount "/dev/$device" /mnt
    echo "on $device" >/mnt/file
    umount /mnt
    mount "/dev/$device" /mnt
    cat /mnt/file
    umount /mnt
  done'
[[ $(cat out) == $'on quizm0\non quizb0' ]] || { show_run; fail "the file systems"; }

for backend in brd loop zram; do
  expect_output 16777216 "$QUIZ" -p "memdev:count=1:size=16M:backend=$backend" sh -c 'PATH=$PATH:/sbin:/usr/sbin
    blockdev --getsize64 /dev/quizm0'
done
# Partitions bear their device's name.
for profile in memdev:sector=4096 blockdev memdev:backend=loop; do
  expect_output 8388608 "$QUIZ" -p "$profile:count=1:size=16M" sh -c 'PATH=$PATH:/sbin:/usr/sbin
    disk=$(ls /dev/quiz*)
    printf "label: gpt\nsize=8M\n" | sfdisk -q "$disk"
    for i in $(seq 100); do [ -e "${disk}p1" ] && break; sleep 0.1; done
    blockdev --getsize64 "${disk}p1"'
done
expect_output 4096 "$QUIZ" -p blockdev:count=1:sector=4096:size=16M sh -c 'PATH=$PATH:/sbin:/usr/sbin
  blockdev --getss /dev/quizb0'

# More of them than a PCI bus has slots.
expect_output "40 quizb39" "$QUIZ" -p blockdev:count=40:size=16M sh -c '
  set -- /dev/quizb*
  echo $# "$(cat "/sys/class/block/$(basename "$(readlink -f /dev/quizb39)")/serial")"'

# Read-only is enforced outside the guest.
expect_status 0 "$QUIZ" -p blockdev:count=1:readonly:size=16M sh -c 'dd if=/dev/zero of=/dev/quizb0 bs=4k count=1 2>&1; true'
grep -q 'not permitted\|Read-only' out || { show_run; fail "a read-only disk was written"; }

# A machine that cannot be saved (its clock is no good) was booted with empty disks to be saved: the run has the real ones.
expect_output written "$QUIZ" --cmdline 'tsc=unstable clocksource=jiffies' -p blockdev:count=1:size=16M sh -c '
  echo written | dd of=/dev/quizb0 bs=512 conv=sync oflag=direct 2>/dev/null
  dd if=/dev/quizb0 bs=512 count=1 iflag=direct 2>/dev/null | tr -d "\0 "'

# --- kept disks: partitions are there again, under stable names, and what was written even if nobody unmounts
kept=e2e-$$
expect_status 0 "$QUIZ" -p "blockdev:count=1:size=64M:persist=$kept" sh -c 'PATH=$PATH:/sbin:/usr/sbin
  printf "label: gpt\nsize=8M\nsize=4M\n" | sfdisk -q /dev/quizb0
  for i in $(seq 100); do [ -e /dev/quizb0p2 ] && break; sleep 0.1; done
  mkfs.ext4 -q /dev/quizb0p1 && mount /dev/quizb0p1 /mnt && echo kept >/mnt/file'
expect_status 0 "$QUIZ" -p "blockdev:count=1:persist=$kept" sh -c '[ -b /dev/quizb0p2 ] && mount /dev/quizb0p1 /mnt && cat /mnt/file'
[[ $(cat out) == kept ]] || { show_run; fail "what was kept"; }
expect_refusal "has 64 MiB, not 128 MiB" "$QUIZ" -p "blockdev:size=128M:persist=$kept" true
expect_refusal "sectors of 512 bytes, not 4096" "$QUIZ" -p "blockdev:sector=4096:persist=$kept" true
expect_status 0 "$QUIZ" disk list
grep -q "^$kept .*quizb0 (64 MiB)" out || { show_run; fail "disk list does not show it"; }
# Two runs do not write to the same disk.
mkfifo hold
"$QUIZ" -p "blockdev:count=1:persist=$kept" sh -c 'echo up; read -r line' <hold >up &
exec 7>hold
wait_until 60 grep -q up up
expect_status 125 "$QUIZ" -p "blockdev:persist=$kept" true
expect_error "in use by another run"
expect_status 125 "$QUIZ" disk remove "$kept"
expect_error "in use by a run"
exec 7>&-
wait
expect_status 0 "$QUIZ" disk remove "$kept"
expect_refusal "there are no kept disks" "$QUIZ" disk remove "$kept"

# --- the device mapper: errors exactly where they were asked for
expect_status 0 "$QUIZ" -p dm:error=2048+8,blockdev:count=1 sh -c '
  for sector in 0 2047 2048 2051 2055 2056 2097151; do
    dd if=/dev/quizd0 of=/dev/null bs=512 skip=$sector count=1 iflag=direct 2>/dev/null && echo "$sector good" || echo "$sector bad"
  done'
[[ $(tr '\n' ' ' <out) == "0 good 2047 good 2048 bad 2051 bad 2055 bad 2056 good 2097151 good " ]] ||
  { show_run; fail "errors in other places"; }
# A target that the kernel does not have (dust fails until it is written; Debian's kernel is built without it).
expect_refusal "needs the module dm-dust" "$QUIZ" -p dm:dust=100+2:on=quizm0,memdev:size=16M true
expect_error "-E DM_DUST"
# Flakey works and fails in turns: within its period both are seen.
expect_status 0 "$QUIZ" -p dm:flakey=2/2:on=quizm0,memdev:size=16M sh -c '
  good=0 bad=0
  for i in $(seq 200); do
    if dd if=/dev/quizd0 of=/dev/null bs=512 count=1 iflag=direct 2>/dev/null; then good=1; else bad=1; fi
    [ $good$bad = 11 ] && break
    sleep 0.05
  done
  echo $good$bad'
[[ $(cat out) == 11 ]] || { show_run; fail "flakey"; }
# A delay: eight reads at 100 ms each take 0.8 s by the guest's clock (a tick less each); without it they do not.
slowness='read a b </proc/uptime
  dd if=/dev/quizd0 of=/dev/null bs=512 count=8 iflag=direct 2>/dev/null
  read c d </proc/uptime; echo "$a $c" | awk "{ print (\$2 - \$1 >= 0.77) }"'
expect_output 1 "$QUIZ" -p dm:delay=100:on=quizm0,memdev:size=16M sh -c "$slowness"
# Stacks on stacks, out of a file; what is behind crypt is not what was written.
cat >stack.toml <<'X'
[[device]]
name = "quizd0"
on = "quizm0"
error = "64+8"

[[device]]
name = "quizd1"
table = ["0 64 linear quizd0 0", "64 64 linear quizm0 64"]

[[device]]
name = "quizd2"
on = "quizd1"
crypt = true
X
expect_status 0 "$QUIZ" -p dm:stack=stack.toml,memdev:size=16M sh -c '
  set -e
  echo secret | dd of=/dev/quizd2 conv=sync oflag=direct bs=512 count=1 2>/dev/null
  dd if=/dev/quizd2 bs=512 count=1 iflag=direct 2>/dev/null | grep -c secret
  dd if=/dev/quizm0 bs=512 count=1 iflag=direct 2>/dev/null | grep -c secret || true'
[[ $(tr '\n' ' ' <out) == "1 0 " ]] || { show_run; fail "the stack"; }

# --- the network: out of the guest's port, into the host's
port=$((20000 + RANDOM % 12000)) # below those that connections get
"$QUIZ" -p "net:forward=$port-80" python3 -c '
import socket
server = socket.create_server(("", 80))
print("listening", flush=True)
connection, _ = server.accept()
connection.sendall(b"hello from the guest\n")
connection.close()' >listening &
wait_until 120 grep -q listening listening
[[ $(timeout 20 python3 -c "
import socket
print(socket.create_connection(('127.0.0.1', $port)).makefile().readline(), end='')") == "hello from the guest" ]] || fail "no answer from the guest"
wait

# A port that is taken is told at once.
python3 -c '
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("held", flush=True)
time.sleep(600)' "$port" >held &
holder=$!
wait_until 20 grep -q held held
expect_refusal "could not be started: .*forward" "$QUIZ" -p "net:forward=$port-80" true
kill "$holder"

# --- traces come out in the output directory
expect_status 0 "$QUIZ" --output traced -p trace:events=sched/sched_process_exec sh -c '/bin/true'
grep -q 'sched_process_exec: filename=/bin/true' traced/trace || { head traced/trace >&2; fail "no event of the program"; }
expect_refusal "output directory" "$QUIZ" -p trace true
expect_refusal "there is no event nonsense" "$QUIZ" --output traced2 -p trace:events=nonsense true

# --- udev, when it is asked for
expect_status 0 "$QUIZ" -p udev,blockdev:count=1 sh -c 'pidof systemd-udevd >/dev/null && ls /dev/disk/by-id/ && lsblk -dno SERIAL /dev/vda'
if ! grep -q 'virtio-quizb0' out || ! grep -qx 'quizb0' out; then
  show_run
  fail "udev made no link"
fi

# --- a profile of one's own, with everything that it may have
mine=project/.quiz/profiles/mine
mkdir -p "$mine/files/etc"
cat >"$mine/profile.toml" <<'X'
description = "a test"
[needs]
profiles = ["memdev:count=1:size=16M"]
[options.word]
default = "plain"
help = "what is said"
[environment]
MINE = "[{word}]"
X
echo 'a file' >"$mine/files/etc/mine.conf"
cat >"$mine/host" <<'X'
#!/bin/sh
echo "host $QUIZ_OPTION_WORD $QUIZ_KERNEL_RELEASE" >>"$QUIZ_PROJECT/log"
mkdir -p "$QUIZ_FILES/etc"
echo "made by the host" >"$QUIZ_FILES/etc/made"
X
cat >"$mine/host-after" <<'X'
#!/bin/sh
echo after >>"$QUIZ_PROJECT/log"
X
cat >"$mine/guest" <<'X'
#!/bin/sh
echo "guest $QUIZ_OPTION_WORD $(cat /etc/made)" >/run/mine
echo 512 >/proc/sys/fs/nr_open
[ "$QUIZ_OPTION_WORD" != fail ] || { echo "this went wrong"; exit 3; }
X
chmod +x "$mine"/{host,host-after,guest}
cd project
# A hook of a project runs on the host only when its owner agreed.
expect_refusal "you have not agreed" "$QUIZ" -p mine true
[[ ! -e log ]] || fail "the hook ran unasked"
expect_status 0 "$QUIZ" trust
grep -q "^agreed .*/profiles/mine$" out || { show_run; fail "trust does not show the profile"; }
# The limit of open files is the caller's, or what the guest's kernel allows.
expect_status 0 "$QUIZ" -p mine:word=loud sh -c 'cat /run/mine /etc/mine.conf; echo "$MINE"; ls /dev/quizm0; ulimit -Hn'
[[ $(cat out) == $'guest loud made by the host\na file\n[loud]\n/dev/quizm0\n512' ]] || { show_run; fail "the profile"; }
[[ $(cat log) == "host loud "*$'\nafter' ]] || fail "the log of the hooks: $(cat log)"
# What was agreed to is what runs after the program, too, whatever becomes of the project meanwhile.
rm log
mkfifo hold
"$QUIZ" -p mine sh -c 'echo up; read -r line' <hold >up &
exec 7>hold
wait_until 120 grep -q up up
cp -a .quiz/profiles/mine/host-after kept-after
printf '#!/bin/sh\necho evil >>"$QUIZ_PROJECT/log"\n' >.quiz/profiles/mine/host-after
exec 7>&-
wait
[[ $(tail -n 1 log) == after ]] || fail "another hook ran than was agreed to: $(cat log)"
mv kept-after .quiz/profiles/mine/host-after
rm hold up
# A hook in the guest that fails ends the run, with its words.
expect_refusal "the guest hook of the profile mine exited with status 3" "$QUIZ" -p mine:word=fail true
grep -q "this went wrong" err || fail "its words are missing"
# What lies beside a hook counts as well.
echo 'true' >.quiz/profiles/mine/lib.sh
expect_refusal "you have not agreed" "$QUIZ" -p mine true
rm .quiz/profiles/mine/lib.sh
# A project cannot give its runs a network, or one's kept disks, unasked.
printf 'profile = ["net"]\n' >.quiz.toml
expect_refusal "would give the machine a network .*you have not agreed" "$QUIZ" true
printf 'profile = ["blockdev:persist=mine"]\n' >.quiz.toml
expect_refusal "the disks that you keep as 'mine'" "$QUIZ" true
rm .quiz.toml
# One on the host that fails undoes what was before it.
sed -i '$a exit 4' .quiz/profiles/mine/host
expect_refusal "you have not agreed" "$QUIZ" -p mine true
expect_status 0 "$QUIZ" trust
rm log
expect_refusal "the host hook of the profile mine exited with status 4" "$QUIZ" -p mine true
[[ $(tail -n 1 log) == after ]] || fail "what the hook did was not undone: $(cat log)"
expect_status 0 "$QUIZ" trust --remove
expect_refusal "you have not agreed" "$QUIZ" -p mine true
# A guest that ends its machine in a hook is noticed at once, and what the host did is undone.
sed -i '$d' .quiz/profiles/mine/host
printf '#!/bin/sh\necho o >/proc/sysrq-trigger; sleep 1000\n' >.quiz/profiles/mine/guest
expect_status 0 "$QUIZ" trust
rm -f log
expect_status 123 "$QUIZ" -p mine true
expect_error 'the machine ended before the program did'
[[ $(tail -n 1 log) == after ]] || fail "what the hook did was not undone: $(cat log)"
# A program that is nowhere is told with its package before anything is started.
cp .quiz/profiles/mine/profile.toml profile.toml
sed -i '/^profiles/a programs = ["no-such-program"]\npackages = ["its-package"]' .quiz/profiles/mine/profile.toml
expect_status 0 "$QUIZ" trust
expect_refusal "needs the program no-such-program, which is not there" "$QUIZ" -p mine true
expect_error 'apt install its-package'
mkdir -p .quiz/user/usr/local/bin
printf '#!/bin/sh\nexit 7\n' >.quiz/user/usr/local/bin/no-such-program
chmod +x .quiz/user/usr/local/bin/no-such-program
printf '#!/bin/sh\n' >.quiz/profiles/mine/guest
expect_status 0 "$QUIZ" trust
expect_status 7 "$QUIZ" -p mine no-such-program
rm -r .quiz/user
cp profile.toml .quiz/profiles/mine/
# Mistakes are told with their place.
sed -i '1i colour = "red"' .quiz/profiles/mine/profile.toml
expect_refusal "profile.toml:1:1: 'colour' means nothing" "$QUIZ" -p mine true
cd ..

# --- bad input
expect_refusal "there is no profile 'memdv'" "$QUIZ" -p memdv true
expect_error "did you mean 'memdev'"
expect_refusal "has no option 'cnt'" "$QUIZ" -p memdev:cnt=2 true
expect_refusal "less than 1" "$QUIZ" -p memdev:count=0 true
expect_refusal "needs the module dm-nonsense" "$QUIZ" -p 'dm:table=0 8 nonsense,blockdev' true
expect_refusal "the kernel refuses its table" "$QUIZ" -p 'dm:table=0 8 linear quizb0 99999999999,blockdev' true
expect_refusal "cannot make a file of|is not a number up to" "$QUIZ" -p blockdev:size=1048576T true

# --- nothing is left
no_leftovers
! grep -l quiz /sys/block/loop*/loop/backing_file 2>/dev/null || fail "a loop device is left"
