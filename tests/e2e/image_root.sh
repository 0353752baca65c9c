# Promise: with -r a program runs in another root: an image, a root of the store, a directory; the caller's directory is there.
# needs: root
# timeout: 900
expect_output "$(cut -d. -f1 /etc/debian_version 2>/dev/null || echo 12)" "$QUIZ" -r debian sh -c 'cut -d. -f1 /etc/debian_version'
expect_output quiz "$QUIZ" -r debian hostname
# Cold and warm are the same to the program.
expect_status 0 "$QUIZ" -r debian --cold --json 3 true 3>cold.json
expect_status 0 "$QUIZ" -r debian --json 3 true 3>first.json
expect_status 0 "$QUIZ" -r debian --json 3 true 3>warm.json
[[ $(json cold.json start) == cold ]] || fail "--cold starts warm"
echo "$(json first.json start) $(json warm.json start)" # a busy machine may save no image

# The caller's directory, at its own path and read-only; what the root itself has stays the root's.
mkdir 'a b'
cd 'a b'
echo content >file
expect_output "content $PWD" "$QUIZ" -r debian sh -c 'echo $(cat file) $PWD'
expect_status 1 "$QUIZ" -r debian sh -c 'echo x >file || exit 1'
expect_error 'read-only'
[[ $(cat file) == content ]] || fail "a guest wrote to the host"
expect_output 'written' "$QUIZ" -r debian sh -c 'echo written >/root/x; cat /root/x'
expect_output same "$QUIZ" -r debian -C /usr sh -c 'test -x bin/tini && echo same'
expect_output root "$QUIZ" -r debian -C / sh -c 'test -x /usr/bin/tini && echo root'
cd ..
if [[ -w /dev/shm ]]; then
  hidden=$(mktemp -d /dev/shm/quiz-e2e.XXXXXX)
  echo content >"$hidden/file"
  (
    cd "$hidden"
    expect_output 'content changed' "$QUIZ" -r debian sh -c 'read -r word <file; echo changed >file; echo $word $(cat file)'
  ) || { rm -r "$hidden"; exit 1; }
  [[ $(cat "$hidden/file") == content ]] || fail "a guest wrote to the host"
  rm -r "$hidden"
fi
expect_status 0 "$QUIZ" -r debian --output results sh -c 'echo new >"$QUIZ_OUTPUT/file"'
[[ $(cat results/file) == new ]] || fail "--output with another root"

# Layers lie over it, and `quiz layers` looks into it.
mkdir -p .quiz/user/etc .quiz/system/usr/bin
echo shadow >.quiz/user/etc/debian_version
printf '#!/bin/sh\necho system\n' >.quiz/system/usr/bin/quiz-e2e
chmod +x .quiz/system/usr/bin/quiz-e2e
expect_output 'shadow system' "$QUIZ" -r debian sh -c 'echo $(cat /etc/debian_version) $(quiz-e2e)'
expect_status 0 "$QUIZ" -r debian layers /usr/bin/tini /bin/sh /etc/debian_version
grep -q '^/bin/sh is /usr/bin/sh$' out || fail "$(cat out)"
grep -A2 '^/etc/debian_version' out | tr '\n' ' ' | grep -q 'user .*in the image (hidden)' || fail "$(cat out)"
expect_status 1 "$QUIZ" -r debian layers /usr/bin/no-such-program
rm -r .quiz

# What a profile needs is looked for in this root, not on the host.
mkdir -p .quiz/profiles/needy
cat >.quiz/profiles/needy/profile.toml <<'END'
description = "needs a program"
[needs]
programs = ["tini"]
packages = ["tini"]
END
expect_status 0 "$QUIZ" -r debian -p needy true
sed -i '/^programs/s/"tini"/"no-such-program"/' .quiz/profiles/needy/profile.toml
expect_refusal 'needs the program no-such-program, which is not in the root debian' "$QUIZ" -r debian -p needy true
expect_error 'quiz root build debian.* --package tini'
rm -r .quiz

# Every tool does its work.
cat >tools <<'END'
fail() { echo "FAILED: $*"; sed 's/^/  /' /tmp/log | tail -n 5; failed=1; }
check() { timeout 60 "$@" >/tmp/log 2>&1 </dev/null || fail "$? of $*"; }
check perf stat -e task-clock true
check bpftrace -e 'BEGIN { exit(); }'
check fio --name=x --filename=/tmp/fio --size=8M --rw=randwrite --bs=4k --time_based --runtime=1
check gdb -batch -ex run /bin/true
check strace -c true
check modprobe brd
if test -e /sys/block/quizm0/trace; then check blktrace -w 1 -d /dev/quizm0 -D /tmp; else echo "no blktrace: the kernel has no BLK_DEV_IO_TRACE"; fi
check sgdisk -n 1:0:0 /dev/quizm0
check modprobe dm_mod
check sh -c 'echo "0 1024 linear /dev/quizm1 2048" | dmsetup create --noudevsync linear'
check dmsetup remove --noudevsync linear
check sh -c 'echo secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file=- /dev/quizm1'
check sh -c 'echo secret | DM_DISABLE_UDEV=1 cryptsetup open --key-file=- /dev/quizm1 e2e'
check env DM_DISABLE_UDEV=1 cryptsetup close e2e
check ksh -c 'echo "${.sh.version}"' # its --version prints that and exits with 2
check tini --version
check udevadm info /dev/quizm0
exit ${failed:-0}
END
if [[ -z ${E2E_SHORT:-} ]]; then
  RUN_LIMIT=600 expect_status 0 "$QUIZ" -r debian -p memdev:size=64M sh ./tools
  cat out
fi

# A directory, and an image of one, hold just enough for a shell.
mkdir -p small/usr/bin small/bin
ldd /bin/sh /bin/cat | grep -o '/[^ ]*' | grep -v : | sort -u | while read -r library; do
  mkdir -p "small$(dirname "$library")"
  cp "$library" "small$library"
done
cp "$(readlink -f /bin/sh)" small/bin/sh
cp /bin/cat small/bin/cat
echo mine >small/who
expect_output mine "$QUIZ" -r ./small -C / sh -c 'cat /who'
expect_output "mine content" "$QUIZ" -r ./small sh -c 'echo $(cat /who) $(cat "a b/file")'
expect_output / "$QUIZ" -r / -C / pwd
mke2fs -q -t ext4 -d small small.ext4 32M
expect_output mine "$QUIZ" -r ./small.ext4 -C / sh -c 'cat /who'
[[ $(sha256sum <small.ext4) == "$(sha256sum <small.ext4)" ]] || fail "the image changed"

expect_refusal "no root 'debain'" "$QUIZ" -r debain true
expect_error 'did you mean debian'
expect_refusal 'no root at ./nosuch' "$QUIZ" -r ./nosuch true
expect_refusal 'no image of a file system' "$QUIZ" -r ./tools true
mkdir nothing
expect_refusal 'neither usr nor bin' "$QUIZ" -r ./nothing true
expect_status 127 "$QUIZ" -r debian no-such-program
no_leftovers
