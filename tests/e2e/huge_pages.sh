# Promise: QEMU's heap asks for huge pages where the kernel gives them to who asks: a start then takes half the page faults.
setting=/sys/kernel/mm/transparent_hugepage/enabled
grep -qsF '[madvise]' $setting || skip "huge pages are not for who asks: $(cat $setting 2>&1)"

: >started
"$QUIZ" sh -c 'echo started; sleep 1000' >started 2>err &
quiz=$!
wait_until 100 grep -q started started
read -r qemu _ < <(qemu_processes)
flags=$(awk '/^[0-9a-f]+-/ { heap = $NF == "[heap]" } heap && $1 == "VmFlags:"' "/proc/$qemu/smaps")
[[ " $flags " == *' hg '* ]] || problem "the heap's flags: $flags"
kill $quiz
wait $quiz || true
no_leftovers
again_as_ordinary_user
no_problems
