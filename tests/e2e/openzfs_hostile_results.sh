# Promise: a machine of `quiz openzfs test` writes into its own results, not where it would like the next machine's to be, and
# what it leaves is read as what anybody may have written. The suite is a stand-in: what is hostile is a real machine.
mkdir -p victim zfs/module/zfs zfs/.quiz/system/usr/share/zfs zfs/.quiz/profiles/ztest/files/usr/local/bin
printf 'Name: zfs\nVersion: 2.3.2\n' >zfs/META
: >zfs/.quiz/system/usr/share/zfs/zfs-tests.sh
cat >zfs/.quiz/profiles/ztest/profile.toml <<'END'
description = "a stand-in for OpenZFS's test suite, which is hostile"

[needs]
output = true
END
cat >zfs/.quiz/profiles/ztest/files/usr/local/bin/quiz-zfs-tests <<END
#!/bin/sh
cd "\$QUIZ_OUTPUT" || exit 1
say() { echo "Test: /x/tests/functional/hostile/\$1 (run as root) [00:01] [\$2]" | tee -a printed; }
if [ ! -e done ]; then
  say first PASS
  say "\$(printf 'esc\\033[31m')" PASS
  for name in machine-2 machine-3 ../machine-2 results crash-1.log; do ln -s "$PWD/victim" "\$name"; done
  ln -s "$PWD/victim" test_results
  echo /x/tests/functional/hostile/panics >running
  sync
  echo c >/proc/sysrq-trigger
  sleep 100
fi
cat done
say last PASS
ln -s "$PWD/victim/secret" crash.log
rm printed
mkfifo printed
exit 0
END
chmod 755 zfs/.quiz/profiles/ztest/files/usr/local/bin/quiz-zfs-tests
echo 'Test: /x/tests/functional/secret/secret (run as root) [00:01] [FAIL]' >victim/log

cd zfs
RUN_LIMIT=200 expect_status 1 "$QUIZ" -m 1024 openzfs test --junit ../junit.xml
grep -q '^PASS hostile/first$' out || fail "the second machine was not told what the first one ran: $(cat out)"
grep -q 'hostile/last' out || fail "there was no second machine"
[[ $(ls ../victim) == log ]] || fail "the machine wrote where it should not: $(ls ../victim)"
results=$(echo .quiz/results/*)
[[ -d $results/machine-1 && -d $results/machine-2 && ! -L $results/machine-2 ]] || fail "the results are $(ls -l "$results")"
[[ $(cat "$results/results") == $'PASS hostile/first\nPANIC hostile/panics' ]] || fail "the list is $(cat "$results/results")"
grep -q 'Kernel panic' "$results/crash-1.log" || fail "the kernel's last words were not kept"
! grep -q secret ../junit.xml || fail "a log was read through a link"
! grep -q "$(printf '\033')" ../junit.xml || fail "an escape sequence came into JUnit's file"
grep -q 'name="panics"' ../junit.xml || fail "JUnit lacks the panic: $(cat ../junit.xml)"
grep -q '^2 tests: 1 passed, 1 failed; ' out || fail "the summary is $(tail -n 1 out)"
cd ..
no_leftovers
