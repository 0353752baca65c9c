# Promise: the same command on a POWER with pages of 64 KiB: quiz -a ppc64le.
# timeout: 2400
# long
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
RUN_LIMIT=300 # each of its runs boots
on_machine ppc64le ppc64el pseries timebase 0201 122 powerpc64le-linux-gnu
no_leftovers
