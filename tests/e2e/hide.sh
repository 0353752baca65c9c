# Promise: what --hide and --hide-secrets name the guest does not see, be it a file or a directory; where a project to which
# nobody has agreed takes part in the run, secrets are hidden without being asked.
# timeout: 600
export XDG_DATA_HOME=${XDG_DATA_HOME:-$HOME/.local/share} XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export HOME=$PWD/home
mkdir -p home/.ssh home/.config/gh home/.cargo home/keys work elsewhere/pgp
ln -s ../elsewhere/pgp home/.gnupg
files=(home/.ssh/id home/.netrc home/.bash_history home/.cargo/credentials.toml home/.gnupg/ring home/.config/gh/hosts.yml)
for file in "${files[@]}"; do echo "the secret of $file" >"$file"; done
echo 'the secret of home/keys/one' >home/keys/one
echo plain >home/plain
chmod 600 "${files[@]}"

# seen WORDS… : how many of the secrets a guest reads with these options, and that it reads the rest.
seen() {
  run "$QUIZ" "$@" sh -c 'cat "$@" "$HOME/plain" 2>/dev/null; ls -A "$HOME/.ssh"' sh "${files[@]/#/$PWD/}" "$HOME/keys/one"
  grep -qx plain out || { show_run; fail "more is hidden than secrets: $*"; }
  count=$(grep -c '^the secret of' out || true)
}

# By default the guest reads what the caller reads.
seen
[[ $count == 7 ]] || { show_run; fail "$count of 7 are seen"; }

seen --hide-secrets
[[ $count == 1 ]] || { show_run; fail "secrets are seen"; }
! grep -qx id out || fail "the names in ~/.ssh are seen"
grep -q 'keys/one' out || fail "what is no secret by name is hidden"
seen --hide-secrets --secret '~/keys'
[[ $count == 0 ]] || { show_run; fail "what was added is seen"; }
seen --hide "$HOME/keys" --hide "$HOME/.netrc" --hide /no/such/file
[[ $count == 5 ]] || { show_run; fail "--hide"; }
! grep -q 'keys/one\|netrc' out || { show_run; fail "--hide"; }

# Another root changes nothing: the host's / is exported all the same. What is hidden can be seen by no other name.
expect_status 0 "$QUIZ" --hide "$HOME/keys" sh -c 'mkdir -p /mnt/x; mount --bind "$HOME" /mnt/x; cat /mnt/x/keys/one 2>/dev/null || echo nothing'
grep -qx nothing out || { show_run; fail "seen by a bind mount"; }

# Settings.
mkdir -p "$XDG_CONFIG_HOME/quiz"
printf 'hide_secrets = true\nhide = ["~/keys"]\n' >"$XDG_CONFIG_HOME/quiz/config.toml"
seen
[[ $count == 0 ]] || { show_run; fail "the settings"; }
seen --hide-secrets=no
[[ $count == 6 ]] || { show_run; fail "the option does not win"; }
rm "$XDG_CONFIG_HOME/quiz/config.toml"
expect_status 0 "$QUIZ" config
grep -qF '"~/.aws",' out || fail "quiz config does not show the list"

# Variables.
export GITHUB_TOKEN=t AWS_PROFILE=p EDITOR=vi
expect_output 't p vi' "$QUIZ" sh -c 'echo "$GITHUB_TOKEN $AWS_PROFILE $EDITOR"'
expect_output '  vi' "$QUIZ" --hide-secrets sh -c 'echo "$GITHUB_TOKEN $AWS_PROFILE $EDITOR"'
expect_output 't  vi' "$QUIZ" --hide-secrets -e GITHUB_TOKEN sh -c 'echo "$GITHUB_TOKEN $AWS_PROFILE $EDITOR"'
expect_output "t   $HOME" "$QUIZ" --pass-env=listed -e GITHUB_TOKEN sh -c 'echo "$GITHUB_TOKEN $AWS_PROFILE $EDITOR $HOME"'
expect_status 0 "$QUIZ" --pass-env=none -e A=1 env
! grep -qE '^(GITHUB_TOKEN|EDITOR|HOME|LANG|TERM)=' out || { show_run; fail "something of the caller's"; }
grep -qx 'A=1' out || { show_run; fail "-e is lost"; }

# What the run needs cannot be hidden.
expect_refusal 'all of / cannot be hidden' "$QUIZ" --hide / true
cd work
expect_refusal 'work cannot be hidden: the directory in which the program runs is there' "$QUIZ" --hide . true
expect_refusal 'cannot be hidden: the directory in which' "$QUIZ" --hide .. true
expect_refusal "cannot be hidden: (the kernel|quiz's store) is" "$QUIZ" --hide "$XDG_DATA_HOME" true
cd ../home/.ssh
expect_refusal 'cannot be hidden: the directory in which the program runs is there' "$QUIZ" --hide-secrets true
expect_error '--hide-secrets=no'
cd ../..

# A project that only sizes the machine is none that takes part; one with a layer is.
echo 'memory = 512' >.quiz.toml
seen
[[ $count == 7 ]] || { show_run; fail "a size hides"; }
mkdir -p .quiz/user/etc
seen
[[ $count == 1 ]] || { show_run; fail "a project's layer does not hide"; }
expect_output '' "$QUIZ" sh -c 'printf "%s\n" "$GITHUB_TOKEN"'
seen --hide-secrets=no
[[ $count == 7 ]] || { show_run; fail "--hide-secrets=no"; }
rm -r .quiz
echo 'profile = ["memdev:count=1:size=16M"]' >.quiz.toml
seen
[[ $count == 1 ]] || { show_run; fail "a project's profile does not hide"; }
expect_status 0 "$QUIZ" trust
seen
[[ $count == 7 ]] || { show_run; fail "what was agreed to hides"; }
expect_status 0 "$QUIZ" trust --remove
no_leftovers
