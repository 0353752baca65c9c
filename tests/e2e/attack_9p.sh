# Promise: whatever bytes the guest's root sends to QEMU's file server, in both of its dialects, no file of the host changes,
# and what is hidden is not even listed.
# timeout: 1500
# shellcheck source=tests/e2e/attack_words
source "$E2E/attack_words"
export RUN_LIMIT=600

# expect_nothing HIDDEN COMMAND…: HIDDEN is yes where this host can hide names.
expect_nothing() {
  local hidden=$1
  shift
  send_9p 'second host' "$@"
  if [[ $status != 0 ]]; then
    show_run
    problem "quiz does not run there: status $status"
    return
  fi
  grep -v 'error 30$' out | cut -c 1-200
  diff before after || problem "the host's files changed by: $(tr '\n' ' ' <changed)"
  if [[ $hidden == no ]]; then
    expect_error 'neither Landlock nor a user namespace here: the guest can read'
    return
  fi
  ! grep -E '^. read' seen || problem "what is hidden can be read"
  ! grep -E '^. list' seen || problem "what is hidden can be listed"
}

# By the export that may be written. What the attacker makes there is theirs; nothing beside it, and nothing that harms others.
attack_output() {
  local bad
  rm -rf outer
  mkdir -p outer/beside outer/output
  echo beside | "$E2E/attack_victims" make outer/beside
  make_victims outer/output
  "$E2E/attack_victims" state outer/beside >before
  # shellcheck disable=SC2016  # for the guest's shell
  expect_status 0 "$QUIZ" "${relaxed[@]}" --output outer/output sh -c '
    cp "$1" /tmp/ninep && exec /tmp/ninep output change "" -name-wstat-up' attack "$ATTACKERS/ninep"
  grep -q '^L mkdir .* -> ok$' out || fail "the attacker cannot make anything: it tests nothing"
  # QEMU 7.2 has an assertion against the one that was left out.
  # shellcheck disable=SC2016  # for the guest's shell
  run "$QUIZ" "${relaxed[@]}" --output outer/output sh -c '
    cp "$1" /tmp/ninep && exec /tmp/ninep output change ""' attack "$ATTACKERS/ninep"
  "$E2E/attack_victims" state outer/beside >after
  diff before after || problem "what is beside the output changed"
  [[ $(ls outer) == $'beside\noutput' ]] || problem "something was made beside the output: $(ls outer)"
  bad=$(find outer/output \( -perm /6000 -o -type b -o -type c -o ! -user "$EUID" \) -printf '%p %M %u\n')
  [[ -z $bad ]] || problem "set-id files, devices or files of others in the output: $bad"
}

expect_nothing yes "$QUIZ"
attack_output
no_leftovers

echo "--- on a host without Landlock"
expect_nothing yes "$ATTACKERS/without" landlock "$QUIZ"
echo "--- on a host without Landlock and namespaces"
expect_nothing no "$ATTACKERS/without" landlock,namespaces "$QUIZ"
no_leftovers

# Each layer alone, QEMU's own refusal off: what changes on the host. Of Landlock that is what it does not watch: modes,
# owners, times and attributes. That something changes without any shows that the rest is a test.
# expect_changes REGEX LAYERS: every change must match.
expect_changes() {
  # QEMU 7.2 has an assertion against the one that is left out, where it may write.
  EXCEPT=-name-wstat-up send_9p second "$QUIZ" --confinement "$2"
  [[ $status == 0 ]] || { show_run; problem "with $2: status $status"; }
  echo "ALONE $2: $(tr '\n' ' ' <changed)"
  ! grep -vxE "$1" changed || problem "with the layer $2 alone the host's files changed"
}
expect_changes '' view
expect_changes '' filter
! landlock_covers_truncation || expect_changes '[uL]\.(wstat-(mode|set-user|mtime|group)|setattr-(mode|set-user|owner|group|times|directory)|xattr-[a-z]+)' \
  landlock
expect_changes '.*' none
[[ -s changed ]] || problem "without any layer nothing changes, either: nothing was tested"
no_leftovers

again_as_ordinary_user
no_problems
