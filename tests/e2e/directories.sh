# Promise: the program runs where the caller stands, and finds there what the caller has.
mkdir -p 'a b/ü'
cd 'a b'
printf '#!/bin/sh\necho "script in $PWD with $1"\n' >script.sh
chmod +x script.sh
expect_output "script in $PWD with x y" "$QUIZ" ./script.sh 'x y'
expect_output "$PWD" "$QUIZ" pwd
(cd ü && expect_output "$PWD" "$QUIZ" pwd)
echo content >file
expect_output content "$QUIZ" cat file
expect_output content "$QUIZ" sh -c 'cat <file'

# Writes are seen in the guest and vanish.
expect_output changed "$QUIZ" sh -c 'echo changed >file; cat file'
[[ $(cat file) == content ]] || fail "a write of the guest stayed"

expect_output /usr "$QUIZ" -C /usr pwd
expect_output "$PWD/ü" "$QUIZ" -C ü pwd
expect_output / "$QUIZ" -C / pwd
expect_refusal 'no-such-directory' "$QUIZ" -C /no-such-directory true

# A directory is the same one after the kernel has forgotten it, and files are on its device.
expect_status 0 "$QUIZ" sh -c 'd=$(stat -c %d:%i ü /usr /usr/include file)
  echo 3 >/proc/sys/vm/drop_caches
  [ "$(stat -c %d:%i ü /usr /usr/include file)" = "$d" ] && [ "$(echo "$d" | cut -d: -f1 | sort -u | wc -l)" = 1 ]'

# Names that are hard on scripts and option parsers.
odd=$'new\nline, comma=1 \'quote" \\ \$HOME * -x'
mkdir -- "$odd"
(
  cd -- "$odd"
  echo "in the odd one" >file
  expect_output "$PWD" "$QUIZ" pwd
  expect_output "in the odd one" "$QUIZ" cat file
  expect_status 0 "$QUIZ" --output 'results, too' sh -c 'echo new >"$QUIZ_OUTPUT/file"'
  [[ $(cat 'results, too/file') == new ]] || fail "--output in an odd directory"
) || exit 1

# Below directories whose host's content stays out of sight, the caller's own is there all the same.
for top in /dev/shm /run; do
  [[ -w $top ]] || continue
  hidden=$(mktemp -d "$top/quiz-e2e.XXXXXX")
  echo content >"$hidden/file"
  (
    cd "$hidden"
    expect_output "$hidden" "$QUIZ" pwd
    expect_output content "$QUIZ" cat file
    expect_output changed "$QUIZ" sh -c 'echo changed >file; cat file'
    [[ $(cat file) == content ]] || fail "a write of the guest stayed in $hidden"
  ) || { rm -r "$hidden"; exit 1; }
  rm -r "$hidden"
done
expect_output /proc "$QUIZ" -C /proc pwd
expect_output /sys/kernel "$QUIZ" -C /sys/kernel pwd

# A program found by the caller's PATH.
mkdir bin
printf '#!/bin/sh\necho found\n' >bin/only-here
chmod +x bin/only-here
expect_output found env PATH="$PWD/bin:$PATH" "$QUIZ" only-here

# A directory that is gone.
mkdir gone
expect_refusal 'current directory is gone' bash -c 'cd gone; rmdir ../gone; exec "$QUIZ" pwd'
expect_output / bash -c 'mkdir gone; cd gone; rmdir ../gone; exec "$QUIZ" -C / pwd'
cd ..
no_leftovers
