# Promise: time passes in the guest as on the host: `sleep 1` takes a second, the clocksource is tsc, the date is right.
# timeout: 300
# serial
# Three boots by default; E2E_FULL=1: twenty.
for ((i = 0; i < (${E2E_FULL:-0} ? 20 : 3); ++i)); do
  began=${EPOCHREALTIME/[.,]/}
  expect_status 0 "$QUIZ" sh -c 'read -r a _ </proc/uptime; sleep 1; read -r b _ </proc/uptime; echo "$a $b"; date +%s
    cat /sys/devices/system/clocksource/clocksource0/current_clocksource'
  { read -r begin end && read -r date && read -r source; } <out
  [[ $source == tsc ]] || fail "boot $i: the clocksource is $source"
  # Hundredths of a second by the guest's clock; a busy host may make it longer, nothing may make it shorter, nor longer
  # than it was here.
  took=$((10#${end/./} - 10#${begin/./}))
  here=$(((${EPOCHREALTIME/[.,]/} - began) / 10000))
  ((took >= 99 && took <= here)) || fail "boot $i: sleep 1 took $took hundredths of a second, the whole run $here"
  away=$(($(date +%s) - date))
  ((away >= -1 && away <= 30)) || fail "boot $i: the guest's date is $away s away"
done
no_leftovers
