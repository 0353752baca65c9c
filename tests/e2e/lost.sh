# Promise: a VM that ends without telling how its program ended gives 123 and a reason.
run "$QUIZ" sh -c 'echo o >/proc/sysrq-trigger; sleep 100'
[[ $status == 123 ]] || { show_run; fail "switched off by SysRq: status $status instead of 123"; }
expect_error '^quiz: '
no_leftovers

if [[ -n $(PATH=$PATH:/sbin:/usr/sbin type -P poweroff) ]]; then
  expect_status 123 "$QUIZ" poweroff -f
  expect_error '^quiz: '
  no_leftovers
fi

expect_status 123 "$QUIZ" sh -c 'echo b >/proc/sysrq-trigger; sleep 100'
expect_error '^quiz: '
no_leftovers

# QEMU is killed from outside once the program runs.
"$QUIZ" sh -c 'echo running; sleep 100' >out 2>err &
quiz=$!
wait_until 60 grep -q running out
kill -9 "$(qemu_processes)"
status=0
wait "$quiz" || status=$?
[[ $status == 123 ]] || { show_run; fail "QEMU killed: status $status instead of 123"; }
expect_error '^quiz: '
no_leftovers

# A machine that hangs before anything of the caller's was touched is started once more.
cat >stuck <<END
#!/bin/sh
[ -e $PWD/come-on ] && exec qemu-system-x86_64 "\$@"
exec sleep 1000
END
chmod +x stuck
(
  sleep 10
  touch come-on
) &
RUN_LIMIT=200 expect_status 7 "$QUIZ" --accel tcg --qemu "$PWD/stuck" sh -c 'echo came up; exit 7' <<<input
expect_error 'the guest did not come up within 30 seconds: once more'
grep -qx 'came up' out || fail "no output of the program"
no_leftovers
