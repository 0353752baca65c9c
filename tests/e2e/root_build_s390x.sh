# Promise: `quiz root build -a s390x` installs a Debian for big-endian machines, on this one, where nothing is registered for their
# programs, and nothing is afterwards.
# timeout: 5000
# long
registered() { ls /proc/sys/fs/binfmt_misc; }
before=$(registered)
export RUN_LIMIT=4000

# A kernel that has no list of a namespace's own, as those before Linux 6.7: said before anything is fetched.
if ! compgen -G '/proc/sys/fs/binfmt_misc/*s390x*' >/dev/null; then
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/unshare
  chmod +x bin/unshare
  expect_refusal 'programs for s390x cannot be run here' env PATH="$PWD/bin:$PATH" "$QUIZ" root build -a s390x
  expect_error 'apt install qemu-user-static'
  rm -r bin
fi

expect_status 0 "$QUIZ" root build -a s390x --set base --package bc --name built-by-test
trap '"$QUIZ" root remove built-by-test+s390x' EXIT
grep -q '^built-by-test+s390x is in the store: Debian ' out || fail "it says: $(cat out)"
[[ $(registered) == "$before" ]] || fail "registered for the whole machine: $(registered)"
entry=$(dirname "$("$QUIZ" root path built-by-test+s390x)")
! find "$entry" -name '*qemu*' -o -name '.tmp-*' | grep . || fail "the emulator was left in the store"
[[ -z $(find /tmp -maxdepth 1 -user "$(id -u)" -name 'quiz-root.*') ]] || fail "left in /tmp"

# Its packages are installed, their scripts have run, and its programs are of that machine.
on=("$QUIZ" -a s390x -r built-by-test)
expect_status 0 "${on[@]}" dpkg --audit
[[ ! -s out ]] || fail "dpkg complains: $(cat out)"
expect_output s390x "${on[@]}" dpkg --print-architecture
expect_output 4 "${on[@]}" sh -c 'echo 2+2 | bc'
expect_status 0 "${on[@]}" sh -c 'dpkg-query -W -f "\${db:Status-Abbrev}\n" | grep -vc "^ii" || true'
[[ $(cat out) == 0 ]] || fail "$(cat out) packages are not installed"
expect_status 0 "${on[@]}" sh -c 'getent passwd _apt && test -s /etc/ld.so.cache && test -x /usr/bin/perl'
expect_refusal 'the root built-by-test.s390x is for s390x' "$QUIZ" -r built-by-test+s390x true
no_leftovers
