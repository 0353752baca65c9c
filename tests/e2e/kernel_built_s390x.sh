# Promise: Debian's sources become a kernel for big-endian machines, on this one: it boots, is gone on with, tells a panic, takes
# a module of one's own; the tree that it was built in can be run as it lies there. What is built stays in the caller's store.
# timeout: 3600
# long
# serial
command -v s390x-linux-gnu-gcc >/dev/null || fail "there is no compiler for s390x: ./dev test installs it"
on=("$QUIZ" -a s390x)

plain_build() {
  "$QUIZ" kernel list --json | python3 -c '
import json, sys
names = [k["name"] for k in json.load(sys.stdin) if k["source"] == "built" and not k["variant"]
         and k["architecture"] == "s390x" and k["version"].startswith("6.12.")]
print(names[-1] if names else "")'
}
built=$(plain_build)
if [[ -z $built ]]; then
  export CCACHE_TEMPDIR=$PWD/ccache # else it stays in the runtime directory, where the test looks for what quiz leaves
  RUN_LIMIT=3500 expect_status 0 "$QUIZ" kernel build -a s390x debian:6.12
  built=$(plain_build)
fi
[[ $built == 6.12.*+s390x ]] || fail "nothing was built, or by another name: '$built' $(cat out err)"
release=${built%+s390x}

# --- by its series, and by its name without -a ------------------------------------------------------------------------------
export RUN_LIMIT=120
expect_output "$release s390x" "${on[@]}" -k 6.12 uname -rm
expect_status 0 "${on[@]}" -k 6.12 --cold --json 3 true 3>cold.json
expect_status 0 "${on[@]}" -k 6.12 --json 3 true 3>first.json
expect_status 0 "${on[@]}" -k 6.12 --json 3 true 3>warm.json
[[ "$(json cold.json start) $(json warm.json machine) $(json warm.json clocksource)" == 'cold s390-ccw-virtio tod' ]] ||
  fail "the record: $(cat cold.json warm.json)"
echo "$built: $(json first.json start) $(json warm.json start)" # a busy machine may save no image
expect_output 0102 "${on[@]}" -k "$built" sh -c 'printf "\1\2" | od -An -tx2 | tr -d " "'
expect_status 122 "${on[@]}" -k 6.12 sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
expect_error 'sysrq triggered crash'
expect_output '2097152' "${on[@]}" -k 6.12 -p blockdev:size=1G sh -c 'cat /sys/class/block/$(basename $(readlink -f /dev/quizb0))/size'
expect_refusal "the kernel .*s390x is for s390x, not for machines of x86_64" "$QUIZ" -k "$built" true

# --- a module of one's own --------------------------------------------------------------------------------------------------
kbuild=$("$QUIZ" kernel path "$built" kbuild)
! find "$kbuild" -type l -lname '/*' | grep -q . || fail "the kbuild tree points out of itself"
make_hello_module
make -C "$kbuild" M="$PWD/module" ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- modules || fail "the module does not build"
expect_status 0 "${on[@]}" --kmsg all -k 6.12 insmod module/hello.ko
expect_error 'hello from a module'

# --- the tree that it was built in ------------------------------------------------------------------------------------------
for tree in "${XDG_CACHE_HOME:-$HOME/.cache}/quiz/build/$built"-*/; do
  [[ -f $tree/arch/s390/boot/bzImage ]] || continue
  expect_output "$release s390x" "${on[@]}" -k "$tree" uname -rm
  break
done
no_leftovers
