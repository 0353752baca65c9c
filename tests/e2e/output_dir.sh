# Promise: what the program puts into $QUIZ_OUTPUT is in --output's directory afterwards; nothing else comes back.
expect_status 0 "$QUIZ" --output results sh -c 'echo one >"$QUIZ_OUTPUT/one"; mkdir "$QUIZ_OUTPUT/deep"; echo two >"$QUIZ_OUTPUT/deep/two"
  head -c 1000000 /dev/zero >"$QUIZ_OUTPUT/zeros"; echo lost >elsewhere'
[[ $(cat results/one) == one && $(cat results/deep/two) == two ]] || fail "the files did not come back"
[[ $(stat -c %s results/zeros) == 1000000 ]] || fail "a large file came back short"
[[ ! -e elsewhere ]] || fail "a write outside of \$QUIZ_OUTPUT came back"
[[ $(stat -c %u results/one) == "$EUID" ]] || fail "the file belongs to $(stat -c %u results/one)"

# Also when the program fails, is killed, or its kernel panics after a sync.
expect_status 4 "$QUIZ" --output failed sh -c 'echo kept >"$QUIZ_OUTPUT/file"; exit 4'
[[ $(cat failed/file) == kept ]] || fail "lost with a failed program"
expect_status 122 "$QUIZ" --output panicked sh -c 'echo kept >"$QUIZ_OUTPUT/file"; sync; echo c >/proc/sysrq-trigger; sleep 100'
[[ $(cat panicked/file) == kept ]] || fail "lost with a panic after sync"

# A directory that is there is kept, and with it what it holds.
mkdir 'with blanks, and comma'
echo old >'with blanks, and comma/old'
expect_status 0 "$QUIZ" --output 'with blanks, and comma' sh -c 'echo new >"$QUIZ_OUTPUT/new"'
[[ $(cat 'with blanks, and comma/old' 'with blanks, and comma/new') == $'old\nnew' ]] || fail "a directory with blanks"

# Only that directory can be written.
ln -s "$PWD" results/out-of-it
run "$QUIZ" --output results sh -c 'echo stray >"$QUIZ_OUTPUT/../stray"; echo stray >"$QUIZ_OUTPUT/out-of-it/stray"'
[[ ! -e stray && ! -e results/stray ]] || fail "a write left the directory"
no_leftovers
