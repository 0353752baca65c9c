# quiz boot with a real kernel of FreeBSD for amd64, which QUIZ_FREEBSD_KERNEL names: by its own entry point to the search for a
# root on the memory disk that it was given, with 1 and 2 CPUs. What every kernel is promised, tests/guest checks without one.
# timeout: 900

[[ -n ${FREEBSD_KERNEL:-} ]] || skip "QUIZ_FREEBSD_KERNEL names no kernel of FreeBSD"
head -c 1048576 /dev/zero >disk.img
words=(--module disk.img:md_image --env vfs.root.mountfrom=cd9660:/dev/md0)
expect_status 0 "$QUIZ" boot --plan "$FREEBSD_KERNEL" "${words[@]}"
grep -q "FreeBSD, by its native amd64 entry" out || fail "it was not recognised"
for cpus in 1 2; do
  until_said 'Trying to mount root from cd9660:/dev/md0' console "$QUIZ" boot "$FREEBSD_KERNEL" -c $cpus "${words[@]}"
  grep -qa 'The FreeBSD Project' console || fail "it did not say who it is"
  grep -qa 'md0: Preloaded image <disk.img> 1048576 bytes' console || fail "it did not take the memory disk"
  if ((cpus > 1)); then
    grep -qa "Multiprocessor System Detected: $cpus CPUs" console || fail "it did not find $cpus CPUs"
  fi
done
