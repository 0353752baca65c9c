# Promise: what the host changes while the guest runs is seen in it: contents at once, names within a second or so, and never
# a file that is half old and half new.
cat >guest.sh <<'END_OF_SCRIPT'
cd "$1"
said() { echo "$1" >>"$QUIZ_OUTPUT/said"; }
# Asked for by name, and listed, before the host makes or changes anything.
for name in flag f gone program halves; do [ -e "$name" ]; done
ls >listed-before
[ "$(cat f)" = old ] && [ "$(./program)" = 'old program' ] || exit 10
dd if=halves bs=64k count=1 2>/dev/null | tr -d a | wc -c >first-half
./mapped || exit 11
echo mine >own
chmod 600 changed-here
exec 4<held
said looked
# The usual loop of a test that waits for the host.
until [ -e flag ]; do sleep 0.1; done
until [ "$(cat f)" = 'new, and longer' ]; do sleep 0.1; done
tr -d b <halves | wc -c | grep -qx 0 || exit 12
while [ -e gone ]; do sleep 0.1; done
until [ "$(./program)" = 'new program' ]; do sleep 0.1; done
until ls | grep -qx flag; do sleep 0.1; done
while ./mapped; do sleep 0.1; done
# What the guest has made its own stays so.
[ "$(cat own)" = mine ] && [ "$(stat -c %a changed-here)" = 600 ] && [ "$(cat <&4)" = held ] || exit 13
mount -o remount,ro / && sleep 2 && ! touch never 2>/dev/null && [ ! -e never ] || exit 14
said all-seen
END_OF_SCRIPT

# here OPTION… DIRECTORY: the host's part, in a directory of it.
here() {
  local directory=${*: -1} quiz
  mkdir -p "$directory"
  (
    cd "$directory"
    rm -f flag said
    echo old >f; echo x >gone; echo held >held; echo x >changed-here
    printf '#!/bin/sh\necho old program\n' >program; chmod 755 program
    head -c 200000 /dev/zero | tr '\0' a >halves
    cp /bin/true mapped # by its pages, as any program is
  )
  mkdir -p output
  rm -f output/said
  timeout 120 "$QUIZ" "${@:1:$#-1}" --output output sh guest.sh "$directory" >out 2>err &
  quiz=$!
  wait_until 60 grep -qx looked output/said
  (
    cd "$directory"
    touch flag
    echo 'new, and longer' >f
    # In place, of the same size.
    head -c 200000 /dev/zero | tr '\0' b | dd of=halves conv=notrunc 2>/dev/null
    rm gone
    cat /bin/false >mapped
    printf '#!/bin/sh\necho new program\n' >program.new; chmod 755 program.new; mv program.new program
  )
  status=0
  wait "$quiz" || status=$?
  [[ $status == 0 ]] || { show_run; fail "status $status in $directory $*"; }
  grep -qx all-seen output/said || fail "not all was seen in $directory"
  [[ ! -e $directory/own ]] || fail "the guest's file is on the host"
}

here "$PWD/below"
# A directory with a view of its own: an overlay by itself.
scratch=$(mktemp -d /var/tmp/quiz-host-changes-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
here "$scratch"
