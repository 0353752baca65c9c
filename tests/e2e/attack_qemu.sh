# Promise: a QEMU that the guest has taken over reaches nothing of the host but what it is there for: it can read what is
# exported, and compute.
# timeout: 900
# shellcheck source=tests/e2e/attack_words
source "$E2E/attack_words"
export RUN_LIMIT=120

may_come_in='^(PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|HOME|TMPDIR|GLIBC_TUNABLES)$' # the last is of quiz's making

# expect_refusals MACHINE WEAKER COMMAND…: see escape and find_escapes.
expect_refusals() {
  local machine=$1 weaker=$2 name
  shift 2
  if ! escape "$machine" "$@"; then
    problem "quiz does not start QEMU there"
    return
  fi
  find_escapes "$weaker"
  while read -r name; do problem "a taken-over QEMU may: $name"; done <escaped
  for name in file.read process.thread; do
    grep -qx "$name allowed" results || fail "$name: QEMU could not work so"
  done
}

state() { sed -n "s/^state\.$1 //p" results | head -n 1; }

check_state() {
  local name word foreign=
  # Root's may read files of others (CAP_DAC_READ_SEARCH), which it is there for.
  for name in effective permitted inheritable; do
    [[ $(state $name) =~ ^0+[04]$ ]] || problem "QEMU has capabilities: $name $(state $name)"
    is_root || [[ $(state $name) =~ ^0+$ ]] || problem "QEMU has capabilities: $name $(state $name)"
  done
  ! is_root || [[ $(state bounding) =~ ^0+4$ ]] || problem "QEMU could get capabilities: $(state bounding)"
  [[ $(state no-new-privileges) == 1 ]] || problem "QEMU may get privileges by exec"
  [[ $(state seccomp) == 2 ]] || problem "QEMU has no seccomp filter"
  [[ $(state groups) == 0 ]] || problem "QEMU has $(state groups) more groups"
  [[ $(state core-limit) == 0 ]] || problem "QEMU may write a core of $(state core-limit) bytes"
  for name in memory file; do
    [[ $(state $name-limit) != unlimited ]] || problem "nothing limits QEMU's $name"
  done
  (($(state descriptor-limit) <= 4096)) || problem "QEMU may have $(state descriptor-limit) descriptors"
  for word in $(state environment); do
    [[ $word =~ $may_come_in ]] || foreign+=" $word"
  done
  [[ -z $foreign ]] || problem "of quiz's environment QEMU has$foreign"
  # 9 is the view of the host's files, for who cannot live in it.
  [[ $(state descriptors) =~ ^0:device:rw?\ 1:pipe:w\ 2:pipe:w\ 3:socket:rw\ 4:socket:rw\ 5:socket:rw(\ 9:directory:r)?$ ]] ||
    problem "QEMU has other descriptors than its own: $(state descriptors)"
}

expect_status 0 "$QUIZ" true # so that there is an image of a machine to attack
prepare_targets
"$E2E/attack_victims" state targeted >before
kmsg=(--cold --kmsg=console)
expect_refusals booted '^$' "$QUIZ" "${kmsg[@]}"
cat results
check_state

echo "--- a machine that is to be saved: it has a file to write its RAM to"
expect_refusals 'to be saved' '^file\.write-memory$' "$QUIZ" -v
echo "--- a machine that is resumed: others will be resumed from the same file"
echo play=yes >>words
expect_refusals resumed '^$' "$QUIZ" -v
sed -i '/^play=/d' words

# Each layer by itself; without Landlock and namespaces nothing can hide names.
echo "--- on a host without Landlock"
expect_refusals booted '^$' "$ATTACKERS/without" landlock "$QUIZ" "${kmsg[@]}"
echo "--- on a host without Landlock and namespaces"
expect_refusals booted '^hidden\.' "$ATTACKERS/without" landlock,namespaces "$QUIZ" "${kmsg[@]}"

"$E2E/attack_victims" state targeted >after
diff before after || problem "the host's files changed"
end_targets
no_leftovers
again_as_ordinary_user
no_problems
