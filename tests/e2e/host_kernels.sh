# Promise: what quiz promises about the host holds on the kernels that hosts have, not only on this one's: Debian's 5.10 (no
# Landlock), 6.1 (version 2), 6.12 and newer, and 6.1 with Landlock off. Each is the kernel of a guest in which quiz runs
# once more, in emulated KVM, and is attacked from inside.
# long
# serial
# timeout: 20000
RUN_LIMIT=6000
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
sets=${E2E_SETS:-all view landlock filter namespaces limits none}

# A store for these alone, which stays: in the caller's the newest would become the one that -k debian means.
export XDG_DATA_HOME=${XDG_DATA_HOME:-$HOME/.local/share}/quiz-host-kernels

# kernel_of SUITE-OR-VERSION: the name in the store, fetched if need be.
kernel_of() {
  "$QUIZ" kernel fetch "debian:$1" >fetched 2>&1 || return 0
  sed -n 's/^\(debian-[^ ]*\) .*/\1/p' fetched | head -n 1
}

# The guest inside is always this one: newer kernels panic in emulated KVM, which has no right XSAVE.
inner=$(kernel_of 6.1)
[[ -n $inner ]] || skip "Debian's 6.1 is not to be had: $(tail -n 1 fetched)"
prepare_inside
debian_kernel_inside "$inner"
cp -a "$ATTACKERS" own/attack

# on_host NAME KERNEL [OPTION…]
on_host() {
  local name=$1 kernel=$2
  shift 2
  if [[ -z $kernel ]]; then
    problem "there is no kernel for $name"
    return
  fi
  echo "--- on $name ($kernel)"
  run_with_kvm -k "$kernel" -m 4G "$@" -e E2E="$E2E" -e ATTACKERS=/own/attack -e E2E_SETS="$sets" \
    sh inside "$PWD" host_kernels_inside
  grep -E '^(TABLE|PROBLEM|FAILED|[0-9.]+-)' out || true
  [[ $status == 0 ]] || { tail -n 5 err; problem "$name: status $status"; }
  sed -n "s/^TABLE /$name /p" out >>table
}

: >table
for host in ${E2E_HOSTS:-5.10 6.1 6.1-without-landlock 6.12 newest}; do
  case $host in
    5.10) on_host 5.10 "$(kernel_of bullseye)" ;;
    6.1) on_host 6.1 "$inner" ;;
    6.1-without-landlock) on_host 6.1-without-landlock "$inner" --cmdline lsm=lockdown,capability,yama,apparmor ;;
    6.12) on_host 6.12 "$(kernel_of bookworm-backports)" ;;
    newest) on_host newest "$(kernel_of trixie-backports)" ;;
  esac
done
cat table

# These layers, each by itself, keep the files as they are; all together keep everything.
while read -r host who layers attack worked; do
  case $layers.$attack in
    all.9p | all.hidden | all.qemu | view.9p | filter.9p)
      [[ -z $worked ]] || problem "on $host, as $who, with $layers, $attack: $worked" ;;
  esac
done <table
no_problems
