# Promise: the program is root in the guest, and with --user it is the caller: uid, gid, groups.
# timeout: 300
expect_output 0:0 "$QUIZ" sh -c 'echo $(id -u):$(id -g)'
identity() { id -u && id -g && id -G | tr ' ' '\n' | sort -n; }
identity >wanted
expect_status 0 "$QUIZ" --user sh -c 'id -u; id -g; id -G | tr " " "\n" | sort -n'
cmp wanted out || { show_run; fail "--user is somebody else"; }
if is_root; then
  prepare_ordinary_user
  status=0
  as_ordinary_user "$TMPDIR/work/user/quiz" --user sh -c 'id -u; id -g; touch /etc/x 2>/dev/null || echo refused' >out 2>err || status=$?
  [[ $(cat out) == $'65534\n65534\nrefused' ]] || { show_run; fail "--user of nobody"; }
  as_ordinary_user "$TMPDIR/work/user/quiz" sh -c 'id -u; touch /etc/x && echo written' >out 2>err || status=$?
  [[ $(cat out) == $'0\nwritten' ]] || { show_run; fail "nobody's guest root"; }
fi
no_leftovers
