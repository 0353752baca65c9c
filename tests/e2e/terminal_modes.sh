# Promise: the program's terminal is set as the caller's was: characters, flow control, UTF-8, echo; and the caller's is afterwards as before.
# at_terminal 'STTY-ARGUMENTS' COMMAND…: at a new terminal that is set so; what is shown there goes to the file shown.
at_terminal() {
  python3 - "$@" >shown <<'END'
import fcntl, os, pty, select, subprocess, sys, termios
settings, command = sys.argv[1], sys.argv[2:]
master, slave = pty.openpty()
subprocess.run(["stty", *settings.split()], stdin=slave, check=True)
before = termios.tcgetattr(slave)

def become():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)

child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.STDOUT, preexec_fn=become)
while child.poll() is None or select.select([master], [], [], 0)[0]:
    if select.select([master], [], [], 0.1)[0]:
        sys.stdout.buffer.write(os.read(master, 65536))
if termios.tcgetattr(slave) != before:
    print("the terminal is not as before")
sys.exit(child.returncode)
END
}
# Only what is carried over: what a new terminal has beside it may differ.
look='stty -a | tr " " "\n" | grep -E "^-?(iutf8|ixon|ixany|icrnl|opost|onlcr|icanon|echo|echoe|echok|echoctl|isig|iexten|tostop)$" | sort
  stty -a | grep -oE "(intr|quit|erase|kill|eof|susp|werase|start|stop) = [^;]*"'
for settings in 'sane' 'sane iutf8 erase ^H -ixon' 'sane intr ^X quit undef susp undef -echo tostop' 'raw -echo'; do
  at_terminal "$settings" sh -c "$look" || fail "stty here: $(cat shown)"
  mv shown here
  # What quiz says of its start would be among it.
  at_terminal "$settings" sh -c 'exec "$@" 2>/dev/null' sh "$QUIZ" sh -c "$look" || fail "with '$settings': $(cat shown)"
  diff here shown >difference || { cat difference; fail "the program's terminal differs, with '$settings'"; }
done
no_leftovers
