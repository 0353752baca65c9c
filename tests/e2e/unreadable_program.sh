# Promise: a program that the caller may run but not read, which no machine can have, is refused with that reason.
cat >attempts <<'END'
source "$E2E/lib.sh"
refused() {
  expect_status 126 "$QUIZ" "$1"
  expect_error "cannot run $1: Permission denied"
  expect_error "hint: $2"
}
cp /bin/true program
chmod 0111 program
refused ./program "this host lets you run .*/program but not read it \(mode 0111\), .* chmod \+r it"
printf '#!%s\n' "$PWD/program" >script
chmod 0755 script
refused ./script "this host lets you run its interpreter, .*/program, but not read it \(mode 0111\)"
touch text
refused ./text '.*/text is not executable \(mode 0644\): chmod \+x it'
mkdir directory
refused ./directory '.*directory is a directory'
chmod 0755 program
expect_status 0 "$QUIZ" ./program
[[ ! -s err ]] || fail "said: $(cat err)"
END
if is_root; then
  prepare_ordinary_user
  cp attempts user/attempts
  as_ordinary_user E2E="$TMPDIR/work/user/e2e" TMPDIR=/tmp bash -euo pipefail attempts
else
  bash -euo pipefail attempts
fi
no_leftovers
