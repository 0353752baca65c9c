# Promise: the same command on other machines: quiz -a ARCH PROGRAM runs it there as it would here, cold and warm; s390x is a
# big-endian one. Needs the packages of ./dev test; kernels and small roots are fetched into the store once.
# timeout: 1500
debian_mirror >/dev/null || skip "this machine's apt names no mirror to fetch kernels of other architectures from"

# on_machine ARCH DEBIAN BOARD CLOCK ORDER PANIC: everything that a run promises. ORDER is what od(1) makes of the bytes 1 and 2,
# PANIC the status of a kernel that panics without a word.
on_machine() {
  local -a other=("$QUIZ" -a "$1")
  local now quiz cpus there
  command -v "qemu-system-$1" >/dev/null || skip "there is no qemu-system-$1"

  # The first run brings what is missing. Debian's and Go's spellings mean the same.
  RUN_LIMIT=600 expect_output "$1" "${other[@]}" uname -m
  expect_output "$1" "$QUIZ" --architecture="$2" uname -m
  QUIZ_ARCHITECTURE=$1 expect_output "$1" "$QUIZ" uname -m
  expect_status 0 "${other[@]}" --cold --json 3 true 3>cold.json
  expect_status 0 "${other[@]}" --json 3 true 3>first.json
  expect_status 0 "${other[@]}" --json 3 true 3>warm.json
  [[ $(json cold.json start) == cold ]] || fail "--cold starts warm"
  [[ "$(json warm.json architecture) $(json warm.json machine) $(json warm.json clocksource)" == "$1 $3 $4" ]] ||
    fail "the record: $(cat warm.json)"
  echo "$1: $(json first.json start) $(json warm.json start)" # a busy machine may save no image

  # Its byte order.
  expect_status 0 "${other[@]}" od -An -tx2 < <(printf '\1\2')
  [[ $(tr -d ' \n' <out) == "$5" ]] || fail "od: $(cat out)"

  # Endings.
  expect_status 3 "${other[@]}" sh -c 'exit 3'
  expect_status 137 "${other[@]}" sh -c 'kill -9 $$'
  expect_status 127 "${other[@]}" no-such-program
  expect_status 126 "${other[@]}" /etc/passwd
  expect_output 'a b|c' "${other[@]}" sh -c 'printf "%s|%s\n" "$@"' sh 'a b' c

  # Streams are kept apart and byte-exact, through a pipe both ways.
  head -c 8000000 /dev/urandom >data
  expect_status 0 "${other[@]}" sh -c 'cat; echo error >&2' <data
  cmp -s data out || fail "stdin and stdout differ: $(wc -c <out) bytes"
  expect_error '^error$'

  # The clock, entropy that differs, CPUs, and the signal that the caller sends.
  now=$(date +%s)
  expect_status 0 "${other[@]}" date +%s
  (($(cat out) - now < 60 && $(cat out) >= now - 1)) || fail "the clock: $(cat out), here $now"
  expect_status 0 "${other[@]}" sh -c 'od -An -N16 -tx1 /dev/urandom'
  mv out first
  expect_status 0 "${other[@]}" sh -c 'od -An -N16 -tx1 /dev/urandom'
  ! cmp -s out first || fail "two runs have the same entropy"
  for cpus in 1 4; do
    expect_output $cpus "${other[@]}" -c $cpus nproc
  done
  "${other[@]}" sh -c 'trap "echo got it; exit 5" TERM; echo ready; while :; do sleep 0.1; done' >signal.out 2>err &
  quiz=$!
  wait_until 60 grep -q ready signal.out
  kill -TERM $quiz
  status=0
  wait $quiz || status=$?
  [[ $status == 5 && $(tail -n1 signal.out) == "got it" ]] || fail "status $status after SIGTERM: $(cat signal.out)"

  # A terminal.
  expect_status 0 "${other[@]}" -t sh -c 'tty <&1'
  grep -q '^/dev/pts/' out || fail "no terminal: $(cat out)"

  # The caller's directory is at its own path, read-only; what goes into $QUIZ_OUTPUT comes back.
  mkdir -p 'a b'
  echo content >'a b/file'
  (
    cd 'a b'
    expect_output "content $PWD" "${other[@]}" sh -c 'echo $(cat file) $PWD'
    expect_status 1 "${other[@]}" sh -c 'echo x >file || exit 1'
  )
  expect_status 0 "${other[@]}" --output results sh -c 'printf "\1\2" >"$QUIZ_OUTPUT/file"'
  [[ $(od -An -tx1 results/file) == ' 01 02' ]] || fail "--output: $(od -An -tx1 results/file)"
  rm -r results

  # Disks, in memory and on files of the host, and the network.
  # shellcheck disable=SC2016
  expect_output '2097152 131072' "${other[@]}" -p memdev:size=64M,blockdev:size=1G sh -c '
    for disk in quizb0 quizm0; do cat /sys/class/block/$(basename $(readlink -f /dev/$disk))/size; done | xargs'
  expect_output written "${other[@]}" -p blockdev sh -c 'echo written >/dev/quizb0; sync; head -c 7 /dev/quizb0; echo'
  expect_status 0 "${other[@]}" -p net sh -c 'ip -4 address show'
  grep -q '10\.0\.2\.15' out || fail "no network: $(cat out)"

  # What goes wrong in it is told as ever.
  expect_status 122 "${other[@]}" sh -c 'echo before; echo c >/proc/sysrq-trigger; sleep 100'
  expect_error 'Kernel panic'
  [[ $(cat out) == before ]] || fail "what the program had printed is lost: $(cat out)"
  expect_status "$6" "${other[@]}" sh -c 'echo 0 >/proc/sys/kernel/printk; echo c >/proc/sysrq-trigger; sleep 100'
  expect_status 123 "${other[@]}" sh -c 'echo b >/proc/sysrq-trigger; sleep 100'
  expect_status 123 "${other[@]}" sh -c 'echo o >/proc/sysrq-trigger; sleep 100'
  expect_status 124 "${other[@]}" --timeout 5 --kmsg="$PWD/kernel.log" sh -c 'while :; do :; done'
  grep -q 'Show State\|task:' kernel.log || fail "the log has no output of SysRq"
  no_leftovers

  # A program of its own, compiled here.
  if command -v "$1-linux-gnu-g++" >/dev/null; then
    echo 'int main() { short one = 1; return *(char*)&one ? 10 : 20; }' >order.cc
    "$1-linux-gnu-g++" -static -o order order.cc
    expect_status "$((${5:0:2} == 1 ? 20 : 10))" "${other[@]}" ./order
  fi

  # What is for another machine is refused, by its name.
  cp "$(readlink -f "$(command -v env)")" program
  expect_refusal "./program is a program for x86_64, not for machines of $1" "${other[@]}" ./program
  expect_error "$1-linux-gnu-gcc .*apt install gcc-$1-linux-gnu"
  expect_refusal "this machine's / .* is for x86_64" "${other[@]}" -r host true
  expect_refusal "KVM cannot be used: $1 is not the architecture" "${other[@]}" --accel kvm true
  expect_refusal "the kernel $here is for x86_64, not for machines of $1" "${other[@]}" -k "$here" true
  there=$("${other[@]}" kernel list --json | python3 -c '
import json, sys
print([k["name"] for k in json.load(sys.stdin) if k["default"]][0])')
  expect_refusal "the kernel ${there/+/.} is for $1, not for machines of x86_64" "$QUIZ" -k "$there" true
  expect_error "quiz -a $1"
  expect_refusal "the root small.$1 is for $1" "$QUIZ" -r "small+$1" true
  expect_refusal 'quiz boot is for x86_64' "${other[@]}" boot "$there"
}

expect_refusal "'s930x' is not one of" "$QUIZ" -a s930x true
expect_error "did you mean 's390x'"
expect_status 0 "$QUIZ" true
here=$("$QUIZ" kernel list --json | python3 -c '
import json, sys
print([k["name"] for k in json.load(sys.stdin) if k["architecture"] == "x86_64"][0])')
on_machine s390x s390 s390-ccw-virtio tod 0102 122

# An image of a s390x is kept only if a machine that goes on from it builds a root; this one has a QEMU that cannot.
cat >sly-qemu <<'END'
#!/bin/sh
case "$*" in *-incoming*) exit 1 ;; esac
exec qemu-system-s390x "$@"
END
chmod +x sly-qemu
expect_status 4 "$QUIZ" -a s390x -v --qemu ./sly-qemu sh -c 'exit 4'
expect_error 'the image is bad: its machine ended'
expect_status 0 "$QUIZ" -a s390x -v --qemu ./sly-qemu true
expect_error 'there is none yet'

on_machine aarch64 arm64 virt arch_sys_counter 0201 123
no_leftovers
