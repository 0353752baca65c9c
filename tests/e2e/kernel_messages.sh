# Promise: --kmsg decides what is seen of the kernel's messages; none of them ever mixes into stdout.
# timeout: 300
messages='echo "<3>quiz-e2e an error" >/dev/kmsg; echo "<6>quiz-e2e for information" >/dev/kmsg; echo output'
error='^kernel: quiz-e2e an error$'
information='^kernel: quiz-e2e for information$'
says() { grep -qE -- "$1" "${2:-err}"; }

expect_output output "$QUIZ" sh -c "$messages"
says "$error" || { show_run; fail "no error by default"; }
! says 'for information' || fail "more than warnings by default"
(($(wc -l <err) == 1)) || { show_run; fail "more than the message"; }

expect_output output "$QUIZ" --kmsg=all sh -c "$messages"
{ says "$error" && says "$information"; } || { show_run; fail "--kmsg=all"; }
! says 'Linux version' || fail "--kmsg=all shows the boot, too"

expect_output output "$QUIZ" --kmsg=none sh -c "$messages"
[[ ! -s err ]] || { show_run; fail "--kmsg=none shows something"; }

expect_output output "$QUIZ" --kmsg="$PWD/all of it.log" sh -c "$messages"
[[ ! -s err ]] || { show_run; fail "--kmsg=FILE shows something"; }
for message in 'Linux version' 'Command line: ' 'quiz-e2e an error' 'quiz-e2e for information'; do
  says "$message" 'all of it.log' || fail "not in the file: $message"
done

expect_output output "$QUIZ" -q sh -c "$messages"
[[ ! -s err ]] || { show_run; fail "-q shows something"; }

# -v shows the boot as well, where there is one, still on stderr.
expect_output output "$QUIZ" -v --cold sh -c "$messages"
says 'Linux version' || { show_run; fail "-v --cold does not show the boot"; }

# What every module of OpenZFS makes the kernel say is no warning.
taints='echo "<4>zfs: module license taints kernel." >/dev/kmsg; echo "<4>something taints kernels" >/dev/kmsg; echo output'
expect_output output "$QUIZ" sh -c "$taints"
{ says 'taints kernels' && ! says 'taints kernel\.'; } || { show_run; fail "the warning of a module's licence by default"; }
expect_output output "$QUIZ" --kmsg=all sh -c "$taints"
says 'taints kernel\.' || { show_run; fail "--kmsg=all does not show all"; }

# Of what cannot be had in a machine quiz says what can, once.
run "$QUIZ" sh -c 'mkdir l u w o; for i in 1 2; do mount -t overlay none -o lowerdir=l,upperdir=u,workdir=w o; done; mount -t tmpfs none w && mkdir w/u w/w && mount -t overlay none -o lowerdir=l,upperdir=w/u,workdir=w/w o && echo mounted'
[[ $(cat out) == mounted ]] || { show_run; fail "no overlay on a tmpfs"; }
(($(grep -c '^quiz: / is an overlay itself .*tmpfs' err) == 1)) || { show_run; fail "no hint, or several"; }

# A quiet run says nothing at all.
expect_output output "$QUIZ" echo output
[[ ! -s err ]] || { show_run; fail "something on stderr of a run that went well"; }

expect_refusal 'no-such-directory' "$QUIZ" --kmsg=./no-such-directory/file true
no_leftovers
