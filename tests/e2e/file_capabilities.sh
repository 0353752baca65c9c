# Promise: a program with file capabilities has them in the machine, too, where it runs as the caller.
cat >attempts <<'END'
source "$E2E/lib.sh"
# CAP_NET_RAW, effective.
expect_output $'CapEff:\t0000000000002000' "$QUIZ" --user ./grep CapEff /proc/self/status
expect_output $'CapEff:\t0000000000002000' "$QUIZ" --user -e PATH="$PWD:$PATH" sh -c 'grep CapEff /proc/self/status'
expect_output $'CapEff:\t0000000000000000' "$QUIZ" --user ./plain CapEff /proc/self/status
# Another's, and beside the program: what is not in PATH is as the guest gets it.
expect_output $'CapEff:\t0000000000000000' "$QUIZ" --user sh -c './grep CapEff /proc/self/status'
END
is_root || skip "it takes root to give a program capabilities"
prepare_ordinary_user
cp "$(command -v grep)" user/grep
cp user/grep user/plain
python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' user/grep ||
  skip "this file system has no file capabilities"
cp attempts user/attempts
as_ordinary_user E2E="$TMPDIR/work/user/e2e" TMPDIR=/tmp bash -euo pipefail attempts
no_leftovers
