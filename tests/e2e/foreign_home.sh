# Promise: quiz keeps and believes nothing in a directory of another user (`sudo -E`, a planted directory in /tmp), and works
# all the same.
is_root || skip "only root can be with another user's home"
id=64321

# What the user has prepared for root: a profile whose hook would run on the host, settings, a link to write through.
mkdir -p alice/.local/share/quiz/profiles/evil alice/.config/quiz alice/.cache
echo 'description = "x"' >alice/.local/share/quiz/profiles/evil/profile.toml
printf '#!/bin/sh\ntouch "%s/hook-ran"\n' "$PWD" >alice/.local/share/quiz/profiles/evil/host
chmod 755 alice/.local/share/quiz/profiles/evil/host
echo 'cpus = 1' >alice/.config/quiz/config.toml
mkdir -m 777 elsewhere
ln -s "$PWD/elsewhere" alice/.cache/quiz
chown -hR $id:$id alice
as_root_with_her_home=(env -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_CACHE_HOME HOME="$PWD/alice")

expect_output 2 "${as_root_with_her_home[@]}" "$QUIZ" nproc
expect_error "^quiz: warning: HOME=$PWD/alice is not used: it belongs to"
run "${as_root_with_her_home[@]}" "$QUIZ" -p evil true
[[ $status == 125 ]] || fail "status $status instead of 125 for a profile that only she has"
expect_error "no profile 'evil'"
[[ ! -e hook-ran ]] || fail "her hook ran as root"
for variable in XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME; do
  mkdir -p "hers/$variable/quiz"
  chown -R $id:$id "hers/$variable"
  expect_output fine env $variable="$PWD/hers/$variable" "$QUIZ" echo fine
  expect_error "^quiz: warning: $variable=.* is not used: it belongs to"
done
[[ -z $(find elsewhere hers -mindepth 3) ]] || fail "root wrote into her directories: $(find elsewhere hers)"

# In /tmp anybody can make the directory that a user's runs would be in.
squatted=/tmp/quiz-$id
[[ ! -e $squatted ]] || skip "$squatted is there already"
mkdir -m 700 "$squatted"
prepare_ordinary_user
chown -R $id:$id user
as_squatted_user=(env -C user -i PATH="$PATH" HOME="$PWD/user" E2E_ID="$E2E_ID"
  setpriv "--reuid=$id" "--regid=$id" --clear-groups)
# shellcheck disable=SC2064  # as it is now
trap "rmdir '$squatted'" EXIT
expect_output fine "${as_squatted_user[@]}" ./quiz echo fine
[[ ! -s err ]] || fail "without -v nothing is said about it: $(cat err)"
expect_output fine "${as_squatted_user[@]}" ./quiz -v echo fine
expect_error "^quiz: $squatted is not a directory of yours alone: running machines are in .*/\.cache/quiz/runtime"
[[ ! -e user/.cache/quiz/runtime ]] || fail "left: $(find user/.cache/quiz/runtime)"
# What a killed one left there is swept when the directory in /tmp is free again, too.
mkdir -p user/.cache/quiz/runtime/dead
chmod 700 user/.cache/quiz/runtime
chown -R $id:$id user/.cache
rmdir "$squatted"
expect_output fine "${as_squatted_user[@]}" ./quiz echo fine
[[ ! -e user/.cache/quiz/runtime ]] || fail "not swept: $(find user/.cache/quiz/runtime)"
mkdir "$squatted" # for the trap
no_leftovers
