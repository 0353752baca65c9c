# What kvm_soak runs inside a machine with emulated KVM: warm runs of $KERNEL with $CPUS CPUs. No test by itself.
# timeout: 3300
RUN_LIMIT=300
kvm=("$QUIZ" --accel=kvm -k "$KERNEL" -m 512M -c "$CPUS")
expect_output saved "${kvm[@]}" echo saved
begin=$SECONDS
right=0
for i in {1..20}; do
  run "${kvm[@]}" --json record sh -c "nproc; echo run $i; cat /proc/sys/kernel/random/uuid"
  if [[ $status == 0 && $(head -n 2 out) == "$CPUS"$'\n'"run $i" && $(json record accelerator) == kvm && $(json record start) == warm ]]; then
    right=$((right + 1))
    tail -n 1 out >>ids
  else
    echo "run $i: status $status"
    show_run
    cat record
  fi
done
row="$right of 20 in a row, $((SECONDS - begin)) s"
[[ $(sort -u ids | wc -l) == "$right" ]] || problem "two runs drew the same"
begin=$SECONDS
for i in {1..5}; do timeout "$RUN_LIMIT" "${kvm[@]}" echo "run $i" >"out.$i" 2>"err.$i" & done
wait
at_once=0
for i in {1..5}; do
  if [[ $(<"out.$i") == "run $i" ]]; then at_once=$((at_once + 1)); else tail "err.$i"; fi
done
[[ $right$at_once == 205 ]] || problem "not all were right"
echo "$row"
echo "$at_once of 5 at once, $((SECONDS - begin)) s"
no_leftovers
no_problems
