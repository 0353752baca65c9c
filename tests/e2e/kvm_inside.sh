# What kvm runs inside a machine with emulated KVM, for the kernel $BUILT. No test by itself.
# timeout: 900
RUN_LIMIT=300
kvm=("$QUIZ" --accel=kvm -k "$BUILT" -m 512M -c 1)
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
accelerator() { [[ $(json record accelerator) == kvm ]] || fail "it ran under $(json record accelerator)"; }

step doctor
"$QUIZ" doctor | grep accelerator

# --- each way of a start ----------------------------------------------------------------------------------------------------
step cold
expect_output "$BUILT" "${kvm[@]}" --cold --json record uname -r
accelerator
expect_output kvm-clock "${kvm[@]}" -v --json record cat /sys/devices/system/clocksource/clocksource0/current_clocksource
accelerator
grep '^quiz: ' err || true # why there is no image, if there is none
step "saved; now warm"
: >boots
for i in 1 2 3 4 5; do
  before=$EPOCHREALTIME
  # shellcheck disable=SC2016 # the guest's words
  expect_status 0 "${kvm[@]}" --json record sh -c \
    'read -r a _ </proc/uptime; sleep 1; read -r b _ </proc/uptime
     echo $a $b $(date +%s) $(cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid; od -An -N8 -tx8 /dev/urandom)'
  after=$EPOCHREALTIME
  accelerator
  [[ $(json record start) == warm ]] || fail "run $i was no warm one: $(cat record)"
  read -r begin end now boot uuid random <out
  # To load sleep takes a while in a machine that is emulated twice, but not longer than the run.
  python3 -c 'import sys; begin, end, before, after = map(float, sys.argv[1:]); sys.exit(not 0.98 <= end - begin < after - before)' \
    "$begin" "$end" "$before" "$after" || fail "sleep 1 took from $begin to $end in a run from $before to $after"
  ((now >= ${before%.*} && now <= ${after%.*} + 1)) || fail "the clock says $now, between $before and $after"
  printf '%s\n' "$boot" "$uuid" "$random" >>boots
done
[[ $(sort -u boots | wc -l) == 15 ]] || fail "two machines have something in common: $(cat boots)"
step "two at once"
for i in 1 2; do timeout 300 "${kvm[@]}" echo "done $i" >"at-once-$i" & done
wait
[[ $(cat at-once-1 at-once-2) == $'done 1\ndone 2' ]] || fail "two at once: $(cat at-once-*)"

# --- what a run promises ----------------------------------------------------------------------------------------------------
step streams
head -c 4M /dev/urandom >data
run "${kvm[@]}" cat <data
{ [[ $status == 0 ]] && cmp out data; } || fail "streams: status $status"
step panic
expect_status 122 "${kvm[@]}" sh -c 'echo c >/proc/sysrq-trigger'
expect_error 'sysrq triggered crash'
step oops
expect_status 121 "${kvm[@]}" insmod "$OOPS"
expect_error 'BUG: kernel NULL pointer dereference'
step time-out
expect_status 124 "${kvm[@]}" --timeout 2 sleep 1000
step status
expect_status 42 "${kvm[@]}" sh -c 'exit 42'
step "kill -9"
"${kvm[@]}" sh -c 'echo started; sleep 1000' >started 2>err &
wait_until 100 grep -q started started
kill -9 $!
wait $! || true
expect_status 0 "${kvm[@]}" true # which sweeps
no_leftovers

# --- other machines ---------------------------------------------------------------------------------------------------------
step "two CPUs"
expect_output 2 "${kvm[@]}" -c 2 nproc
expect_output 2 "${kvm[@]}" -c 2 nproc
step "q35"
expect_output 12 "${kvm[@]}" --cold -p blockdev:count=12:size=16M --json record sh -c 'ls -d /dev/quizb* | wc -l'
[[ $(json record machine) == q35 ]] || fail "it ran on $(json record machine)"
accelerator

# --- an ordinary user, who may and who may not open the device ---------------------------------------------------------------
step "an ordinary user"
prepare_ordinary_user
cat >user/tests <<'END_OF_SCRIPT'
"$QUIZ" --accel=kvm -k "$BUILT" -m 512M -c 1 sh -c 'id -u; exit 7'
END_OF_SCRIPT
status=0
as_ordinary_user BUILT="$BUILT" sh tests >out 2>err || status=$?
[[ $status == 7 && $(cat out) == 0 ]] || { show_run; fail "an ordinary user: status $status"; }
chmod 600 /dev/kvm
status=0
as_ordinary_user BUILT="$BUILT" sh tests >out 2>err || status=$?
chmod 666 /dev/kvm
[[ $status == 125 ]] || { show_run; fail "a device that is not ours: status $status"; }
expect_error 'KVM cannot be used: .*Permission denied'

# --- what is wrong is said --------------------------------------------------------------------------------------------------
step "bad input"
expect_refusal 'memory' "${kvm[@]}" -m 100G true
mv /dev/kvm /dev/not-kvm
run "${kvm[@]}" true
mv /dev/not-kvm /dev/kvm
[[ $status == 125 ]] || { show_run; fail "no device: status $status"; }
expect_error 'KVM cannot be used: there is no /dev/kvm'

step end
no_leftovers
