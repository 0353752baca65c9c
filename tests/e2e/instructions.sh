# Promise: a program with instructions that the machine's CPU does not have ends as it would outside, and quiz names what is missing.
# make_program FILE CODE: a 64-bit ELF file of a few instructions (in hexadecimal), and exit(0).
make_program() {
  python3 - "$1" "$2" <<'END'
import os, struct, sys
path, code = sys.argv[1], bytes.fromhex(sys.argv[2] + "b83c00000031ff0f05")
base, headers = 0x400000, 64 + 56
elf = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, base + headers, 64, 0, 0, 64, 56, 1, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, headers + len(code), headers + len(code), 0x1000)
open(path, "wb").write(elf + code)
os.chmod(path, 0o755)
END
}
make_program good ''
make_program never 0f0b          # ud2: no CPU has it
make_program avx512 62f17d48efc0 # vpxord zmm0, zmm0, zmm0

expect_status 0 "$QUIZ" ./good
[[ ! -s err ]] || fail "something is said of a good program: $(cat err)"
expect_status 0 "$QUIZ" cat /proc/cpuinfo
guest=$(grep -m1 '^flags' out)
if grep -qw avx512f /proc/cpuinfo && ! grep -qw avx512f <<<"$guest"; then
  expect_status 132 "$QUIZ" --json record ./avx512
  expect_error '^quiz: .*SIGILL.* avx512f'
  [[ $(json record outcome) == signalled && $(json record reason) == *avx512f* ]] || fail "the record: $(cat record)"
  # Also where a shell or something else ran it, whose own status may be any.
  expect_status 132 "$QUIZ" sh -c './avx512; exit'
  expect_error 'avx512f'
  expect_status 3 "$QUIZ" sh -c './avx512 || exit 3'
  expect_error 'avx512f'
  # Whoever can do without is not told.
  expect_status 0 "$QUIZ" sh -c './avx512 || true'
  ! grep -q avx512f err || fail "of a program that succeeded: $(cat err)"
  expect_status 1 "$QUIZ" false
  ! grep -q avx512f err || fail "of a program that met no such instruction: $(cat err)"
fi
expect_status 132 "$QUIZ" ./never
no_leftovers
