# Promise: `quiz kernel build` turns sources into an entry of the store, and nothing else ever changes the store: not a build
# that fails, not one that is killed. (kernel_built: a real one.)
# timeout: 300
for program in make gcc flex bison bc; do
  command -v "$program" >/dev/null || skip "there is no $program to build kernels with"
done

# A store of our own with the caller's Debian kernels, so that the test may add and remove.
callers=${XDG_DATA_HOME:-$HOME/.local/share}/quiz/kernels
mkdir -p data/quiz/kernels
cp -a --reflink=auto "$callers"/debian-* data/quiz/kernels/
export XDG_DATA_HOME=$PWD/data XDG_CACHE_HOME=$PWD/cache

# --- the way into the store, with a tree whose make is quick: its "kernel" is Debian's -------------------------------------
image=$("$QUIZ" kernel path debian)
modules=$("$QUIZ" kernel path debian modules)
release=$(basename "$modules")
mkdir -p tree/arch/x86/include/asm tree/include/linux tree/scripts
touch tree/Kbuild tree/arch/x86/Makefile tree/include/linux/kernel.h tree/scripts/tool
cat >tree/Kconfig <<'END'
config MODULES
	bool "modules"
config PVH
	bool "an entry for virtual machines"
config SOUND
	tristate "sound"
	depends on HARDWARE
config HARDWARE
	bool "hardware"
END
cat >tree/Makefile <<END
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 3
EXTRAVERSION =
O ?= .
allnoconfig:
	cp \$(KCONFIG_ALLCONFIG) \$(O)/.config
	echo CONFIG_MODULES=y >>\$(O)/.config
olddefconfig:
	grep -q HARDWARE=y \$(O)/.config || sed -i /SOUND/d \$(O)/.config
vmlinux:
	@echo "  CC      kernel/fork.o"
	@cat hook 2>/dev/null | O=\$(O) sh
	cp $image \$(O)/vmlinux
modules:
	@echo symbols >\$(O)/Module.symvers
modules_install:
	mkdir -p \$(INSTALL_MOD_PATH)/lib/modules
	cp -a $modules \$(INSTALL_MOD_PATH)/lib/modules/
	ln -sfn /nowhere \$(INSTALL_MOD_PATH)/lib/modules/$release/build
END

entries() { find data/quiz/kernels -mindepth 1 -maxdepth 1 ! -name .lock | sort; }

expect_status 0 "$QUIZ" kernel build tree
grep -q '^6.12.3 is in the store: built from the directory' out || fail "it says: $(cat out)"
[[ -z $(find tree -name .config) ]] || fail "the source tree was written to"
expect_output "$release" "$QUIZ" -k 6.12.3 uname -r
kbuild=$("$QUIZ" kernel path 6.12.3 kbuild)
[[ -f $kbuild/Module.symvers && -f $kbuild/include/linux/kernel.h && -f $kbuild/.config ]] || fail "an incomplete kbuild tree"
[[ ! -e $(dirname "$kbuild")/modules/lib/modules/$release/build ]] || fail "a link to where it was built was kept"
"$QUIZ" kernel show 6.12.3 | grep -q '^compiler .*gcc' || fail "show does not tell the compiler"

# --- what cannot be ---------------------------------------------------------------------------------------------------------
expect_refusal 'no option SOUNDS \(-e SOUNDS\)' "$QUIZ" kernel build tree -e SOUNDS
expect_error 'did you mean SOUND\?'
expect_refusal 'SOUND=y \(-e CONFIG_SOUND\): it needs HARDWARE, which is off' "$QUIZ" kernel build tree -e CONFIG_SOUND
expect_refusal 'is no kernel source tree' "$QUIZ" kernel build data
expect_refusal 'no kernel sources /nowhere' "$QUIZ" kernel build /nowhere
expect_refusal 'no feature .kazan.' "$QUIZ" kernel build tree --feature kazan
expect_refusal 'is not configured' "$QUIZ" -k ./tree true

# --- for another architecture -----------------------------------------------------------------------------------------------
expect_refusal "no machines of the architecture 's930x'" "$QUIZ" kernel build -a s930x tree
expect_error 'did you mean s390x'
compiler=$(command -v riscv64-linux-gnu-gcc) || fail "there is no compiler for riscv64: ./dev test installs it"
if is_root && unshare --mount true 2>/dev/null; then
  # shellcheck disable=SC2016  # for the shell in the namespace
  expect_refusal 'no riscv64-linux-gnu-gcc' unshare --mount bash -c '
    mount --bind /dev/null "$1"
    exec "$QUIZ" kernel build -a riscv64 tree' without "$compiler"
  expect_error 'apt install gcc-riscv64-linux-gnu'
fi
printf '#\n# Linux/x86 6.12.3 Kernel Configuration\n#\nCONFIG_64BIT=y\n' >x86.config
expect_refusal 'x86.config is for x86_64, not for machines of s390x' "$QUIZ" -a s390x kernel build --config x86.config tree

# --- a variant beside it; failures and interruptions leave everything as it was --------------------------------------------
expect_status 0 "$QUIZ" kernel build tree -e HARDWARE -e SOUND --variant loud
grep -q '^6.12.3+loud is in the store' out || fail "it says: $(cat out)"
before=$(entries; stat -c %i data/quiz/kernels/6.12.3)

echo 'echo "../kernel/fork.c:12:3: error: no such thing" >&2; exit 2' >tree/hook
expect_refusal 'kernel/fork.c:12:3: error: no such thing' "$QUIZ" kernel build tree
expect_error 'the whole log is .*/quiz.log'
[[ $(entries; stat -c %i data/quiz/kernels/6.12.3) == "$before" ]] || fail "a failed build changed the store"

# shellcheck disable=SC2016  # for the shell of the hook
echo 'touch "$O/half"; sleep 100' >tree/hook
"$QUIZ" kernel build tree >out 2>err &
builder=$!
has_half() { [[ -n $(find cache -name half) ]]; }
wait_until 30 has_half
kill -9 "$builder"
wait "$builder" || true
[[ $(entries; stat -c %i data/quiz/kernels/6.12.3) == "$before" ]] || fail "a killed build changed the store"
rm tree/hook
expect_status 0 "$QUIZ" kernel build tree
[[ $(stat -c %i data/quiz/kernels/6.12.3) != "$(tail -n 1 <<<"$before")" ]] || fail "the entry was not replaced"
[[ -z $(find data/quiz/kernels -maxdepth 1 -name '.tmp-*') ]] || fail "a draft was left in the store"

# --- a disk that fills up while the compiler writes -------------------------------------------------------------------------
if is_root && unshare --mount true 2>/dev/null; then
  # shellcheck disable=SC2016  # for the shell of the hook
  echo 'cat /dev/zero >"$O/object"' >tree/hook
  before=$(entries; stat -c %i data/quiz/kernels/6.12.3)
  mkdir -p small
  # shellcheck disable=SC2016  # for the shell in the namespace
  expect_status 125 unshare --mount bash -c '
    mount -t tmpfs -o size=1700M none small
    XDG_CACHE_HOME=$PWD/small exec "$QUIZ" kernel build tree --clean' with_a_small_disk
  expect_error 'No space left on device'
  expect_error 'make room, or set XDG_CACHE_HOME'
  [[ $(entries; stat -c %i data/quiz/kernels/6.12.3) == "$before" ]] || fail "a full disk changed the store"
  expect_status 125 unshare --mount bash -c '
    mount -t tmpfs -o size=100M none small
    XDG_CACHE_HOME=$PWD/small exec "$QUIZ" kernel build tree' with_a_tiny_disk
  expect_error '^quiz: .*(space|room)'
  rm tree/hook
  expect_status 0 "$QUIZ" kernel build tree
fi

# --- all of them again, as they were made, from newer sources -------------------------------------------------------------
sed -i 's/^SUBLEVEL = 3/SUBLEVEL = 4/' tree/Makefile
expect_status 0 "$QUIZ" kernel build --all --prune
entries | grep -q '/6.12.4+loud$' || fail "the variant was not built again"
grep -q '^CONFIG_SOUND=y' "$("$QUIZ" kernel path 6.12+loud config)" || fail "it was built otherwise than before"
! entries | grep -q '/6.12.3' || fail "what is superseded was not removed"

# --- one shot: a variant that a run asks for is built once ------------------------------------------------------------------
expect_refusal 'no option HARDWARES \(-E HARDWARES\)' "$QUIZ" -k 6.12.4 -E HARDWARES true
expect_error 'did you mean HARDWARE\?'
expect_refusal 'was not built by quiz' "$QUIZ" -k debian -E HARDWARE true
expect_output "$release" "$QUIZ" -k 6.12.4 -E HARDWARE uname -r
grep -q '^CONFIG_HARDWARE=y' "$("$QUIZ" kernel path 6.12.4+hardware config)" || fail "the variant lacks the option"
inode=$(stat -c %i data/quiz/kernels/6.12.4+hardware)
expect_output "$release" "$QUIZ" -k 6.12 -E CONFIG_HARDWARE uname -r
[[ $(stat -c %i data/quiz/kernels/6.12.4+hardware) == "$inode" ]] || fail "the variant was built twice"

# --- a tree as it is configured ---------------------------------------------------------------------------------------------
expect_refusal 'no .config in .*/tree that could be kept' "$QUIZ" kernel build tree --keep-config
printf 'CONFIG_MODULES=y\nCONFIG_CC_IS_CLANG=y\n' >tree/.config
expect_refusal 'the .config in .*/tree is for Clang' "$QUIZ" kernel build tree --keep-config
printf 'CONFIG_MODULES=y\nCONFIG_PVH=y\nCONFIG_OWN=y\n' >tree/.config
expect_refusal 'was configured or built in place' "$QUIZ" kernel build tree
expect_error 'with --keep-config'
expect_refusal 'keep-config takes the configuration as it is' "$QUIZ" kernel build tree --keep-config -e SOUND
expect_refusal 'menuconfig needs a terminal' "$QUIZ" kernel build tree --menuconfig
before=$(stat -c '%i %Y' tree/.config)
expect_status 0 "$QUIZ" kernel build tree --keep-config
expect_error 'will not be able to run programs in 6.12.4\+kept: it lacks '
[[ $(stat -c '%i %Y' tree/.config) == "$before" ]] || fail "the tree's .config was touched"
grep -q '^CONFIG_OWN=y' "$("$QUIZ" kernel path 6.12.4+kept config)" || fail "it has another configuration"
[[ -f tree/vmlinux ]] || fail "it was not built in place"

expect_status 0 "$QUIZ" kernel remove 6.12.4 6.12.4+loud 6.12.4+hardware 6.12.4+kept
