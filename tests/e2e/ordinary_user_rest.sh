# Promise: what ordinary_user.sh promises, in the tests that it leaves out.
# long
# timeout: 3000
is_root || { echo "every test is an ordinary user's already"; exit 0; }
again_as_nobody "arguments panic oops lost kernel_messages dry_run clock bad_input json planted_checkout hostile_checkout parallel vm_detach vm_lan"
