# Promise: -w DIR:PLACE:OPTION: ro cannot be written, cow is written and the host's files stay, map keeps what root in the machine
# makes of owners, modes and devices, for an ordinary user too; other options are refused.
# timeout: 300
mkdir data
echo old >data/file
expect_status 0 "$QUIZ" -w data:/mnt/x:ro sh -c 'cat /mnt/x/file; echo new >/mnt/x/file; rm -f /mnt/x/file; mount -o remount,rw /mnt/x; echo new >/mnt/x/new; true'
[[ $(cat out) == old && $(ls data) == file && $(cat data/file) == old ]] || fail "ro was written: $(ls data)"
expect_error 'read-only file system'
expect_output $'new\nold\nmore' "$QUIZ" -w data:/mnt/x:cow -w data:/mnt/y:ro sh -c 'echo new >/mnt/x/file; echo more >/mnt/x/more; cat /mnt/x/file /mnt/y/file /mnt/x/more'
[[ $(ls data) == file && $(cat data/file) == old ]] || fail "cow came to the host"
expect_status 0 "$QUIZ" -w data:/mnt/x:rw sh -c 'echo new >/mnt/x/file'
[[ $(cat data/file) == new ]] || fail "rw was not written"
expect_output yes "$QUIZ" -w /etc:/mnt/etc:ro sh -c 'cmp /mnt/etc/passwd /etc/passwd && echo yes'

# In a settings file, relative to it; the project's own needs trust as ever.
mkdir "$XDG_CONFIG_HOME/quiz"
echo "write = [\"$PWD/data:/mnt/x:cow\"]" >"$XDG_CONFIG_HOME/quiz/config.toml"
expect_output over "$QUIZ" sh -c 'echo over >/mnt/x/file; cat /mnt/x/file'
[[ $(cat data/file) == new ]] || fail "a settings file's cow came to the host"
rm -r "$XDG_CONFIG_HOME/quiz"

# A profile of the project's asks for it, and is asked about; what it means is the project's, wherever the caller is.
mkdir -p project/.quiz/profiles/builder project/inner project/build
cat >project/.quiz/profiles/builder/profile.toml <<'END'
description = "writes into the build directory"
write = ["build:/mnt/b"]
END
cd project/inner
expect_refusal 'would let the program write to .*/project/build' "$QUIZ" -p builder true
expect_status 0 "$QUIZ" trust
expect_status 0 "$QUIZ" -p builder sh -c 'echo built >/mnt/b/file'
[[ $(cat ../build/file) == built ]] || fail "nothing came to the project's directory"
sed -i 's,build:,/etc:,' ../.quiz/profiles/builder/profile.toml
expect_refusal 'would let the program write to /etc' "$QUIZ" -p builder true
expect_status 0 "$QUIZ" trust
expect_refusal '/etc' "$QUIZ" -p builder true
expect_error 'asked for by the profile builder'
sed -i 's,/etc:,/run/user:,' ../.quiz/profiles/builder/profile.toml
expect_refusal '/run/user' "$QUIZ" -p builder true
cd ../..

# What root makes is so in the machine and in a later one, and the host has plain files of the caller's.
mapped=$(mktemp -d /var/tmp/quiz-e2e-map.XXXXXX)
trap 'rm -rf "$mapped"' EXIT
setfattr -n user.test -v x "$mapped" 2>/dev/null || skip "/var/tmp keeps no user attributes"
expect_status 0 "$QUIZ" -w "$mapped:/m:map" sh -ec 'cd /m
cp /bin/true su; chown 1234:567 su; chmod 4751 su
mknod null c 1 3; echo gone >null; mknod pipe p; ln -s su link; mkdir -m 1777 sticky'
[[ -z $(find "$mapped" ! -user "$EUID") ]] || fail "something belongs to others on the host"
[[ -z $(find "$mapped" ! -type f ! -type d) ]] || fail "devices or links on the host"
[[ -z $(find "$mapped" -type f -perm /7177) ]] || fail "more than 0600 on the host: $(ls -l "$mapped")"
expect_output '1234:567 4751
character special file 1:3
fifo
su
0:0 1777' "$QUIZ" -w "$mapped:/m:map" sh -c 'cd /m; stat -c "%u:%g %a" su; stat -c "%F %t:%T" null; stat -c %F pipe; readlink link; stat -c "%u:%g %a" sticky'

for options in :/m:often :ro:rw :ro:map :cow:map :/m:; do expect_refusal '(is no option|exclude one another|map says how)' "$QUIZ" -w "data$options" true; done
no_leftovers
is_root || exit 0
again_as_nobody writable_options
