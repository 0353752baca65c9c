# Promise: a checkout reaches nothing of the host unasked. Every folder of hostile_checkouts is refused, or asked for by one
# message with its place, what it reaches, and the remedy; what is harmless runs as it is.
# timeout: 900

# A store of our own: what is agreed to here is nobody's, and there is a profile of the user's with a hook.
real=${XDG_DATA_HOME:-$HOME/.local/share}/quiz
export XDG_DATA_HOME=$PWD/data
mine=$XDG_DATA_HOME/quiz/profiles/mine
mkdir -p "$mine"
ln -s "$real/kernels" "$XDG_DATA_HOME/quiz/kernels"
printf 'description = "x"\n[options.word]\ndefault = "mine"\nhelp = "what is said"\n' >"$mine/profile.toml"
printf '#!/bin/sh\necho "$QUIZ_OPTION_WORD" >>"%s/ran"\n' "$PWD" >"$mine/host"
chmod +x "$mine/host"
export GITHUB_TOKEN=secret AWS_SECRET_ACCESS_KEY=secret
top=$PWD
wrong=()

# checkout NAME: a copy of that folder, and where to stand.
checkout() {
  rm -rf "$top/place"
  mkdir "$top/place"
  cp -a "$E2E/hostile_checkouts/$1" "$top/place/project"
  cd "$top/place/project"
  [[ ! -e make ]] || bash -e make
  words=(true)
  [[ ! -e run ]] || read -r -a words <run
}

for folder in "$E2E"/hostile_checkouts/*/; do
  name=$(basename "$folder")
  checkout "$name"
  read -r what pattern <expect
  run "$QUIZ" "${words[@]}"
  case $what in
    freely) [[ $status == 0 && ! -s err ]] || { show_run; wrong+=("$name"); } ;;
    asked)
      if [[ $status != 125 ]] || ! grep -qE -- "$pattern.*, and you have not agreed" err || ! grep -q 'quiz trust' err ||
        (($(wc -l <err) > 4)); then
        show_run
        wrong+=("$name: not asked for")
      fi
      run "$QUIZ" trust --show
      grep -q '^\* .*quiz trust ' out || { show_run; wrong+=("$name: trust --show has no star"); }
      grep -q '^  not agreed ' out || { show_run; wrong+=("$name: trust --show"); }
      run "$QUIZ" trust
      run "$QUIZ" --dry-run "${words[@]}"
      ! grep -q 'you have not agreed' err || { show_run; wrong+=("$name: asked for again"); }
      ;;
    refused)
      for again in no yes; do
        if [[ $status != 125 ]] || ! grep -qE -- "$pattern" err || (($(wc -l <err) > 4)); then
          show_run
          wrong+=("$name: not refused ($again)")
        fi
        run "$QUIZ" trust
        run "$QUIZ" "${words[@]}"
      done
      ;;
    *) fail "$name expects '$what'" ;;
  esac
done
cd "$top"
[[ ! -e ran ]] || wrong+=("a hook of the user's was run: $(tr '\n' ' ' <ran)")
((${#wrong[@]} == 0)) || fail "$(printf '%s; ' "${wrong[@]}")"

# What the caller says for himself needs nobody's consent.
checkout your_hook
expect_status 0 "$QUIZ" -p mine true
[[ $(cat "$top/ran") == mine ]] || fail "the user's own hook did not run"
checkout much_memory
expect_status 0 "$QUIZ" -m 256M true
checkout directory_of_run
expect_status 0 "$QUIZ" -C / true

# What was agreed to is asked for again when it has changed.
checkout kernel_words
echo 'cmdline = "loglevel=4"' >.quiz.toml
expect_status 0 "$QUIZ" trust
expect_status 0 "$QUIZ" true
echo 'cmdline = "loglevel=5"' >.quiz.toml
expect_refusal 'you have not agreed' "$QUIZ" true
expect_status 0 "$QUIZ" trust
expect_status 0 "$QUIZ" trust --remove
expect_refusal 'you have not agreed' "$QUIZ" true
checkout layer_outside
expect_status 0 "$QUIZ" trust
grep -q '^agreed .*\.quiz/user$' out || { show_run; fail "trust does not show the layer"; }
expect_status 0 "$QUIZ" true
ln -sfn /etc .quiz/user
expect_refusal 'you have not agreed' "$QUIZ" true
cd "$top"
no_leftovers
