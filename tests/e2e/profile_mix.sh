# shellcheck shell=bash
# Runs with random combinations of profiles leave nothing on the host: no file, no process, no loop device.
# MIX_RUNS (10) runs; MIX_SEED repeats a series, which the test prints. Every profile comes up in turn.
# timeout: 1800
runs=${MIX_RUNS:-10}
seed=${MIX_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "MIX_RUNS=$runs MIX_SEED=$seed"
RANDOM=$seed

choices=(
  memdev memdev:count=1:size=16M memdev:backend=brd memdev:backend=loop:size=32M memdev:backend=zram:size=16M
  blockdev blockdev:count=1:size=64M blockdev:count=3:size=128M blockdev:sector=4096
  crypt net net:forward=0 udev trace
  dm:error=64+8 dm:on=quizm0:delay=1 dm:on=quizm1:flakey=60/1
)
declare -A seen

state() {
  {
    # Of others may come and go meanwhile: only what belongs to these runs.
    losetup -a 2>/dev/null | grep -F "$TMPDIR" || true
    find "$XDG_RUNTIME_DIR" "$TMPDIR" -mindepth 1 ! -path "$TMPDIR/work/*" ! -path "$TMPDIR/config*" 2>/dev/null
    cut -d' ' -f2 /proc/self/mounts | grep -F -e "$XDG_RUNTIME_DIR" -e "$TMPDIR" || true
    pgrep -f "$XDG_RUNTIME_DIR" || true
  } | sort
}

before=$(state)
for ((i = 0; i < runs; i++)); do
  # One in its turn, and up to two others; of one profile only once.
  combination=() names=" "
  for choice in "${choices[i % ${#choices[@]}]}" "${choices[RANDOM % ${#choices[@]}]}" "${choices[RANDOM % ${#choices[@]}]}"; do
    [[ $names == *" ${choice%%:*} "* ]] && continue
    # Both stand on a device of their own.
    [[ ${choice%%:*} == crypt && $names == *" dm "* ]] && continue
    [[ ${choice%%:*} == dm && $names == *" crypt "* ]] && continue
    [[ $choice == *quizm1* ]] && [[ ${combination[*]} == *memdev:count=1* ]] && continue
    [[ $choice == memdev:count=1* ]] && [[ ${combination[*]} == *quizm1* ]] && continue
    names+="${choice%%:*} "
    combination+=("${choice/forward=0/forward=$((20000 + RANDOM % 12000))-80}")
  done
  profiles=$(IFS=, && echo "${combination[*]}")
  for name in $names; do seen[$name]=$((${seen[$name]:-0} + 1)); done
  echo "run $i: $profiles"
  RUN_LIMIT=180 expect_status 7 "$QUIZ" --output "out$i" -p "$profiles" sh -c '
    for device in /dev/quiz*; do
      [ -b "$device" ] || continue
      dd if=/dev/zero of="$device" bs=4k count=1 oflag=direct 2>/dev/null || exit 1
    done
    exit 7'
  no_leftovers
  [[ $(state) == "$before" ]] || { diff <(echo "$before") <(state) >&2; fail "left by $profiles"; }
done
for name in "${!seen[@]}"; do echo "$name: ${seen[$name]} times"; done | sort
