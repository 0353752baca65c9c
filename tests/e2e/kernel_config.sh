# Promise: a program finds the configuration of its kernel, and what that was built in, by the names that programs look for.
# Debian's kernel, from the store.
config=$("$QUIZ" kernel path debian config)
expect_status 0 "$QUIZ" -k debian sh -c 'cat "/boot/config-$(uname -r)"'
cmp -s out "$config" || fail "/boot/config is not the kernel's own: $(head -3 out)"
expect_status 0 "$QUIZ" -k debian sh -c 'cat "/lib/modules/$(uname -r)/config"'
cmp -s out "$config" || fail "the one beside the modules is not the kernel's own"
# Debian's headers, wherever they are installed.
expect_status 0 "$QUIZ" -k debian sh -c 'readlink "/lib/modules/$(uname -r)/build"; uname -r'
{ read -r build && read -r release; } <out
[[ $build == *"/linux-headers-$release" || -d $build ]] || fail "build leads to $build"

# What the root has in /boot is there as before, with the owner and mode of its files.
if [[ -d /boot && ! -L /boot ]]; then
  ls -lnA /boot | grep -v '^total' >host || true
  expect_status 0 "$QUIZ" -k debian sh -c 'ls -lnA /boot | grep -v "^total" | grep -v -e "-> /lib/modules/$(uname -r)/config$" || true'
  diff host out || fail "/boot is not the host's"
fi

# A configuration that the root has itself stays.
release=$("$QUIZ" -k debian uname -r)
mkdir -p .quiz/user/boot
echo mine >".quiz/user/boot/config-$release"
expect_output mine "$QUIZ" -k debian cat "/boot/config-$release"
rm -r .quiz

# A kernel without one has no link to nothing.
mkdir alone
cp "$("$QUIZ" kernel path debian)" alone/vmlinux
mkdir -p alone/lib/modules
cp -r "$("$QUIZ" kernel path debian modules)" "alone/lib/modules/$release"
rm -f "alone/lib/modules/$release/config" "alone/lib/modules/$release/build"
if [[ ! -e /boot/config-$release ]]; then
  expect_status 0 "$QUIZ" -k alone/vmlinux sh -c "! test -L /boot/config-$release"
fi
no_leftovers
# Nothing is put among files that are not quiz's.
[[ ! -e alone/lib/modules/$release/config && ! -L alone/lib/modules/$release/build ]] || fail "quiz wrote beside a file of the caller's"

# One that quiz built: with the tree that modules are compiled against.
built=$("$QUIZ" kernel list --json | python3 -c '
import json, sys
names = [k["name"] for k in json.load(sys.stdin) if k["source"] == "built" and k["kbuild"] and k["architecture"] == "x86_64"]
print(names[-1] if names else "")')
if [[ -n $built ]]; then
  expect_status 0 "$QUIZ" -k "$built" sh -c 'cat "/boot/config-$(uname -r)"'
  cmp -s out "$("$QUIZ" kernel path "$built" config)" || fail "/boot/config is not the built kernel's"
  expect_status 0 "$QUIZ" -k "$built" sh -c 'cd "/lib/modules/$(uname -r)/build" && test -f Makefile -a -f Module.symvers && cat .config'
  cmp -s out "$("$QUIZ" kernel path "$built" config)" || fail "build has another configuration"
fi
