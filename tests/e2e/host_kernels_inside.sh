# What host_kernels runs inside a guest, whose kernel is then the host's: both attacks with each of the sets of layers in
# $E2E_SETS, as root and as an ordinary user. No test by itself. Prints lines for the table:
#   TABLE USER LAYERS ATTACK WORKED…
# timeout: 7200
# shellcheck source=tests/e2e/attack_words
source "$E2E/attack_words"
export RUN_LIMIT=900

# Emulated KVM is too slow for quiz to choose it by itself: what a measurement would have found (cached_acceleration).
trust_kvm() {
  python3 - <<'END_OF_PYTHON'
import hashlib, os, pathlib
device, name = os.stat("/dev/kvm"), os.uname()
cpu = open("/proc/cpuinfo").read().split("cpu MHz")[0]
key = f"{name.release} {name.version} {cpu} {device.st_mode:o} {device.st_uid} {device.st_gid} {os.geteuid()} true"
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or os.environ["HOME"] + "/.cache") / "quiz"
cache.mkdir(parents=True, exist_ok=True)
(cache / "acceleration").write_text(f"{hashlib.sha256(key.encode()).hexdigest()} 1 88 as told")
END_OF_PYTHON
}

machine=(-m 512M -c 1 --timeout 800)

attack_with() {
  local layers=$1 who=user EXCEPT=''
  ! is_root || who=root
  if [[ $layers != all ]]; then
    export QUIZ_CONFINEMENT=$layers
    EXCEPT=-name-wstat-up # QEMU 7.2 has an assertion against it, where it may write (attack_9p)
  fi
  send_9p second "$QUIZ" "${machine[@]}"
  if [[ $status == 0 ]]; then
    echo "TABLE $who $layers 9p $(tr '\n' ' ' <changed)"
    echo "TABLE $who $layers hidden $(cut -d ' ' -f 3 seen | sort -u | tr '\n' ' ')"
  else
    show_run
    echo "TABLE $who $layers 9p status $status"
  fi
  if escape booted "$QUIZ" "${machine[@]}" --cold --kmsg=console; then
    find_escapes '^device\.kvm$' # the machines here use it
    echo "TABLE $who $layers qemu $(tr '\n' ' ' <escaped)"
  else
    echo "TABLE $who $layers qemu status $status"
  fi
  unset QUIZ_CONFINEMENT
}

if is_root; then
  uname -r
fi
trust_kvm
"$QUIZ" doctor | grep -i confinement || true
prepare_targets
for set in $E2E_SETS; do attack_with "$set"; done
end_targets
again_as_ordinary_user
no_problems
