# quiz boot: bare kernels through quiz's own loader. Debian's and a built kernel as far as they get without a root, and to a
# program of an initrd; and mistakes.
# timeout: 600
RUN_LIMIT=150

# A kernel that quiz has built, if there is one (the first plain 6.12).
built=
for entry in "${XDG_DATA_HOME:-$HOME/.local/share}"/quiz/kernels/6.12.*/vmlinux; do
  [[ ! -e $entry || $entry == *+*/vmlinux ]] || built=$entry
done

# Debian's bzImage out of its package, which `quiz kernel fetch` does not keep.
debian_bzimage() {
  apt-get -q download linux-image-amd64 >apt.log 2>&1 || skip "no linux-image-amd64 to be had from apt"
  local real
  real=$(dpkg-deb -f linux-image-amd64_*.deb Depends | sed -E 's/^(linux-image-[^ ,]+).*/\1/')
  apt-get -q download "$real" >>apt.log 2>&1 || skip "no $real to be had from apt"
  dpkg-deb --fsys-tarfile "$real"_*.deb | tar -xf - --wildcards './boot/vmlinuz-*'
  mv boot/vmlinuz-* bzImage
}

# An initrd whose only program says which kernel runs it, how many CPUs there are and what the command line was.
make_initrd() {
  mkdir -p initrd/dev
  cat >init.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
int main(void) {
  struct utsname name;
  char line[512] = {0};
  mkdir("/proc", 0755);
  mount("proc", "/proc", "proc", 0, 0);
  uname(&name);
  const int fd = open("/proc/cmdline", O_RDONLY);
  if (read(fd, line, sizeof line - 1) < 0) return 1;
  printf("PROGRAM %s, %ld CPUs, %s", name.release, sysconf(_SC_NPROCESSORS_ONLN), line);
  fflush(stdout);
  sleep(1); /* the timer works */
  reboot(RB_AUTOBOOT);
  return 1;
}
END
  gcc -static -Os -o initrd/init init.c
  (cd initrd && find . -print0 | python3 "$E2E/newc" >../initrd.cpio)
}

debian_bzimage
make_initrd

# The talk's demonstration, in both spellings.
expect_status 122 "$QUIZ" boot bzImage --cmdline console=ttyS0 --qmp "$PWD/monitor"
[[ ! -e monitor ]] || fail "the monitor's socket is left"
grep -q 'Linux version' out || fail "no log on stdout"
grep -q 'VFS: Unable to mount root fs' out || fail "it did not come to the root"
expect_error 'the kernel panicked: VFS: Unable to mount root fs'
expect_status 122 "$QUIZ" boot -o loader.name=linux -o loader.kernel=bzImage -o loader.cmdline=console=ttyS0
grep -q 'VFS: Unable to mount root fs' out || fail "-o loader… did not come to the root"
no_leftovers

# The same image under QEMU's own loader: e820, command line and CPUs.
timeout 100 qemu-system-x86_64 -nodefaults -display none -no-reboot -M q35 -accel tcg -cpu max,la57=off -smp 2 -m 1024 \
  -kernel bzImage -append 'console=ttyS0 panic=-1' -serial stdio >qemu.log 2>qemu.err </dev/null || true
expect_status 122 "$QUIZ" boot --machine q35 bzImage --cmdline 'console=ttyS0 panic=-1'
for text in 'Command line:' 'smpboot: Total of' 'ACPI: RSDP'; do
  [[ $(grep -ao "$text.*" qemu.log | sed 's/0x[0-9A-Fa-f]*//g' | sed 's/(.*//' | head -1) == \
    $(grep -ao "$text.*" out | sed 's/0x[0-9A-Fa-f]*//g' | sed 's/(.*//' | head -1) ]] || {
    grep -a "$text" qemu.log out >&2
    fail "not as under QEMU's loader: $text"
  }
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
