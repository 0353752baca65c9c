# Promise: -r debian works for an ordinary user as it does for root.
# needs: root
# timeout: 900
is_root || { echo "image_root is an ordinary user's already"; exit 0; }
prepare_ordinary_user
home=$TMPDIR/work/user
# Without the tools one by one: in the guest everybody is root.
as_ordinary_user E2E_SHORT=yes E2E_EVIDENCE="$home/evidence" "$home/e2e/run" image_root
