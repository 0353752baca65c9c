# Promise: input that quiz cannot use ends with 125, one clear sentence and a hint, and leaves nothing behind.
# timeout: 300
data=${XDG_DATA_HOME:-$HOME/.local/share}

expect_refusal '--kernel|--kernle' "$QUIZ" --kernle x true
expect_refusal 'no-such-option' "$QUIZ" --no-such-option true
expect_refusal 'memory' "$QUIZ" --memory=nonsense true
expect_refusal 'timeout' "$QUIZ" --timeout=-1 true
expect_refusal 'debian' "$QUIZ" -k debain true
expect_refusal 'no-such-image|no such file' "$QUIZ" -k ./no-such-image true
expect_refusal 'kernel' "$QUIZ" kernel frobnicate

# No QEMU.
expect_refusal 'no-such-qemu' "$QUIZ" --qemu no-such-qemu true
expect_refusal 'qemu' env PATH=/nonexistent "$QUIZ" --qemu=qemu-system-none true

# Images that are none.
head -c 4M /dev/urandom >random-image
expect_refusal 'random-image' "$QUIZ" -k ./random-image true
: >empty-image
expect_refusal 'empty-image' "$QUIZ" -k ./empty-image true
cp "$(readlink -f /bin/true)" program-image
expect_refusal 'program-image' "$QUIZ" -k ./program-image true
mkdir directory-image
expect_refusal 'directory-image' "$QUIZ" -k ./directory-image true
expect_refusal '/dev/zero' "$QUIZ" -k /dev/zero true
image=$(find "$data/quiz/kernels" -name 'vmlinu*' -type f ! -path '*+*' 2>/dev/null | head -n 1)
if [[ -n $image ]]; then
  head -c 1M "$image" >truncated-image
  expect_refusal 'truncated-image' "$QUIZ" -k ./truncated-image true
fi
if ! is_root; then
  : >unreadable-image
  chmod 000 unreadable-image
  expect_refusal 'unreadable-image' "$QUIZ" -k ./unreadable-image true
fi

# Memory that the kernel, or the initramfs, does not fit into.
expect_refusal 'memory' "$QUIZ" -m 64M true
expect_refusal 'memory' "$QUIZ" -m 1M true

# A store that cannot be written, or is none.
: >no-directory
expect_refusal 'no-directory' env XDG_DATA_HOME="$PWD/no-directory" "$QUIZ" true
expect_refusal '/proc' env XDG_DATA_HOME=/proc/nowhere "$QUIZ" true

# Settings files: file, line and column.
mkdir project
printf 'memory = "1G"\ncpus = = 2\n' >project/.quiz.toml
(cd project && expect_refusal '\.quiz\.toml:2:[0-9]+' "$QUIZ" true) || exit 1
printf 'memroy = "1G"\n' >project/.quiz.toml
(cd project && expect_refusal '\.quiz\.toml:1:[0-9]+' "$QUIZ" true && expect_error 'memory') || exit 1
printf 'cpus = "many"\n' >project/.quiz.toml
(cd project && expect_refusal '\.quiz\.toml:1:[0-9]+' "$QUIZ" true) || exit 1
mkdir "$XDG_CONFIG_HOME/quiz"
printf '[\n' >"$XDG_CONFIG_HOME/quiz/config.toml"
expect_refusal 'config\.toml:[0-9]+:[0-9]+' "$QUIZ" true
rm -r "$XDG_CONFIG_HOME/quiz"
expect_refusal 'QUIZ_CPUS' env QUIZ_CPUS=many "$QUIZ" true

expect_refusal 'no-such-directory' "$QUIZ" -C ./no-such-directory true
expect_refusal 'empty-image' "$QUIZ" -C ./empty-image true
expect_refusal 'no-such-directory' "$QUIZ" --json ./no-such-directory/file true
expect_refusal 'no-directory' "$QUIZ" --output ./no-directory true
# A name can hold control characters, of one byte or of two, and still does nothing to a terminal.
expect_refusal 'no-such\\x9b2J\\xc2\\x9b2Jä' "$QUIZ" -C $'./no-such\x9b2J\xc2\x9b2Jä' true
# The store still works.
expect_output fine "$QUIZ" echo fine
no_leftovers
