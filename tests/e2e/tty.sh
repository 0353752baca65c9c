# Promise: at a terminal the program has a terminal: size, resizing, job control, Ctrl-C, Ctrl-Z, colours, full-screen programs.
# timeout: 600
# serial
command -v tmux >/dev/null || skip "no tmux"
trap '(($? == 0)) || screen >&2; terminal_close' EXIT
terminal_open 100 30
boot=60 # seconds that a VM may take to come up on a busy machine

# Of every run: nothing is left, and the terminal is as before, its mode and its echo.
restored() {
  wait_until 60 last_line_is '^ready> *$'
  no_leftovers
  clear_terminal
  typed '[ "$before" = "$(stty -g)" ] && echo restored $((1 + 1))'
  wait_for_screen 10 '^restored 2'
  clear_terminal
}

# A shell of one's own, with job control, the right size, and a following resize.
typed 'before=$(stty -g)'
typed "$QUIZ bash --norc --noprofile"
wait_for_screen $boot '^bash-[0-9.]+[#$] *$'
typed "PS1='guest> '"
wait_for_screen 20 'guest> *$'
typed 'stty size; tty'
wait_for_screen 20 '^30 100'
wait_for_screen 20 '^/dev/pts/'
tmux_run resize-window -x 90 -y 25
resized() {
  clear_terminal
  typed 'stty size'
  sleep 0.5
  screen_has '^25 90'
}
wait_until 60 resized
typed 'sleep 1000 & jobs -l; kill %1; wait'
wait_for_screen 20 'Running +sleep 1000'

# Ctrl-C stops the program and not the VM; Ctrl-Z stops a job in the guest.
# Each key is typed only once what it is meant for is there: readline drops what comes in the same moment as a Ctrl-C.
clear_terminal
typed 'sh -c "echo reads \$((1 + 1)); exec cat"'
wait_for_screen 20 '^reads 2'
pressed C-c
wait_until 20 last_line_is '^guest> *$'
typed 'echo ended $?, still here'
wait_for_screen 20 '^ended 130, still here'
clear_terminal
typed 'sh -c "echo sleeps \$((1 + 1)); exec sleep 1000"' # a Ctrl-Z takes away an Enter that is not yet read
wait_for_screen 20 '^sleeps 2'
stopped() {
  pressed C-z
  sleep 0.3
  screen_has 'Stopped +sh -c'
}
wait_until 60 stopped
typed 'kill %1; echo job $((1 + 1))'
wait_for_screen 20 '^job 2'

# Ctrl-D ends the shell; the terminal is restored.
pressed C-d
restored

# Without a program it is the caller's shell; with -S it comes after the program, in the same machine.
typed "SHELL=/bin/sh $QUIZ; echo status=\$?"
wait_for_screen $boot '^# *$'
typed 'echo $0 in $(cat /proc/1/comm); exit 6'
wait_for_screen 20 '^/bin/sh in init'
wait_for_screen 20 '^status=6'
restored
typed "SHELL=/bin/sh $QUIZ -S sh -c 'echo left >/tmp/left; exit 3'; echo status=\$?"
wait_for_screen $boot '^# *$'
typed 'echo $(cat /tmp/left) behind'
wait_for_screen 20 '^left behind'
pressed C-d
wait_for_screen 20 'status=3'
restored

# stderr that goes elsewhere stays apart; the status comes through.
clear_terminal
typed "$QUIZ sh -c 'echo o; echo e >&2; exit 7' 2>/dev/null; echo status=\$?"
wait_for_screen $boot '^status=7'
screen_has '^o' || fail "no stdout at the terminal"
! screen_has '^e *$' || fail "stderr was not kept apart"
restored

# Colours, as with stdout a terminal and stdin none.
clear_terminal
typed "mkdir -p colour/dir; $QUIZ ls --color=auto colour </dev/null; echo done=\$?"
wait_for_screen $boot '^done=0'
tmux_run capture-pane -p -e | grep -q $'\033\\[[0-9;]*m.*dir' || fail "no colours"
restored

# Ctrl-Z and fg stop and continue a piped run, QEMU with it.
clear_terminal
typed "$QUIZ sh -c 'echo started >&2; i=0; while [ \$i -lt 1000000 ]; do i=\$((i+1)); done; echo finished' | cat"
wait_for_screen $boot '^started'
pressed C-z
wait_for_screen 20 'Stopped'
# The program computes all the time: a machine that uses no CPU stands still.
standing_still() {
  local pid before after
  pid=$(qemu_processes)
  before=$(cpu_time "$pid")
  sleep 0.5
  after=$(cpu_time "$pid")
  ((after - before <= 2))
}
wait_until 60 standing_still
! screen_has '^finished' || fail "the program ended before it was stopped: it shall run longer"
typed fg
wait_for_screen 240 '^finished'
restored

# A guest that hangs: real-time programs keep every CPU from everybody else, init too. The second Ctrl-C kills the VM.
# The program itself ignores Ctrl-C: nothing but that kill ends the run.
cat >hang <<'END'
trap '' INT
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
echo ready to hang
read -r _
echo hangs now
chrt -f 99 sh -c 'while :; do :; done' &
exec chrt -f 99 sh -c 'while :; do :; done'
END
clear_terminal
typed "$QUIZ sh ./hang; echo status=\$?"
wait_for_screen $boot '^ready to hang'
pressed Enter
wait_for_screen 60 '^hangs now' # a Ctrl-C takes away what was typed and not yet read
told() {
  pressed C-c
  sleep 0.5
  screen_has 'the guest does not answer: Ctrl-C again kills it'
}
wait_until 60 told
pressed C-c
wait_for_screen 20 'status=130'
restored

# Ctrl-] Ctrl-Z stops quiz itself, the terminal being the caller's meanwhile; Ctrl-] . kills the VM at once.
typed "$QUIZ sh -c 'echo waiting; read -r line; echo got \$line; sleep 1000'; echo status=\$?"
wait_for_screen $boot '^waiting'
pressed 'C-]' C-z
wait_for_screen 20 'Stopped'
typed '[ "$before" = "$(stty -g)" ] && echo mine $((1 + 1))'
wait_for_screen 10 '^mine 2'
typed 'fg; echo status=$?'
typed 'typed ahead'
wait_for_screen 20 '^got typed ahead'
pressed 'C-]' .
wait_for_screen 20 'status=137'
restored

# A run that was begun in the background gets the terminal with fg, although that sends nothing to a job that runs.
clear_terminal
typed "$QUIZ sh -c 'echo waiting; read -r line; echo got \$line; stty size' &"
wait_for_screen $boot 'waiting *$' # behind bash's prompt
pressed Enter # bash's prompt once more, below what the program wrote
wait_until 20 last_line_is '^ready> *$'
typed 'fg; echo status=$?'
typed 'typed to the job'
wait_for_screen 20 '^got typed to the job'
wait_for_screen 20 '^25 90'
wait_for_screen 20 'status=0'
restored

# A full-screen program opens, edits, quits; the terminal is as before.
editor=$(command -v vim || command -v vim.tiny || true)
[[ -n $editor ]] || fail "no vim on this host: ./dev test installs vim-tiny"
clear_terminal
typed "$QUIZ sh -c '${editor##*/} -u NONE text; cat text'; echo status=\$?"
wait_for_screen $boot '^~'
pressed i
typed 'written in the guest'
pressed Escape
typed ':wq'
wait_for_screen 20 '^written in the guest'
wait_for_screen 20 '^status=0'
typed 'echo terminal $((6 * 7))'
wait_for_screen 10 '^terminal 42'
[[ ! -e text ]] || fail "the file came back to the host"
restored

# top, drawn anew at another size.
if command -v top >/dev/null; then
  clear_terminal
  typed "$QUIZ top -d 1"
  wait_for_screen $boot 'load average'
  tmux_run resize-window -x 120 -y 40
  fills_the_screen() { (($(tmux_run capture-pane -p | grep -c '[^ ]') >= 38)); }
  wait_until 60 fills_the_screen
  pressed q
  restored
fi

# With -T no terminal, with -t one even in a pipe.
clear_terminal
typed "$QUIZ -T sh -c 'test -t 1 || echo none'"
wait_for_screen $boot '^none'
restored
terminal_close
expect_status 0 "$QUIZ" -t sh -c 'test -t 1'
no_leftovers
