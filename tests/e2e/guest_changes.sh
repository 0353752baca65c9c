# Promise: another mode, owner, time or name of a file of the host's costs no memory, however large it is; the host's file
# stays as it was.
export TZ=UTC
truncate -s 3G large
echo text >>large
chmod 640 large
touch -d 2001-02-03 large
before=$(stat -c '%a %s %Y %b' large)
expect_output $'755 3221225477 981158400\ntext\nmoved 3221225477' "$QUIZ" -m 256M sh -c '
  chmod 755 large && stat -c "%a %s %Y" large && chown 1:1 large && touch large && mv large moved &&
  tail -c 5 moved && ! ls large 2>/dev/null && stat -c "%n %s" moved'
[[ $(stat -c '%a %s %Y %b' large) == "$before" && ! -e moved ]] || fail "the host's file: $(stat large)"

# What is written to it does: and then says so.
head -c 300000 /dev/urandom >small
expect_output 300001 "$QUIZ" sh -c 'chmod 700 small && echo >>small && stat -c %s small'
expect_status 0 "$QUIZ" sh -c 'chmod 700 small && echo end >>small && head -c 300000 small'
cmp -s out small || fail "its beginning is another after a change of mode and an append"
