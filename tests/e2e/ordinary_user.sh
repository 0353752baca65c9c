# Promise: everything works for an ordinary user. As root, the other tests are run once more as the user nobody.
# timeout: 1500
is_root || { echo "every test is an ordinary user's already"; exit 0; }
prepare_ordinary_user
home=$TMPDIR/work/user
failed=()
for test in first_use arguments exit_status streams panic timeout lost host_untouched directories environments \
  clock bad_input json output_dir user kill9; do
  echo "--- $test"
  as_ordinary_user E2E_EVIDENCE="$home/evidence/$test" "$home/e2e/run" "$test" || failed+=("$test")
done
if ((${#failed[@]})); then
  fail "as an ordinary user: ${failed[*]}"
fi
