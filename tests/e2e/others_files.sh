# Promise: an ordinary user who works amid the files of others does so in the machine, too: below directories that may be
# entered but not listed, and, root there, in a repository of the caller's own.
cat >attempts <<'END'
source "$E2E/lib.sh"
cd "$CLOSED"
export XDG_CACHE_HOME=$PWD/cache
run "$QUIZ" doctor
grep -qE "^note directories +${PWD%/inner/own} may be entered but not listed" out || fail "doctor does not find it: $(cat out)"
expect_output "$PWD" "$QUIZ" pwd
expect_output mine "$QUIZ" cat mine
expect_output mine "$QUIZ" cat "$PWD/mine"
expect_output there "$QUIZ" --output output sh -c 'echo there >"$QUIZ_OUTPUT/f"; cat "$QUIZ_OUTPUT/f"'
[[ $(cat output/f) == there ]] || fail "nothing came out"
# The neighbours' are not shown, whose names nobody gave; nor can the closed directory be written.
expect_output "$(basename "$PWD")" "$QUIZ" sh -c 'ls ..'
expect_output mine "$QUIZ" --user sh -c 'cat mine'
# Where nothing can be shown in the closed directory's place, quiz says what is in the way.
run env QUIZ_CONFINEMENT=landlock "$QUIZ" pwd
[[ $status == 125 ]] && grep -q "lets you enter ${PWD%/inner/own} but not list it (mode 0711)" err ||
  fail "without the view: status $status, $(cat err)"

if type git >/dev/null 2>&1; then
  git init --quiet .
  git add mine
  expect_output 'A  mine' "$QUIZ" git status --short --untracked-files=no
  expect_output 'A  mine' "$QUIZ" --user git status --short --untracked-files=no
  expect_output 'A  mine' "$QUIZ" -e GIT_CONFIG_COUNT=1 -e GIT_CONFIG_KEY_0=safe.directory -e GIT_CONFIG_VALUE_0='*' \
    git status --short --untracked-files=no
  # Another's repository is the caller's to distrust.
  expect_status 128 "$QUIZ" -e GIT_CONFIG_COUNT=0 git status
fi
END
is_root || skip "it takes root to make directories of others"
prepare_ordinary_user
mkdir -p closed/inner closed/neighbour
mkdir closed/inner/own
echo mine >closed/inner/own/mine
chown -R nobody: closed/inner/own
cp attempts user/attempts
chmod 0711 closed/inner closed
as_ordinary_user E2E="$TMPDIR/work/user/e2e" TMPDIR=/tmp CLOSED="$PWD/closed/inner/own" bash -euo pipefail attempts
chmod 0755 closed closed/inner
no_leftovers
