# Promise: everything works for an ordinary user. As root, the other tests are run once more as the user nobody.
# timeout: 3000
is_root || { echo "every test is an ordinary user's already"; exit 0; }
prepare_ordinary_user
home=$TMPDIR/work/user
failed=()
# E2E_TESTS names others than all of them.
for test in ${E2E_TESTS:-first_use arguments exit_status streams tty signals panic oops timeout lost host_untouched \
  hostile_guest kernel_messages dry_run directories environments layers clock bad_input hostile_qemu json output_dir hostile_output \
  planted_checkout hide hostile_checkout network user parallel kill9}; do
  echo "--- $test"
  as_ordinary_user E2E_EVIDENCE="$home/evidence/$test" "$home/e2e/run" "$test" || failed+=("$test")
done
if ((${#failed[@]})); then
  fail "as an ordinary user: ${failed[*]}"
fi
