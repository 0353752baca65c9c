# Promise: on the monitor of quiz's own (--on=kvm) everything is as on QEMU, or is refused with a sentence.
# needs: built
# long
# serial
# timeout: 1500
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
run_inside_built kvm_monitor_inside
