# Promise: Debian's sources become a kernel that runs on microvm, with symbols, modules and a kbuild tree that needs no
# sources; a variant that does not exist yet is built when a run asks for it. What is built stays in the caller's store, so
# that only the first run of this test takes long.
# timeout: 3000
# serial
for program in make gcc flex bison bc; do
  command -v "$program" >/dev/null || fail "there is no $program to build kernels with: ./dev test installs it"
done

plain_build() {
  "$QUIZ" kernel list --json | python3 -c '
import json, sys
names = [k["name"] for k in json.load(sys.stdin)
         if k["source"] == "built" and k["architecture"] == "x86_64" and not k["variant"] and k["version"].startswith("6.12.")]
print(names[-1] if names else "")'
}
built=$(plain_build)
if [[ -z $built ]]; then
  export CCACHE_TEMPDIR=$PWD/ccache # else it stays in the runtime directory, where the test looks for what quiz leaves
  RUN_LIMIT=2800 expect_status 0 "$QUIZ" kernel build debian:6.12
  built=$(plain_build)
fi
[[ -n $built ]] || fail "nothing was built: $(cat out err)"

# --- it runs, on the machine that was made for it, and on q35 with more devices than microvm has slots for -----------------
expect_output "$built" "$QUIZ" --json record -k 6.12 uname -r
[[ $(json record machine) == microvm ]] || fail "it ran on $(json record machine)"
expect_status 0 "$QUIZ" -k 6.12 cat /sys/devices/system/clocksource/clocksource0/current_clocksource
grep -qE '^tsc(-early)?$' out || fail "the clock source is $(cat out)"
expect_status 122 "$QUIZ" -k 6.12 sh -c 'echo c >/proc/sysrq-trigger'
expect_error 'sysrq triggered crash'
expect_status 42 "$QUIZ" -k 6.12 --cpus 1 sh -c 'modprobe dm-crypt && modprobe zram && modprobe scsi_debug && exit 42'

# --- where the time goes ----------------------------------------------------------------------------------------------------
expect_status 0 "$QUIZ" -k 6.12 --boot-chart chart.svg true
python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("chart.svg")' || fail "the chart is no XML"
grep -q 'the kernel, until init' chart.svg || fail "the chart does not show the kernel"
expect_status 0 "$QUIZ" -k 6.12 --boot-chart chart.txt true
grep -qE '^ +[0-9.]+ +[0-9.]+ +the program$' chart.txt || fail "the table has no program: $(cat chart.txt)"
grep -qE '^ +[0-9.]+ +[0-9.]+ {4}[a-z0-9_]+$' chart.txt || fail "the table has no initcall: $(cat chart.txt)"

# --- a module of one's own, against the kbuild tree alone: the build directory and the sources are hidden from it ---------
kbuild=$("$QUIZ" kernel path "$built" kbuild)
! find "$kbuild" -type l -lname '/*' | grep -q . || fail "the kbuild tree points out of itself"
make_hello_module
cache=${XDG_CACHE_HOME:-$HOME/.cache}/quiz
hide() { for part in sources build; do [[ ! -e $cache/$part ]] || mv "$cache/$part" "$cache/$part.hidden"; done; }
show() { for part in sources build; do [[ ! -e $cache/$part.hidden ]] || mv "$cache/$part.hidden" "$cache/$part"; done; }
trap show EXIT
hide
made=0
make -C "$kbuild" M="$PWD/module" modules || made=$?
show
((made == 0)) || fail "the module does not build"
expect_status 0 "$QUIZ" --kmsg all -k 6.12 insmod module/hello.ko
expect_error 'hello from a module'
no_leftovers
