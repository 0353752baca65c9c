# Promise: with hardware virtualization everything is as without it. Few machines that run tests have that; in a machine of
# quiz's own there is some, emulated but whole (AMD's, with nested paging): quiz runs in quiz, and this is what runs inside.
# needs: built
# long
# serial
# timeout: 1500
RUN_LIMIT=1400
built=$("$QUIZ" -k 6.12 uname -r)
mkdir -p store/quiz/kernels
cp -a "${XDG_DATA_HOME:-$HOME/.local/share}/quiz/kernels/$built" store/quiz/kernels/
rm -rf "store/quiz/kernels/$built"/{vmlinux.debug,modules/lib/modules/*/build}
"$E2E/oops_module" "$(find store -name cpuid.ko)" oops.ko
cp "$QUIZ" quiz

cat >inside <<'END_OF_SCRIPT'
directory=$1
set -e
modprobe kvm-amd
chmod 666 /dev/kvm
mkdir /own
mount -t tmpfs -o size=50% none /own
mkdir /own/home /own/cache
chmod 755 /own /own/home
cp -a "$directory/store" /own/data
cp "$directory/quiz" "$directory/oops.ko" /own/
mount -t tmpfs -o size=50% none /tmp
cd /own
export HOME=/own/home XDG_DATA_HOME=/own/data XDG_CACHE_HOME=/own/cache
exec env QUIZ=/own/quiz OOPS=/own/oops.ko GUESTS="$GUESTS" E2E_EVIDENCE=/own/evidence "$E2E/run" kvm_inside
END_OF_SCRIPT

# One CPU: with two, the kernel outside was damaged now and then by QEMU's emulation ("corrupted stack end").
run "$QUIZ" -k debian -m 4G -c 1 --kmsg=kmsg -e E2E="$E2E" -e BUILT="$built" -e GUESTS="$(readlink -m "$ATTACKERS/../guest")" sh inside "$PWD"
grep -E "^\[[ 0-9.]*\] [0-9]+ s: " kmsg || true # how far it came, where the machine outside died
cat out
[[ $status == 0 ]] || { show_run; fail "inside: status $status"; }
