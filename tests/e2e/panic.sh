# Promise: a kernel that panics ends the run with 122, and its last words are on stderr.
expect_status 122 "$QUIZ" sh -c 'echo before; echo c >/proc/sysrq-trigger; sleep 100'
expect_error 'Kernel panic'
expect_error '^quiz: '
[[ $(cat out) == before ]] || fail "what the program had printed is lost: $(cat out)"
no_leftovers
# Also where kernel messages are not wanted.
expect_status 122 "$QUIZ" --kmsg=none sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
expect_error 'Kernel panic'
no_leftovers
# And where nothing of it is said: it is known by what the kernel leaves in the machine, on either board, warm and cold.
boards=(debian)
built=$("$QUIZ" kernel list --json | python3 -c '
import json, sys
names = [k["name"] for k in json.load(sys.stdin) if k["source"] == "built" and not k["variant"] and k["architecture"] == "x86_64"]
print(names[-1] if names else "")')
[[ -z $built ]] || boards+=("$built")
for kernel in "${boards[@]}"; do
  for start in "" --cold; do
    # shellcheck disable=SC2086  # no word where it is empty
    expect_status 122 "$QUIZ" $start -k "$kernel" sh -c 'echo 0 >/proc/sys/kernel/printk; echo c >/proc/sysrq-trigger; sleep 100'
    expect_error '^quiz: .*panicked without a word'
    ! grep -q SeaBIOS err || fail "the firmware's screen: $(grep SeaBIOS err)"
  done
  # A restart is none, said or not.
  expect_status 123 "$QUIZ" -k "$kernel" sh -c 'echo 0 >/proc/sys/kernel/printk; echo b >/proc/sysrq-trigger; sleep 100'
  expect_error '^quiz: .*the guest rebooted'
  expect_status 123 "$QUIZ" -k "$kernel" sh -c 'echo o >/proc/sysrq-trigger; sleep 100'
done
# Nor is the firmware's screen among what an early panic shows.
expect_status 122 "$QUIZ" --cold --cmdline 'init=/none rdinit=/none root=/dev/none' true
expect_error 'Kernel panic'
! grep -q SeaBIOS err || fail "the firmware's screen: $(grep SeaBIOS err)"
no_leftovers
