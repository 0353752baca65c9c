# quiz boot with kernels that are not ours, out of Debian's packages: Xen by multiboot 2 and 1, with a Linux dom0 and without
# one, and its shim by PVH; GNU Mach, the example of the multiboot package, tboot, memtest86+, Linux by PVH. What they say at
# the end is what they say under GRUB or under QEMU's own loaders.
# timeout: 1200
# long

packages=(xen-hypervisor-4.17-amd64 xen-utils-4.17 multiboot tboot memtest86+ grub-common grub-pc-bin)
apt-get -q download "${packages[@]}" >apt.log 2>&1 || skip "no ${packages[*]} to be had from apt"
for package in *.deb; do dpkg-deb -x "$package" root; done
debian_bzimage
make_initrd

# GNU Mach's present image is in sid only.
gnumach=
mkdir -p sid/lists/partial sid/cache
mirror=$(debian_mirror) || mirror=
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >sid/sources.list
sid=(-o "Dir::Etc::SourceList=$PWD/sid/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$PWD/sid/lists"
  -o "Dir::Cache=$PWD/sid/cache" -o APT::Sandbox::User=root)
if [[ -n $mirror ]] && apt-get -q "${sid[@]}" update >>apt.log 2>&1 &&
  apt-get -q "${sid[@]}" download gnumach-image-1.8-amd64-up >>apt.log 2>&1; then
  dpkg-deb -x gnumach-image-1.8-amd64-up_*.deb root
  gnumach=root/boot/gnumach-1.8-amd64-up.gz
else
  echo "without GNU Mach: sid is not to be had"
fi

# by_quiz REGEX FILE ARGUMENT…: through our loader. by_qemu: through QEMU's own, which is one for multiboot 1 and Linux.
by_quiz() { until_said "$1" "$2" "$QUIZ" --timeout 250 boot "${@:3}"; }
by_qemu() {
  until_said "$1" "$2" qemu-system-x86_64 -nodefaults -display none -no-reboot -accel tcg -cpu max,la57=off -smp 2 -m 1024 \
    -vga std -serial stdio "${@:3}"
}

# by_grub REGEX FILE COMMANDS FILE…: through a GRUB that finds the files on its second disk.
by_grub() {
  local wanted=$1 output=$2 commands=$3 modules=root/usr/lib/grub/i386-pc
  printf 'set root=(hd1)\n%s\nboot\n' "$commands" >early.cfg
  root/usr/bin/grub-mkimage -O i386-pc -d $modules -c early.cfg -p / -o core.img biosdisk tar multiboot multiboot2 gzio
  cat $modules/boot.img core.img >grub.disk
  truncate -s 4M grub.disk
  tar -cf files.disk --transform='s|.*/||' "${@:4}"
  by_qemu "$wanted" "$output" -M q35 -boot c -drive file=grub.disk,format=raw,if=ide,index=0 \
    -drive file=files.disk,format=raw,if=ide,index=1
}

# said FILE: line by line, without movements of the cursor, and without addresses, sizes and speeds, which may differ, as do
# the disks (EDD).
said() {
  tr -d '\r\0' <"$1" | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]/\n/g' |
    sed -E 's/0x[0-9a-f]+//g; s/[0-9a-f]{6,}//g; s/[0-9.]+ ?[KMG](B\/s|B|Hz)//g; s/^\[[0-9. ]+\]//; s/ +/ /g' | grep -aE '[A-Za-z]' |
    grep -av 'EDD information'
}
# same_end COUNT OURS THEIRS: the last lines are the same.
same_end() {
  diff <(said "$2" | tail -n "$1") <(said "$3" | tail -n "$1") >&2 || fail "not as under the other loader: $2, $3"
}

xen=$(echo root/boot/xen-*-amd64.gz)
serial='console=com1 com1=115200,8n1 noreboot'
zcat "$xen" >xen.elf
no_dom0='Manual reset required'
by_grub "$no_dom0" xen.grub "multiboot2 /$(basename "$xen") $serial" "$xen"
by_qemu "$no_dom0" xen.qemu -M q35 -kernel xen.elf -append "$serial"
for loader in multiboot2 multiboot1; do
  by_quiz "$no_dom0" xen.quiz --loader $loader "$xen" --cmdline "xen $serial"
  grep -qa 'Bootloader: quiz' xen.quiz || fail "Xen does not know its loader"
  grep -qa "Command line: $serial" xen.quiz || fail "not Xen's command line"
  same_end 12 xen.quiz xen.grub
  same_end 12 xen.quiz xen.qemu
done

# A Linux dom0 to its program. Xen's use of SMAP is more than QEMU's emulation knows (under QEMU's own loader dom0 dies of it,
# too).
by_quiz '^PROGRAM' dom0.quiz --loader multiboot2 "$xen" --cmdline "xen $serial smap=off smep=off" \
  --module 'bzImage:dom0 console=hvc0 quiet marker=[a,b]' --module initrd.cpio
grep -qaE '^PROGRAM .*, 2 CPUs, console=hvc0 quiet marker=\[a,b\]' dom0.quiz || fail "not dom0's command line"

# Without a Xen below, the shim's PVH entry comes to its first call of one.
cat >qemu <<END
#!/bin/sh
exec qemu-system-x86_64 "\$@" -d int -D $PWD/exceptions
END
chmod +x qemu
# It writes a file of its own.
expect_status 123 "$QUIZ" --confinement none --qemu "$PWD/qemu" --timeout 100 boot --loader pvh --machine q35 \
  root/usr/lib/xen-4.17/boot/xen-shim --qmp "$PWD/monitor" --cmdline "xen $serial"
python3 - exceptions root/usr/lib/xen-4.17/boot/xen-shim <<'END'
import re, struct, sys
place = int(re.search(r"v=06 .* pc=([0-9a-f]+)", open(sys.argv[1]).read())[1], 16) - 0xffff82d040000000
image = open(sys.argv[2], "rb").read()
headers, count = struct.unpack_from("<I", image, 28)[0], struct.unpack_from("<H", image, 44)[0]
for kind, offset, _, address, size in (struct.unpack_from("<5I", image, headers + i * 32) for i in range(count)):
    if kind == 1 and address <= place < address + size:
        assert image[offset + place - address:][:3] in (b"\x0f\x01\xc1", b"\x0f\x01\xd9"), "it is no hypercall"
        sys.exit()
sys.exit("it ended outside of Xen")
END

# Linux's PVH entry, which Debian's kernels have: to a program.
expect_status 0 "$QUIZ" --timeout 100 boot --loader pvh debian --initrd initrd.cpio --cmdline 'console=ttyS0 quiet'
grep -q '^PROGRAM .*, 2 CPUs, console=ttyS0 quiet' out || fail "no program on Debian's kernel by PVH"

# tboot wants another kernel as a module, and an Intel CPU with a TPM.
tboot=root/boot/tboot.gz
arguments='logging=serial serial=115200,8n1,0x3f8'
by_quiz 'shutdown_system' tboot.quiz $tboot --cmdline "tboot $arguments" --module "xen.elf:xen $serial"
grep -qa 'TBOOT: .*moving module 0' tboot.quiz || fail "tboot found no module"
by_grub 'shutdown_system' tboot.grub "multiboot2 /tboot.gz $arguments
module2 /xen.elf $serial" $tboot xen.elf
same_end 4 tboot.quiz tboot.grub

memtest=root/boot/memtest86+x64.bin
by_quiz 'Status: Testing' memtest.quiz --machine pc $memtest --cmdline 'console=ttyS0,115200'
by_qemu 'Status: Testing' memtest.qemu -M pc -kernel $memtest -append 'console=ttyS0,115200'
same_end 8 memtest.quiz memtest.qemu

if [[ -n $gnumach ]]; then
  by_grub 'No bootstrap code' mach.grub "multiboot /$(basename $gnumach) console=com0" $gnumach
  for loader in multiboot2 multiboot1; do
    by_quiz 'No bootstrap code' mach.quiz --loader $loader $gnumach --cmdline 'gnumach console=com0'
    same_end 4 mach.quiz mach.grub
  done
fi

# The example writes to the screen, which only the machine's monitor can read.
# on_screen FILE COMMAND…: what it has there when it has halted.
on_screen() {
  local output=$1 pid
  shift
  rm -f monitor
  env --default-signal=INT "$@" >screen.out 2>&1 </dev/null &
  pid=$!
  wait_until 100 screen_says Halted
  python3 "$E2E/screen" monitor >"$output"
  kill -INT $pid
  wait $pid || true
}
screen_says() { python3 "$E2E/screen" monitor 2>/dev/null | grep -q -- "$1"; }
example=root/usr/lib/multiboot/examples/kernel
echo 'a module' >module
on_screen example.quiz "$QUIZ" --timeout 200 boot $example --qmp "$PWD/monitor" --cmdline 'hello quiz' --module module:text
on_screen example.qemu qemu-system-x86_64 -nodefaults -display none -accel tcg -m 1024 -vga std -M q35 -kernel $example \
  -append 'hello quiz' -initrd 'module text' -qmp "unix:$PWD/monitor,server=on,wait=off"
cat example.quiz
for word in 'hello quiz' '_count = 1, mods_addr' Halted; do
  grep -q "$word" example.quiz || fail "the example's screen lacks '$word'"
done
# It draws a diagonal through the screen that quiz, and not QEMU, tells it of: a letter of each line.
for line in 1 2 3; do
  [[ $(sed -n ${line}p example.quiz | cut -c$line) == '\' ]] || fail "the example knows no screen"
done
grep -q Halted example.qemu || fail "QEMU's own loader does not boot the example"
