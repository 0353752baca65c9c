# Promise: what a system has in /dev and /sys after booting is there: devices that load their module when somebody opens
# them, and the kernel's own file systems.
expect_status 0 "$QUIZ" sh -c 'lsmod; ls -l /dev/loop-control /dev/net/tun'
! grep -q '^loop ' out || fail "the module is loaded before anybody needs it"
grep -qE '^crw------- .* 10, 237 .*/dev/loop-control$' out || fail "/dev/loop-control: $(cat out)"
grep -qE '^crw-rw-rw- .* 10, 200 .*/dev/net/tun$' out || fail "/dev/net/tun: $(cat out)"
expect_output /dev/loop0 "$QUIZ" losetup -f
# shellcheck disable=SC2016
expect_output mounted "$QUIZ" sh -c 'truncate -s 32M /tmp/disk && mkfs.ext4 -q /tmp/disk && mount -o loop /tmp/disk /mnt &&
  umount /mnt && echo mounted'

# Whatever of these the kernel has is mounted.
expect_status 0 "$QUIZ" sh -c 'cat /proc/filesystems; echo; cut -d " " -f 2,3 /proc/mounts'
for mount in /sys/kernel/security:securityfs /sys/kernel/debug:debugfs /sys/kernel/tracing:tracefs \
  /sys/fs/pstore:pstore /sys/fs/cgroup:cgroup2 /dev/hugepages:hugetlbfs; do
  grep -q "nodev.${mount#*:}$" out || continue
  grep -qxF "${mount%:*} ${mount#*:}" out || fail "${mount#*:} is not mounted at ${mount%:*}"
done

# In a guest without the module there is no device that pretends.
expect_status 0 "$QUIZ" sh -c 'sed -n "s/^[^#]* \([^ ]*\) [cb][0-9:]*$/\1/p" /lib/modules/$(uname -r)/modules.devname | sort >/tmp/named
  (cd /dev && find . -type c -o -type b) | sed "s,^\./,," | sort >/tmp/there; comm -23 /tmp/named /tmp/there'
[[ ! -s out ]] || fail "named by the kernel's modules and not there: $(cat out)"
no_leftovers
