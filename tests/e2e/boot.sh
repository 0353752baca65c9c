# quiz boot: bare kernels through quiz's own loader. Debian's and a built kernel as far as they get without a root, and to a
# program of an initrd; and mistakes.
# timeout: 600
RUN_LIMIT=150

# A kernel that quiz has built, if there is one (the first plain 6.12).
built=
for entry in "${XDG_DATA_HOME:-$HOME/.local/share}"/quiz/kernels/6.12.*/vmlinux; do
  [[ ! -e $entry || $entry == *+*/vmlinux ]] || built=$entry
done

debian_bzimage
make_initrd

# The talk's demonstration, in both spellings.
expect_status 122 "$QUIZ" boot bzImage --cmdline console=ttyS0 --qmp "$PWD/monitor"
[[ ! -e monitor ]] || fail "the monitor's socket is left"
grep -q 'Linux version' out || fail "no log on stdout"
grep -q 'VFS: Unable to mount root fs' out || fail "it did not come to the root"
expect_error 'the kernel panicked: VFS: Unable to mount root fs'
expect_status 122 "$QUIZ" --accel tcg boot -o loader.name=linux -o loader.kernel=bzImage -o loader.cmdline=console=ttyS0
grep -q 'VFS: Unable to mount root fs' out || fail "-o loader… did not come to the root"
no_leftovers
mv out microvm.quiz
expect_status 122 "$QUIZ" --accel tcg boot --machine q35 bzImage --cmdline console=ttyS0
mv out q35.quiz

# The same image under QEMU's own loader: the same command line and the same CPUs; and what is usable memory is that there, too,
# but for at most a MiB (docs/direct-boot.md lists the differences).
about_cpus() {
  tr -d '\r' <"$1" | grep -aE 'Command line:|smpboot:|smp:|x86/fpu:|setup_percpu:|NX \(|ACPI: RSDP|Booting paravirt' |
    sed -E 's/^\[[0-9. ]+\] //; s/0x[0-9A-Fa-f]+//g; s/\([0-9.]+ BogoMIPS\)//'
}
same_memory() {
  python3 - "$@" <<'END'
import re, sys

def usable(name):
    text = open(name, errors="replace").read()
    return [(int(a, 16), int(b, 16) + 1) for a, b in re.findall(r"BIOS-e820: \[mem 0x(\w+)-0x(\w+)\] usable", text)]

ours, theirs = map(usable, sys.argv[1:])
assert ours and all(any(a <= begin and end <= b for a, b in theirs) for begin, end in ours), (ours, theirs)
lost = sum(end - begin for begin, end in theirs) - sum(end - begin for begin, end in ours)
assert 0 <= lost <= 1 << 20, (lost, ours, theirs)
END
}
for machine in microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on q35; do
  until_said 'end Kernel panic' qemu.log qemu-system-x86_64 -nodefaults -display none -no-reboot -M $machine -accel tcg \
    -cpu max,erms=off,fsrm=off,la57=off -smp 2 -m 1024 -kernel bzImage -append console=ttyS0 -serial stdio
  ours=${machine%%,*}.quiz
  diff <(about_cpus "$ours") <(about_cpus qemu.log) >&2 || fail "other CPUs or another command line than with QEMU's loader"
  (($(about_cpus "$ours" | wc -l) >= 8)) || fail "hardly anything was compared: $(about_cpus "$ours")"
  same_memory "$ours" qemu.log || fail "other memory than with QEMU's loader"
done

# To a running program, with 1 and 2 CPUs, by each protocol.
for cpus in 1 2; do
  for kernel in bzImage $built; do
    expect_status 0 "$QUIZ" boot "$kernel" -c $cpus --initrd initrd.cpio --cmdline 'console=ttyS0 quiet marker=[a,b]'
    grep -q "^PROGRAM .*, $cpus CPUs, console=ttyS0 quiet marker=\[a,b\]" out || {
      show_run
      fail "no program on $kernel with $cpus CPUs"
    }
  done
done
if [[ -n $built ]]; then
  expect_status 0 "$QUIZ" boot --loader pvh "$built" --initrd initrd.cpio --cmdline 'console=ttyS0 quiet'
  grep -q '^PROGRAM .*, 2 CPUs' out || fail "no program by PVH"
fi
expect_status 0 "$QUIZ" boot --machine q35 bzImage --initrd initrd.cpio --cmdline 'console=ttyS0 quiet'
grep -q '^PROGRAM .*, 2 CPUs' out || fail "no program on q35"

# FreeBSD's own entry, to a kernel of ours that checks what it is given (tests/guest/freebsd.c).
guests=$ATTACKERS/../guest
printf 'the first module\n' >disk.img
python3 -c 'import sys; sys.stdout.buffer.write(bytes((i * 7 + i // 251) & 255 for i in range(100000)))' >large
freebsd=(-m 64 -c 2 --cmdline '-sv one two=3' --env "quiz.text='four [five]'" --module disk.img:md_image --module large:quiz_test)
expect_status 33 "$QUIZ" boot --machine microvm "$guests/freebsd" "${freebsd[@]}"
grep -q '^SUCCESS' out || fail "a promise to FreeBSD is broken on microvm"
expect_status 33 "$QUIZ" boot "$guests/freebsd_pc" "${freebsd[@]}"
grep -q '^SUCCESS' out || fail "a promise to FreeBSD is broken on q35"
expect_refusal "'kern.hz' is no NAME=VALUE" "$QUIZ" boot "$guests/freebsd" --env kern.hz
expect_refusal "module 1 has no type" "$QUIZ" boot "$guests/freebsd" --module disk.img
expect_refusal "is below KERNBASE" "$QUIZ" boot --loader freebsd "$guests/pvh_elf64"
expect_refusal "only FreeBSD takes an environment" "$QUIZ" boot bzImage --env a=b

# The plan.
expect_status 0 "$QUIZ" boot --plan bzImage
grep -q 'Linux, by its 64-bit boot protocol' out || fail "no plan"
expect_status 0 "$QUIZ" boot --plan=json bzImage
python3 -c 'import json; plan = json.load(open("out")); assert plan["cpu"]["mode"] == "long64", plan["cpu"]'

# Ctrl-C, a time-out.
expect_status 124 "$QUIZ" --timeout 1 boot bzImage
# In a script what runs in the background ignores SIGINT, and so would quiz.
env --default-signal=INT "$QUIZ" boot bzImage >killed.out 2>&1 </dev/null &
wait_until 20 has_qemu
kill -INT $!
status=0
wait $! || status=$?
[[ $status == 130 ]] || fail "status $status after SIGINT"
no_leftovers

# Mistakes.
head -c 100000 bzImage >broken
expect_refusal 'broken cannot be booted: .*cut off' "$QUIZ" boot broken
expect_refusal 'has no free memory' "$QUIZ" boot bzImage -m 64
expect_refusal 'it is no kernel that can be booted' "$QUIZ" boot init.c
expect_refusal 'no multiboot2 header .*Multiboot2 3.1.2' "$QUIZ" boot --loader multiboot2 bzImage
expect_refusal "did you mean 'multiboot2'" "$QUIZ" boot --loader multibot2 bzImage
expect_refusal "did you mean '--cmdline'" "$QUIZ" boot --cmdlin=x bzImage
expect_refusal "did you mean 'loader.kernel'" "$QUIZ" boot -o loader.kernal=bzImage
expect_refusal 'boot needs a kernel' "$QUIZ" boot
expect_refusal 'boot takes one kernel' "$QUIZ" boot bzImage bzImage
expect_refusal 'No such file' "$QUIZ" boot ./missing
expect_refusal 'no modules' "$QUIZ" boot bzImage --module init.c
expect_refusal 'is not a memory size|is not a regular file|between' "$QUIZ" boot bzImage -m 1
