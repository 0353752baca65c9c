# Promise: everything works for an ordinary user. As root, the tests in which it matters who the caller is are run once more as
# the user nobody; ordinary_user_rest.sh runs the others.
# timeout: 3900
is_root || { echo "every test is an ordinary user's already"; exit 0; }
# E2E_TESTS names others.
again_as_nobody "${E2E_TESTS:-first_use exit_status streams tty signals timeout host_untouched hostile_guest directories \
  environments layers output_dir hostile_output writable hide hostile_qemu network user kill9}"
