# Promise: whatever a guest leaves in the directory of --output, the host is right afterwards: no file has more rights than its
# caller, none is another's, there is nothing but files, directories and links that stay inside, and there is no more of it
# than --output-limit allows. What lay there before is left alone.

# shellcheck disable=SC2016  # $QUIZ_OUTPUT is the guest's
hostile='cd "$QUIZ_OUTPUT"
cp /bin/true su; cp /bin/true sg; cp /bin/true sticky; echo kept >given
chmod 4755 su; chmod 2755 sg; chmod 1755 sticky
mkdir deep; cp /bin/true deep/su; chown 1234:5678 deep/su given deep; chmod 6777 deep/su
chown 1234:5678 su; chmod 4755 su
mknod disk b 7 0; mknod null c 1 3; mknod fifo p
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")"
ln -s /etc/passwd absolute; ln -s ../../../../../../etc/passwd above; ln -s deep/../.. behind
ln -s "$QUIZ_OUTPUT/given" deep/inside
setcap cap_sys_admin+ep sticky
: >"$(printf "evil\\n\\033[31mname")"
mkdir closed; echo kept >closed/file; cp /bin/true closed/su; chmod 4755 closed/su; chmod 0 closed
chmod 7777 .
echo "memory = 64" >.quiz.toml
exit 0'

# right DIRECTORY: only what is harmless is there.
right() {
  local found
  found=$(find "$1" -perm /7000)
  [[ -z $found ]] || fail "set-id or sticky: $found"
  found=$(find "$1" ! -user "$EUID" -o ! -group "$(id -g)")
  [[ -z $found ]] || fail "not the caller's: $(ls -ld "$found")"
  found=$(find "$1" ! -type f ! -type d ! -type l)
  [[ -z $found ]] || fail "neither file nor directory: $found"
  if command -v getcap >/dev/null; then
    [[ -z $(getcap -r "$1") ]] || fail "capabilities: $(getcap -r "$1")"
  fi
}

mkdir results
chmod 750 results
cp /bin/true results/old
chmod 4711 results/old
ln -s /etc/passwd results/mine
mkfifo results/my-fifo
expect_status 0 "$QUIZ" --output results sh -c "$hostile"
[[ $(stat -c %a results/old) == 4711 && -L results/mine && -p results/my-fifo ]] || fail "what lay there before was changed"
rm results/old results/mine results/my-fifo
right results
[[ $(stat -c %a results) == 750 ]] || fail "the directory itself has mode $(stat -c %a results)"
[[ $(cat results/given results/closed/file results/deep/inside) == $'kept\nkept\nkept' ]] || fail "the files did not come back"
[[ -e results/deep/su ]] || fail "a file did not come back"
for name in absolute above behind; do
  [[ ! -L results/$name ]] || fail "a link leads out: $name"
done
expect_error 'removed symbolic links that lead out of .*"absolute" -> "/etc/passwd"'
expect_error 'names with control characters .*"evil\\x0a\\x1b\[31mname"'
expect_error 'the guest may have made or changed what quiz follows .*\.quiz\.toml'
! grep -q "$(printf '\033')" err || fail "an escape sequence came through"

# --- the limit --------------------------------------------------------------------------------------------------------------

# A program that never ends, and fills the directory.
expect_status 123 "$QUIZ" --output full --output-limit 8M sh -c 'while :; do head -c 1000000 /dev/zero >"$QUIZ_OUTPUT/$((i += 1))"; done'
expect_error 'what the machine put into .*/full is more than 8 MiB'
expect_error 'hint: --output-limit=SIZE'
[[ -s full/1 ]] || fail "what was there was deleted"
expect_status 123 "$QUIZ" --output many --output-limit 8M sh -c 'while :; do : >"$QUIZ_OUTPUT/$((i += 1))"; done'
# One that has ended before anybody looks counts all the same.
expect_status 123 "$QUIZ" --output late --output-limit 1M --json record sh -c 'head -c 2000000 /dev/zero >"$QUIZ_OUTPUT/file"'
[[ $(json record outcome) == over-limit ]] || fail "the outcome is $(json record outcome)"
# A sparse file is as large as it seems; the guest may also be refused to make it.
run "$QUIZ" --output sparse sh -c 'truncate -s 15T "$QUIZ_OUTPUT/file"; exit 0'
[[ $status == 123 || ($status == 0 && $(stat -c %s sparse/file) -le $((4 << 30))) ]] || fail "15 TB in a file, and status $status"
# What lay there before does not count, and without a limit nothing does.
expect_status 0 "$QUIZ" --output late --output-limit 1M sh -c 'echo more >"$QUIZ_OUTPUT/more"'
expect_status 0 "$QUIZ" --output none --output-limit 0 sh -c 'truncate -s 5G "$QUIZ_OUTPUT/file"'
[[ $(stat -c %s none/file) == $((5 << 30)) ]] || fail "a limit of 0 is one"

# --- where it may not be ----------------------------------------------------------------------------------------------------

mkdir -p project/.quiz/profiles project/src elsewhere
ln -s ../project elsewhere/link
(
  cd project
  expect_refusal 'a project.s .quiz or .quiz.toml' "$QUIZ" --output . true
  expect_refusal 'a project.s .quiz or .quiz.toml' "$QUIZ" --output .. true
  expect_refusal 'a project.s .quiz or .quiz.toml' "$QUIZ" --output .quiz/profiles/new true
  expect_refusal 'a project.s .quiz or .quiz.toml' "$QUIZ" --output ../elsewhere/link true
  expect_status 0 "$QUIZ" --output src sh -c 'echo new >"$QUIZ_OUTPUT/file"'
)
expect_refusal "quiz's own files" "$QUIZ" --output "$XDG_CONFIG_HOME/quiz" true
expect_refusal "quiz's own files" "$QUIZ" --output "$XDG_RUNTIME_DIR" true
expect_refusal 'could write everywhere' "$QUIZ" --output / true
expect_refusal 'what your shell and other programs read' "$QUIZ" --output ~ true
no_leftovers
