# Promise: quiz doctor finds beforehand what a run would be hindered by.
expect_status 0 "$QUIZ" doctor
[[ ! -s err ]] || fail "said: $(cat err)"
! grep -qE '^note (limits|umask|directories)' out || fail "found what is not so: $(grep ^note out)"
expect_status 0 bash -c 'ulimit -v 8000000; umask 0177; exec "$QUIZ" doctor'
grep -qE '^note limits +address space is limited to 8192000000 bytes' out || fail "no limit: $(cat out)"
grep -qE '^note umask +0177 ' out || fail "no umask: $(cat out)"
expect_status 0 bash -c 'ulimit -t 1000; ulimit -f 1000000; exec "$QUIZ" doctor'
grep -qE '^note limits +CPU time is limited to 1000 seconds' out || fail "no limit: $(cat out)"
grep -qE '^note limits +the size of files is limited to 1024000000 bytes' out || fail "no limit: $(cat out)"
# A soft limit is the program's, and nothing to worry about.
expect_status 0 bash -c 'ulimit -St 1000; exec "$QUIZ" doctor'
! grep -q '^note limits' out || fail "found what is not so: $(grep ^note out)"
no_leftovers
