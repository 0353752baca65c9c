# Promise: with hardware virtualization a saved machine comes back every time, one after the other and side by side, whatever
# the kernel and the number of its CPUs. Prints how many of them did, and how long that took.
# needs: built
# long
# serial
# timeout: 7200
RUN_LIMIT=3400
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
kernels=${E2E_KERNELS:-$("$QUIZ" -k 6.12 uname -r) $("$QUIZ" kernel list --json | python3 -c '
import json, sys
print(*(entry["name"] for entry in json.load(sys.stdin) if entry["name"].startswith("debian-6.1.")))')}
for cpus in 1 2; do
  for kernel in $kernels; do
    rm -rf own
    prepare_inside
    case $kernel in
      debian-*) debian_kernel_inside "$kernel" ;;
      *) kernel_inside "$kernel" ;;
    esac
    run_with_kvm -k debian -m 4G -c 1 -e E2E="$E2E" -e KERNEL="$kernel" -e CPUS=$cpus sh inside "$PWD" kvm_soak_inside
    echo "--- $kernel, $cpus CPUs: $(tail -n 3 out | head -n 2)"
    [[ $status == 0 ]] || { show_run; problem "$kernel, $cpus CPUs: status $status"; }
  done
done
no_problems
