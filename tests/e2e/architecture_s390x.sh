# Promise: the same command on a big-endian machine: quiz -a s390x.
# timeout: 900
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
on_machine s390x s390 s390-ccw-virtio tod 0102 122
expect_refusal "'s930x' is not one of" "$QUIZ" -a s930x true
expect_error "did you mean 's390x'"

# An image of a s390x is kept only if a machine that goes on from it builds a root; this one has a QEMU that cannot.
cat >sly-qemu <<'END'
#!/bin/sh
case "$*" in *-incoming*) exit 1 ;; esac
exec qemu-system-s390x "$@"
END
chmod +x sly-qemu
expect_status 4 "$QUIZ" -a s390x -v --qemu ./sly-qemu sh -c 'exit 4'
expect_error 'the image is bad: its machine ended'
expect_status 0 "$QUIZ" -a s390x -v --qemu ./sly-qemu true
expect_error 'there is none yet'

no_leftovers
