# Promise: a run's / is made of layers; the upper hides the lower, what is written vanishes, the host's directories stay as
# they are, and `quiz layers` says where a file comes from.
export PATH=/usr/local/bin:$PATH # the layers' programs are there
mkdir -p project/below project/.quiz/{user,system}/usr/local/bin "$XDG_CONFIG_HOME/quiz/user/usr/local/bin" project/.quiz/user/etc
cd project
layer() { printf '#!/bin/sh\necho %s\n' "$2" >"$1" && chmod 755 "$1"; }
layer .quiz/system/usr/local/bin/quiz-e2e-system system
layer .quiz/system/usr/local/bin/quiz-e2e-both system
layer .quiz/user/usr/local/bin/quiz-e2e-both project
layer .quiz/user/usr/local/bin/quiz-e2e-users project
layer "$XDG_CONFIG_HOME/quiz/user/usr/local/bin/quiz-e2e-users" own
layer "$XDG_CONFIG_HOME/quiz/user/usr/local/bin/quiz-e2e-own" own
layer .quiz/user/usr/local/bin/true 'not the usual one'
echo shadow >.quiz/user/etc/os-release # /usr/lib/os-release is behind it
before=$(find .quiz "$XDG_CONFIG_HOME/quiz" -printf '%p %s %m %T@\n' -type f -exec sha256sum {} + | sort)

# The topmost wins, also over the base; from below the project, too.
for directory in . below; do
  (
    cd "$directory"
    expect_output system "$QUIZ" quiz-e2e-system
    expect_output project "$QUIZ" quiz-e2e-both
    expect_output project "$QUIZ" quiz-e2e-users
    expect_output own "$QUIZ" quiz-e2e-own
  ) || exit 1
done
expect_output shadow "$QUIZ" cat /etc/os-release
expect_output 'not the usual one' "$QUIZ" /usr/local/bin/true
# What they do not have is the base's.
expect_output "$(stat -c "%s %Y" /etc/passwd)" "$QUIZ" stat -c "%s %Y" /etc/passwd

# Writes into a layer's file are seen, and gone afterwards.
expect_output 'changed gone' "$QUIZ" sh -c '
  echo changed >/etc/os-release
  rm /usr/local/bin/quiz-e2e-own
  echo $(cat /etc/os-release) $(test -e /usr/local/bin/quiz-e2e-own || echo gone)'
expect_output shadow "$QUIZ" cat /etc/os-release
expect_output own "$QUIZ" quiz-e2e-own
# Nor by way of the directory itself.
expect_status 0 "$QUIZ" sh -c "rm -rf '$PWD/.quiz' '$XDG_CONFIG_HOME/quiz/user'; test ! -e '$PWD/.quiz'"
after=$(find .quiz "$XDG_CONFIG_HOME/quiz" -printf '%p %s %m %T@\n' -type f -exec sha256sum {} + | sort)
[[ $before == "$after" ]] || fail "the host's directories have changed"

# quiz layers: all of them in their order, and where a path comes from.
expect_status 0 "$QUIZ" layers
names=$(cut -d ' ' -f 1 out | tr '\n' ' ')
[[ $names =~ ^changes\ bundle\ user\ user\ modules\ system\ base\  ]] || fail "the layers are $names"
grep -q "^user *$PWD/.quiz/user$" out || fail "the project's user directory is not named: $(cat out)"
expect_status 0 "$QUIZ" layers /usr/local/bin/quiz-e2e-users
[[ $(sed -n 2p out) =~ user.*$PWD/.quiz/user/usr/local/bin/quiz-e2e-users$ ]] || fail "$(cat out)"
[[ $(sed -n 3p out) =~ user.*config/quiz/user/usr/local/bin/quiz-e2e-users\ \(hidden\)$ ]] || fail "$(cat out)"
expect_status 0 "$QUIZ" layers /bin/sh
grep -q 'base' out || fail "$(cat out)"
expect_status 1 "$QUIZ" layers /no/such/file
grep -q 'no layer' out || fail "$(cat out)"
expect_status 0 "$QUIZ" layers /etc/hostname /proc/self/status
grep -q bundle out || fail "$(cat out)"
grep -q kernel out || fail "$(cat out)"
expect_refusal 'does not know' "$QUIZ" layers --wrong

# Modules that were installed beside the kernel's are among them.
release=$("$QUIZ" uname -r)
mkdir -p ".quiz/system/usr/lib/modules/$release/extra"
echo module >".quiz/system/usr/lib/modules/$release/extra/one.ko"
expect_output 'module kernel' "$QUIZ" sh -c \
  'cd /lib/modules/$(uname -r); echo $(cat extra/one.ko) $(test -e modules.builtin && echo kernel)'
expect_status 0 "$QUIZ" sh -c 'modprobe -n loop || modprobe -n dm_mod; echo >/lib/modules/$(uname -r)/new'
rm -r ".quiz/system/usr/lib"

# A directory that would hide half of the root is refused; somebody else's directories are left out.
if [[ -L /bin ]]; then
  mkdir .quiz/user/bin
  expect_refusal 'symbolic link' "$QUIZ" true
  rmdir .quiz/user/bin
fi
chmod 777 .quiz/user
expect_output system "$QUIZ" quiz-e2e-both
expect_error 'ignoring .*/.quiz/user: everybody may write'
chmod 755 .quiz/user
if is_root; then
  chown 65534:65534 .quiz
  expect_status 127 "$QUIZ" quiz-e2e-system
  expect_error 'ignoring .*/.quiz/system|ignoring .*/.quiz: it belongs'
  expect_output own "$QUIZ" quiz-e2e-users
  chown 0:0 .quiz
fi
# A project in a directory that guests do not see.
if [[ -w /dev/shm ]]; then
  hidden=$(mktemp -d /dev/shm/quiz-e2e.XXXXXX)
  cp -a .quiz "$hidden/"
  (cd "$hidden" && expect_output "project $hidden" "$QUIZ" sh -c 'echo $(quiz-e2e-both) $PWD') || { rm -r "$hidden"; exit 1; }
  rm -r "$hidden"
fi
no_leftovers
