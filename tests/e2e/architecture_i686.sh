# Promise: the same command on a PC of 32 bits: quiz -a i386.
# timeout: 900
# shellcheck source=tests/e2e/on_machine
source "$E2E/on_machine"
on_machine i686 i386 q35 tsc 0201 122
if command -v i686-linux-gnu-gcc >/dev/null; then
  echo 'int main(void) { return sizeof(long) * 8; }' >bits.c
  i686-linux-gnu-gcc -static -o bits bits.c
  expect_status 32 "$QUIZ" -a i386 ./bits
fi
no_leftovers
