# Promise: a run that panics in somebody else's OpenZFS checkout leaves no log where that one's links lead; in the caller's own
# it does.
plant() {
  mkdir -p "$1/module/zfs"
  printf 'Name: zfs\nVersion: 2.3.2\n' >"$1/META"
}
panic() { (cd "$1" && expect_status 122 "$QUIZ" sh -c 'echo c >/proc/sysrq-trigger; sleep 100'); }

mkdir victim
echo precious >victim/last-crash.log
plant own
mkdir own/.quiz
panic own
grep -q 'Kernel panic' own/.quiz/last-crash.log || fail "nothing was kept in the caller's own checkout"
[[ $(tail -n 3 own/err) == *'quiz openzfs crash'* ]] || fail "nobody tells of it: $(cat own/err)"

plant linked
ln -s ../victim linked/.quiz
panic linked
[[ $(cat victim/last-crash.log) == precious ]] || fail "the log went through a link"
(cd linked && expect_refusal 'is a symbolic link' "$QUIZ" openzfs)

# A link in the log's place is replaced, not followed.
ln -sf ../../victim/last-crash.log own/.quiz/last-crash.log
panic own
[[ $(cat victim/last-crash.log) == precious && ! -L own/.quiz/last-crash.log ]] || fail "the log went through a link of that name"

plant others
mkdir others/.quiz
chmod 777 others/.quiz
panic others
[[ ! -e others/.quiz/last-crash.log ]] || fail "everybody may write there"
(cd others && expect_refusal 'everybody may write to it' "$QUIZ" openzfs)
if is_root; then
  chmod 755 others/.quiz
  chown 65534 others/.quiz
  panic others
  [[ ! -e others/.quiz/last-crash.log ]] || fail "the log went into another user's directory"
  (cd others && expect_refusal 'it belongs to nobody' "$QUIZ" openzfs)
fi

# What is looked for in directories of others holds nobody up.
plant held
rm held/META
mkfifo held/META
panic held
no_leftovers
