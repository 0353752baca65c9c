# Promise: whatever bytes the guest's root sends to QEMU's file server, in both of its dialects, no file of the host changes,
# and what is hidden is not even listed.
# timeout: 1500
export RUN_LIMIT=600

# Where a device has a driver the kernel keeps its registers from programs, unless told so; an attacker's own kernel would not.
relaxed=(--cmdline iomem=relaxed)
attempts=$("$ATTACKERS/ninep" cases | wc -l)

# attack_exports HIDDEN HOME QUIZ…: from a guest that this quiz starts in HOME. HIDDEN is yes where this host can hide names.
attack_exports() {
  local hidden=$1 home=$2 device
  shift 2
  rm -rf "$home/victims"
  mkdir -p "$home/.quiz/user" "$home/victims" # with a layer there is a second export of /
  "$ATTACKERS/ninep" cases | "$E2E/attack_victims" make "$home/victims"
  chown -R --reference="$home" "$home/victims" "$home/.quiz"
  "$E2E/attack_victims" state "$home/victims" >before
  # The export that / is made of comes last: when the attacker has it, all else in the guest waits for it for ever.
  # shellcheck disable=SC2016  # for the guest's shell
  run "$@" "${relaxed[@]}" sh -c '
    cp "$1" /tmp/ninep && cd /tmp || exit
    ./ninep second hidden || exit
    ./ninep second change "$2" || exit
    exec ./ninep host change "$2"' attack "$ATTACKERS/ninep" "$home/victims"
  if [[ $status != 0 ]]; then
    show_run
    problem "quiz does not run there: status $status"
    return
  fi
  grep -v 'error 30$' out | cut -c 1-200
  for device in u L; do
    (($(grep -c "^$device read $home/victims/.* -> ok 9 bytes$" out) == 2)) || fail "the attacker cannot read: it tests nothing"
  done
  (($(grep -c " $home/victims/" out) == 2 * attempts)) || fail "not all was tried"
  "$E2E/attack_victims" state "$home/victims" >after
  diff before after || problem "the host's files changed"
  # Directories can be seen at most, never what is in a file.
  ! grep -E '^. read /(proc|run|sys|dev)[^ ]* -> ok' out || problem "what is hidden can be read"
  [[ $hidden == no ]] || ! grep -E '^. list /(proc|run|sys|dev)[^ ]* -> ok .' out || problem "what is hidden can be listed"
}

# attack_output HOME QUIZ…: by the export that may be written. What the attacker makes there is theirs; nothing beside it.
attack_output() {
  local home=$1
  shift
  rm -rf "$home/outer"
  mkdir -p "$home/outer/beside" "$home/outer/output"
  echo 'beside' | "$E2E/attack_victims" make "$home/outer/beside"
  "$ATTACKERS/ninep" cases | "$E2E/attack_victims" make "$home/outer/output"
  chown -R --reference="$home" "$home/outer"
  "$E2E/attack_victims" state "$home/outer/beside" >before
  expect_status 0 "$@" "${relaxed[@]}" --output "$home/outer/output" sh -c '
    cp "$1" /tmp/ninep && exec /tmp/ninep output change "" -name-wstat-up' attack "$ATTACKERS/ninep"
  grep -q '^L mkdir .* -> ok$' out || fail "the attacker cannot make anything: it tests nothing"
  # QEMU 7.2 has an assertion against that one.
  RUN_LIMIT=600 run "$@" "${relaxed[@]}" --output "$home/outer/output" sh -c '
    cp "$1" /tmp/ninep && exec /tmp/ninep output change ""' attack "$ATTACKERS/ninep"
  "$E2E/attack_victims" state "$home/outer/beside" >after
  diff before after || problem "what is beside the output changed"
  [[ $(ls "$home/outer") == $'beside\noutput' ]] || problem "something was made beside the output: $(ls "$home/outer")"
  bad=$(find "$home/outer/output" \( -perm /6000 -o -type b -o -type c -o ! -user "$(stat -c %u "$home")" \) -printf '%p %M %u\n')
  [[ -z $bad ]] || problem "set-id files, devices or files of others in the output: $bad"
}

attack_exports yes "$PWD" "$QUIZ"
attack_output "$PWD" "$QUIZ"
no_leftovers

echo "--- on a host without Landlock"
attack_exports yes "$PWD" "$ATTACKERS/without" landlock "$QUIZ"
echo "--- on a host without Landlock and namespaces"
attack_exports no "$PWD" "$ATTACKERS/without" landlock,namespaces "$QUIZ"
no_leftovers

again_as_ordinary_user
no_problems
