# Promise: the program gets its arguments byte for byte.
same() { # same ARGUMENT…: printf in the guest prints what printf on the host prints
  env printf '%s|' "$@" >wanted
  expect_status 0 "$QUIZ" printf '%s|' "$@"
  cmp wanted out || fail "these arguments changed"
}

same 'a b' '' '*' "it's" '"' '$HOME' $'x\ny' ü
same '[0-9]' '[a,b]' '{a,b}' '~' '--help' '-v' '--' '-' '--kernel' 'a=b' '\' '\\n' '%s' '!' '#' ';' '&' '$(id)' '`id`' $'\t' ' '
same $'not UTF-8: \xff\xfe\x80' $'\x01\x02\x1b[0m\x7f'
every=''
for code in {1..255}; do every+=$(printf '\\x%02x' "$code"); done
same "$(printf '%b.' "$every")"
same '' '' ''
mapfile -t many < <(seq 1 2000)
same "${many[@]}"
long=$(head -c 100000 /dev/zero | tr '\0' x)
same "$long" "$long" end

# With -- and with options before the program; a program's own options stay its own.
expect_output '-v --kernel nonsense' "$QUIZ" -- echo -v --kernel nonsense
expect_output '--timeout 1' "$QUIZ" -q echo --timeout 1
expect_output 'help' "$QUIZ" /bin/echo help
expect_output 'argv0' "$QUIZ" sh -c 'echo "$0"' argv0
no_leftovers
