# Promise: what read(2) says of a stdin that cannot be read is what the program hears, and nobody else.
expect_status 1 "$QUIZ" cat </tmp
expect_error '^cat: .*Is a directory'
expect_output fine "$QUIZ" echo fine </tmp
expect_status 1 "$QUIZ" cat 0>file
expect_error '^cat: .*Bad file descriptor'
expect_output fine "$QUIZ" echo fine 0>file
[[ ! -s err && ! -s file ]] || fail "something was said or written: $(cat err file)"
echo text >file
expect_output text "$QUIZ" cat <file
expect_output text "$QUIZ" cat 0<>file
no_leftovers
