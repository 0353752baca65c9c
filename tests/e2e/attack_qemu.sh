# Promise: a QEMU that the guest has taken over reaches nothing of the host but what it is there for: it can read what is
# exported, and compute.
# timeout: 900
export RUN_LIMIT=120

# What may be, and why.
declare -A may=(
  [file.read]="the host's files are exported for reading"
  [process.thread]="virtual CPUs are threads"
  [kernel.memory-file]="memory of its own, which cannot be executed as a program (exec.memory)"
  [identity.dumpable]="its own attribute; whoever could read its memory is the caller"
)
# Where there is nothing to try these on, the test is at fault.
needs_target='^(socket\.(unix|abstract|datagram|tcp-connect|udp-send)|ipc\.(memory|queue|semaphore|posix-queue)) absent$'
may_come_in='^(PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|HOME|TMPDIR)$'

# prepare: victims, somebody who listens, and a process of the caller's.
prepare() {
  echo victims | "$E2E/attack_victims" make "$PWD"
  mkfifo hold
  "$E2E/attack_targets" "$PWD" <hold >targets &
  exec {hold}>hold
  sleep 1000 &
  other=$!
  wait_until 20 grep -q ready targets
  words="attack.victims=$PWD/victims attack.other=$other"
  words+=" attack.cache=${XDG_CACHE_HOME:-$HOME/.cache}/quiz attack.data=${XDG_DATA_HOME:-$HOME/.local/share}/quiz"
  words+=" attack.runtime=$XDG_RUNTIME_DIR $(sed -n 's/.*=/attack.&/p' targets | tr '\n' ' ')"
}

# escape_once FROM COMMAND…: leaves what the attacker says from that attempt on in the file said.
escape_once() {
  local from=$1
  shift
  # The process id is quiz's after exec.
  # shellcheck disable=SC2016  # for that shell
  run sh -c 'words="$1 attack.parent=$$ attack.from=$2"; shift 2; exec "$@" --cmdline "$words" true' \
    sh "$words" "$from" "$@"
  # On the console of a machine that is to be saved the lines come after others: on stderr.
  cat console err 2>/dev/null | tr -d '\r' | grep -aE '^([0-9]+ )?[a-z]+\.[a-z0-9-]+ |^done$' >said || true
  rm -f console
}

# escape COMMAND…: every attempt, also after one that ended the attacker; all of it in the file results.
escape() {
  local from=0 last
  : >results
  for ((;;)); do
    escape_once "$from" "$@"
    cat said >>results
    ! grep -qx 'done' said || break
    last=$(sed -n '/ begins$/h; ${x; p}' said)
    if [[ -z $last ]]; then
      show_run
      problem "quiz does not start QEMU there"
      return
    fi
    from=$((${last%% *} + 1))
    last=${last#* }
    last=${last% begins}
    grep -q "^$last [ar]" said || echo "$last refused: ended the attacker" >>results
    ((from < attempts)) || break
  done
}

# check_attempts [REGEX]: what may succeed where the host offers too little to prevent it.
check_attempts() {
  local weaker=${1:-^$} name outcome count
  count=$(grep -cE ' (allowed|absent|refused.*)$' results || true)
  ((count >= attempts)) || { problem "of $attempts attempts only $count were made"; return; }
  ! grep -E "$needs_target" results || fail "nothing was there to try it on"
  while read -r name outcome; do
    [[ -n ${may[$name]:-} || $name =~ $weaker ]] || problem "a taken-over QEMU may: $name"
  done < <(grep ' allowed$' results | sort -u)
  for name in file.read process.thread; do
    grep -qx "$name allowed" results || fail "$name: QEMU could not work so"
  done
}

state() { sed -n "s/^state\.$1 //p" results | head -n 1; }

check_state() {
  local name word foreign=
  for name in effective permitted inheritable; do
    [[ $(state $name) =~ ^0+$ ]] || problem "QEMU has capabilities: $name $(state $name)"
  done
  ! is_root || [[ $(state bounding) =~ ^0+$ ]] || problem "QEMU could get capabilities: $(state bounding)"
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
  [[ $(state descriptors) =~ ^0:device:rw?\ 1:pipe:w\ 2:pipe:w\ 3:socket:rw\ 4:socket:rw\ 5:socket:rw$ ]] ||
    problem "QEMU has other descriptors than its own: $(state descriptors)"
}

attempts=$("$ATTACKERS/escape" --list | wc -l)
expect_status 0 "$QUIZ" true # so that there is an image of a machine to attack
prepare
"$E2E/attack_victims" state victims >before
kmsg=(--cold --kmsg=console)
escape "$QUIZ" "${kmsg[@]}" --qemu "$ATTACKERS/escape"
cat results
check_attempts
check_state
"$E2E/attack_victims" state victims >after
diff before after || problem "the host's files changed"

# The one that is to be saved has a file to write its RAM to. (The lines come on stderr.)
escape "$QUIZ" -v --qemu "$ATTACKERS/escape"
check_attempts

# Each layer by itself; without Landlock and namespaces nothing can hide names.
echo "--- on a host without Landlock"
escape "$ATTACKERS/without" landlock "$QUIZ" "${kmsg[@]}" --qemu "$ATTACKERS/escape"
check_attempts
echo "--- on a host without Landlock and namespaces"
escape "$ATTACKERS/without" landlock,namespaces "$QUIZ" "${kmsg[@]}" --qemu "$ATTACKERS/escape"
check_attempts '^hidden\.'
"$E2E/attack_victims" state victims >after
diff before after || problem "the host's files changed there"

exec {hold}>&-
kill "$other"
wait
no_leftovers
again_as_ordinary_user
no_problems
