# Promise: with hardware virtualization everything is as without it.
# needs: built
# serial
# timeout: 1000
# shellcheck source=tests/e2e/kvm_words
source "$E2E/kvm_words"
run_inside_built kvm_inside
