# Promise: --json writes one object that tells how the run ended, with which kernel, and how long it took.
expect_status 3 "$QUIZ" --json "$PWD/run.json" sh -c 'exit 3'
[[ $(json run.json outcome) == exited && $(json run.json status) == 3 ]] || { cat run.json; fail "exit 3"; }
for key in start_to_program_ms whole_ms kernel_ms; do
  python3 -c 'import sys; sys.exit(not float(sys.argv[1]) > 0)' "$(json run.json clocks $key)" || fail "clock $key"
done
[[ $(json run.json kernel release) =~ ^[0-9]+\.[0-9]+ ]] || fail "kernel release $(json run.json kernel release)"
expect_output "$(json run.json kernel release)" "$QUIZ" uname -r
[[ -n $(json run.json kernel name) && -n $(json run.json id) && -n $(json run.json machine) ]] || fail "an empty name"
[[ $(json run.json accelerator) =~ ^(tcg|kvm)$ ]] || fail "accelerator $(json run.json accelerator)"
json run.json log >/dev/null
json run.json reason >/dev/null

expect_status 137 "$QUIZ" --json "$PWD/run.json" sh -c 'kill -9 $$'
[[ $(json run.json outcome) == signalled && $(json run.json status) == 137 ]] || { cat run.json; fail "killed"; }
expect_status 122 "$QUIZ" --json "$PWD/run.json" sh -c 'echo c >/proc/sysrq-trigger; sleep 100'
[[ $(json run.json outcome) == panic && $(json run.json status) == 122 ]] || { cat run.json; fail "panic"; }
[[ -n $(json run.json reason) ]] || fail "a panic without a reason"
expect_status 123 "$QUIZ" --json "$PWD/run.json" sh -c 'echo o >/proc/sysrq-trigger; sleep 100'
[[ $(json run.json outcome) == lost ]] || { cat run.json; fail "lost"; }

# By descriptor, apart from the program's own output.
expect_output program bash -c '"$QUIZ" --json 5 echo program 5>by-descriptor.json'
[[ $(json by-descriptor.json outcome) == exited ]] || fail "by descriptor"
no_leftovers
