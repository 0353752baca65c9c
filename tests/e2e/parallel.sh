# Promise: any number of instances run side by side, each with its own input, output and status.
# timeout: 600
# serial
one() {
  local i=$1 status=0
  printf 'input %s' "$i" | timeout 500 "$QUIZ" sh -c "cat; printf ' of %s' $i; exit $i" >"out.$i" 2>"err.$i" || status=$?
  echo "$status" >"status.$i"
}
export -f one
seq 20 39 | xargs -P 20 -I{} bash -c 'one {}'
wrong=0
for i in {20..39}; do
  if [[ $(cat "status.$i") != "$i" || $(cat "out.$i") != "input $i of $i" ]]; then
    wrong=$((wrong + 1))
    echo "instance $i: status $(cat "status.$i"), output '$(head -c 200 "out.$i")', errors: $(tail -n 3 "err.$i")" >&2
  fi
done
[[ $wrong == 0 ]] || fail "$wrong of 20 instances went wrong"
no_leftovers
