# Promise: --size says how much may be written into the guest's /, and quiz tells when it was not enough.
expect_status 0 "$QUIZ" --size 16M sh -c 'head -c 8M /dev/zero >/var/tmp/file'
! grep -q 'was full' err || fail "full at half: $(cat err)"
expect_status 1 "$QUIZ" --size 16M sh -c 'head -c 32M /dev/zero >/var/tmp/file || exit 1'
expect_error "/ was full while the program ran: it takes 16 MiB .*--size="
# Also when there is room again at the end.
expect_status 0 "$QUIZ" --size 16M sh -c 'head -c 32M /dev/zero >/var/tmp/file; sleep 1; rm /var/tmp/file'
expect_error '/ was full'
expect_output 32 "$QUIZ" --size 32M sh -c 'df -m --output=size / | tail -n 1 | tr -d " "'
expect_output 512 "$QUIZ" -m 2G --size 512M sh -c 'df -m --output=size / | tail -n 1 | tr -d " "'
expect_refusal 'more than the machine' "$QUIZ" --size 2G true
expect_refusal "'much' is not" "$QUIZ" --size much true
no_leftovers
