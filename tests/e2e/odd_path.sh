# Promise: quiz finds QEMU without the caller's PATH, and says where it looked for one that is not there.
expect_output fine env PATH=/opt/nothing "$QUIZ" /bin/echo fine
expect_output fine env PATH= "$QUIZ" /bin/echo fine
expect_output fine env -u PATH "$QUIZ" /bin/echo fine
# The program is looked for in the caller's PATH alone, as by env.
expect_status 127 env PATH=/opt/nothing "$QUIZ" echo lost

expect_refusal 'there is no qemu-nowhere in /opt/nothing, /usr/local/bin, /usr/bin, /bin, ' \
  env PATH=/opt/nothing "$QUIZ" --qemu qemu-nowhere /bin/true
expect_error 'apt install qemu-system'
touch plain
for program in ./plain "$PWD/plain" /nowhere/qemu; do
  expect_refusal "there is no program $program" "$QUIZ" --qemu "$program" true
  expect_error 'name an executable file with --qemu'
done
no_leftovers
