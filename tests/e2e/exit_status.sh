# Promise: the exit status is the program's own, and quiz's own failures are told apart, as env(1) and timeout(1) do.
expect_status 0 "$QUIZ" true
expect_status 1 "$QUIZ" false
expect_status 42 "$QUIZ" sh -c 'exit 42'
expect_status 255 "$QUIZ" sh -c 'exit 255'
expect_status 124 "$QUIZ" sh -c 'exit 124'
expect_status 137 "$QUIZ" sh -c 'kill -9 $$'
expect_status 139 "$QUIZ" sh -c 'kill -SEGV $$'
expect_status 143 "$QUIZ" sh -c 'kill -TERM $$'

expect_status 127 "$QUIZ" no-such-program-quiz
expect_error 'no-such-program-quiz'
expect_status 127 "$QUIZ" ./no-such-program-quiz
echo 'not a program' >plain
expect_status 126 "$QUIZ" ./plain
expect_error 'plain'
expect_status 126 "$QUIZ" /etc

expect_status 125 "$QUIZ" --no-such-option true
expect_error 'no-such-option'
no_leftovers
