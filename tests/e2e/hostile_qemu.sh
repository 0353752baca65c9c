# Promise: a QEMU that its guest has taken over can neither fill quiz's memory nor hold it up nor reach the terminal, whatever
# it says and how much of it.
# Descriptors of a QEMU of ours: 4 is the console, 5 the machine protocol.
cat >qemu <<'END'
#!/bin/sh
endless() { yes "$1" | tr -d '\n'; } # there is no /dev/zero here
endless '[' | head -c 2000000000 >&5
yes '{"event": "STOP"}' | head -n 2000 >&5
endless x | head -c 20000000 >&4
endless '[' | head -c 20000000 >&2
exit 1
END
chmod +x qemu
# shellcheck disable=SC2016  # the inner shell's
expect_status 125 bash -c 'ulimit -v 1000000; exec "$QUIZ" -m 512M --cold --qemu ./qemu true'
expect_error '^quiz: the machine could not be started: QEMU exited with status 1'
(($(wc -c <err) < 5000)) || fail "too much on stderr: $(wc -c <err) bytes"
no_leftovers

# The one-byte forms of ESC [ and ESC ], in both encodings, in what it complains about.
printf '#!/bin/sh\nprintf "\\233[2J\\302\\2352J\\033c\\007 no memory\\n" >&2\nexit 1\n' >qemu
expect_status 125 "$QUIZ" --cold --qemu ./qemu true
expect_error 'no memory'
! LC_ALL=C grep -q $'\302\|\233\|\235\|\033\|\007' err || fail "control characters came through: $(od -c err | head)"
no_leftovers
