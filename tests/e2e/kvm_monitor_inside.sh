# What kvm_monitor runs inside a machine with emulated KVM, for the kernel $BUILT. No test by itself.
# timeout: 1400
RUN_LIMIT=300
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
no_process() { ! pgrep -x "$1" >/dev/null; }
own=("$QUIZ" --on=kvm -k "$BUILT" -m 512M -c 1)
step "the tiny guests"
GUEST_MONITOR=kvm run "$GUESTS/guest_test"
[[ $status == 0 ]] || { grep -vE '^\[ +(OK|RUN) ' out; fail "the tiny guests: status $status"; }
step "a run"
expect_output "$BUILT" "${own[@]}" --json record uname -r
[[ $(json record start) == cold ]] || fail "it did not boot"
expect_output kvm-clock "${own[@]}" cat /sys/devices/system/clocksource/clocksource0/current_clocksource
step "streams, files"
head -c 4M /dev/urandom >data
run "${own[@]}" cat <data
{ [[ $status == 0 ]] && cmp out data; } || fail "streams: status $status"
expect_output "$(md5sum <data)" "${own[@]}" sh -c 'md5sum <data'
[[ $(cd /usr/include/linux && find . | sort | md5sum) == "$(cd /usr/include/linux && "${own[@]}" sh -c 'find . | sort | md5sum')" ]] || fail "a directory"
# What the guest writes stays there.
expect_output there "${own[@]}" sh -c 'echo there >new && rm data && cat new'
[[ ! -e new && -e data ]] || fail "something was written here"
step "endings"
expect_status 42 "${own[@]}" sh -c 'exit 42'
expect_status 122 "${own[@]}" sh -c 'echo c >/proc/sysrq-trigger'
expect_error 'sysrq triggered crash'
expect_status 121 "${own[@]}" insmod "$OOPS"
expect_status 124 "${own[@]}" --timeout 2 sleep 1000
expect_error 'did not end within 2 s'
"${own[@]}" sh -c 'echo started; sleep 1000' >started 2>err &
wait_until 100 grep -q started started
kill -9 $!
wait $! || true
wait_until 5 no_process quiz-monitor
wait_until 5 no_process quiz-files
step "disks and CPUs"
expect_output 2 "${own[@]}" -c 2 nproc
# shellcheck disable=SC2016 # the guest's words
expect_output same "${own[@]}" -p blockdev:count=3:size=8M sh -c 'head -c 8M data >/dev/quizb1 2>/dev/null; sync
  for i in 0 2; do cp /dev/zero /dev/quizb$i 2>/dev/null; done; [ "$(head -c 4M /dev/quizb1 | md5sum)" = "$(md5sum <data)" ] && echo same'
step "what it has not"
expect_refusal 'shares directories for reading only' "${own[@]}" -w . true
expect_refusal 'has no network' "${own[@]}" -p net true
expect_refusal 'no command for it' "${own[@]}" --dry-run true
expect_refusal 'has no q35' "$QUIZ" --on=kvm boot --machine q35 "$GUESTS/pvh"
mv /dev/kvm /dev/not-kvm
run "${own[@]}" true
mv /dev/not-kvm /dev/kvm
[[ $status == 125 ]] || { show_run; fail "no device: status $status"; }
expect_error '/dev/kvm does not open: No such file'
step end
no_leftovers
