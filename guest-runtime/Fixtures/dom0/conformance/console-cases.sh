# SPDX-License-Identifier: Apache-2.0
#
# Cases for a console daemon. To be sourced.

# The first 1 MiB of what console-flood prints with seed 1, and 20,000 bytes of it.
flood_sum=e11b805387391dfbc11ae64866583257d21ae2a3acc9fa2b70b807ff63792148
still_sum=a91620c3ea39ed5678179570df481e19f24d5b77efb26e58540f9fcd5198ddb9

ready() { await 200 'printed "\"t\":\"ready\""'; }

# begin LABEL FIXTURE [CMDLINE]: a guest that is ready and listened to; a failure otherwise.
begin() {
  wish
  cmdline=${3:-}
  start "$1" "$2" && ready && return
  fail "$1 does not come to its start: ${messages:-}"
  remove
  return 1
}

# Whether another guest gets all that it needs, while the daemon is the same as before.
others_are_served() {
  wish
  run other hello-exit 20
  printed 'hello from domain' || { fail "another guest was not served within 20 s"; return 1; }
  [ "$(console_daemon)" = "$daemon" ] || { fail "the daemon has ended"; return 1; }
}

# breaks CASE: a guest that does so, and another one meanwhile.
breaks() {
  wish
  cmdline="case=$1 after=6000"
  start "hostile-$1" console-hostile || { fail "$messages"; return 1; }
  hostile=$name hostile_reader=$reader
  await 20 'printed "\"t\":\"ready\""'
  sleep 1
  others_are_served
  served=$?
  name=$hostile reader=$hostile_reader
  remove
  return $served
}

CO_01() {
  wish
  run hello hello-exit || { fail "$messages"; return; }
  printed 'hello from domain' && printed 'Test result: SUCCESS' || { fail "there were $(wc -c <"$work/hello.console") bytes"; return; }
  pass
}

CO_02() {
  wish
  create terminal idle || { fail "$messages"; return; }
  if await 100 'tty=$(xenstore-read "/local/domain/$number/console/tty" 2>/dev/null) && [ -c "$tty" ]' &&
    : <"$tty"; then pass; else fail "console/tty is \"${tty:-}\""; fi
  remove
}

all_bytes() { awk 'BEGIN { for (i = 0; i < 256; i++) printf "\\%03o", i }'; }

CO_03() {
  begin binary console-binary within=20000 || return
  await 50 '[ "$(wc -c <"$work/binary.console")" -ge 300 ]'
  printf "$(all_bytes)" >"$work/bytes"
  tail -n +2 "$work/binary.console" | head -c 256 >"$work/came"
  cmp -s "$work/bytes" "$work/came" || { fail "out: $(cmp "$work/bytes" "$work/came" 2>&1 | head -n 1)"; remove; return; }
  timeout 10 sh -c 'cat "$1" >"$2"' sh "$work/bytes" "$tty"
  await 300 'printed "Test result:"'
  if printed 'Test result: SUCCESS'; then pass; else
    fail "in: of 256 bytes arrived $(value binary bytes), the first wrong one is number $(value binary wrong-at)"
  fi
  remove
}

CO_04() {
  wish
  cmdline="bytes=1048576"
  run flood console-flood 180 || { fail "$messages"; return; }
  sum=$(tail -n +2 "$work/flood.console" | head -c 1048576 | sha256sum | cut -d ' ' -f 1)
  if [ "$sum" != $flood_sum ]; then
    fail "the sum is not the stream's; $(wc -c <"$work/flood.console") bytes arrived in all"
  else
    pass
  fi
}

CO_07() { breaks output-ahead && pass; }
CO_14() { breaks output-behind && breaks input-ahead && pass; }
CO_25() { breaks all-ones && breaks storm && pass; }

CO_08() {
  wish
  cmdline="bytes=3145728"
  create unread console-flood && subject_unpause || { fail "$messages"; return; }
  if await 600 has_ended; then ended="it ends"; else ended="it does not end within 60 s"; fi
  listen
  sleep 3
  ready=kept end=kept
  printed '"t":"ready"' || ready=lost
  printed 'Test result:' || end=lost
  measured "$ended; a late reader gets $(($(wc -c <"$work/unread.console") >> 10)) KiB, its beginning is $ready, its end is $end"
  remove
}

CO_10() {
  begin storm console-flood "bytes=1000000000" || return
  storm=$name storm_reader=$reader
  if begin answer console-echo; then
    best=
    for try in 1 2 3; do
      before=$(hundredths)
      printf "try%d\n" $try >"$tty"
      await 100 'printed "try$try"'
      spent=$(($(hundredths) - before))
      [ -n "$best" ] && [ "$best" -le $spent ] || best=$spent
    done
    if [ "$best" -le 200 ]; then pass; else fail "the best of three answers took ${best}0 ms"; fi
    remove
  fi
  name=$storm reader=$storm_reader
  remove
}

CO_11() {
  begin typed console-echo || return
  printf 'abc\n\004' >"$tty"
  await 100 'printed "Test result:"'
  if [ "$(value echo bytes)" = 4 ] && [ "$(value echo sha256)" = "$(printf 'abc\n' | sha256sum | cut -d ' ' -f 1)" ]; then
    pass
  else
    fail "of 4 bytes arrived $(value echo bytes)"
  fi
  remove
}

CO_12() {
  begin long console-echo || return
  # Letters: an EOT would end the guest.
  awk 'BEGIN { for (i = 0; i < 65536; i++) printf "%c", 97 + (i * i + i / 7) % 26 }' >"$work/input"
  timeout 120 sh -c '{ cat "$1"; printf "\004"; } >"$2"' sh "$work/input" "$tty"
  await 600 'printed "Test result:"'
  if [ "$(value echo bytes)" = 65536 ] && [ "$(value echo sha256)" = "$(sha256sum "$work/input" | cut -d ' ' -f 1)" ]; then
    pass
  else
    fail "of 65536 bytes arrived $(value echo bytes)"
  fi
  remove
}

CO_13() {
  begin deaf console-no-reader || return
  # Until the ring and the terminal are full.
  timeout 5 sh -c 'head -c 65536 /dev/zero >"$1"' sh "$tty"
  before=$(wc -c <"$work/deaf.console")
  deaf=$name deaf_reader=$reader label=deaf
  await 60 '[ "$(wc -c <"$work/deaf.console")" -gt $((before + 40)) ]' || {
    fail "its output stops"
    remove
    return
  }
  others_are_served && pass
  name=$deaf reader=$deaf_reader
  remove
}

# The number of the last, or first, heartbeat in a file.
beat() { sed -n 's/.*"t":"beat".*"n":\([0-9]*\)}.*/\1/p' "$1" | $2 -n 1; }

CO_15() {
  begin reopened idle beat=50 || return
  await 100 'printed "\"n\":5"'
  kill "$reader"
  wait "$reader" 2>/dev/null
  last=$(beat "$work/reopened.console" tail)
  sleep 1
  listen
  await 100 'printed "\"t\":\"beat\""' || { fail "nothing comes after that"; remove; return; }
  sleep 1
  first=$(beat "$work/reopened.console" head)
  # What the reader took and had not written when it was ended counts as read.
  if [ "$first" -le $((last + 2)) ]; then measured nothing; else measured "some lines"; fi
  remove
}

CO_16() {
  begin shared console-flood "bytes=100000 rate=50000" || return
  cat "$tty" >"$work/second" 2>/dev/null </dev/null &
  second=$!
  await 200 'grep -q "Test result:" "$work/shared.console" "$work/second"'
  sleep 1
  remove
  kill $second 2>/dev/null
  total=$(($(wc -c <"$work/shared.console") + $(wc -c <"$work/second")))
  if [ $total -gt 150000 ]; then measured "each gets all"; else measured "a byte goes to one of them"; fi
}

CO_19() {
  wish
  cmdline="how=crash"
  start crash end || { fail "$messages"; return; }
  await 100 has_ended
  if await 30 'printed "\"t\":\"ready\""'; then pass; else fail "there were $(wc -c <"$work/crash.console") bytes"; fi
  remove
}

CO_23() {
  wish
  run page report || { fail "$messages"; return; }
  measured "connection is $(value console-page connection)"
}

open_files() { ls "/proc/$daemon/fd" | wc -l; }

CO_26() {
  before=$(open_files)
  for round in 1 2 3 4 5 6 7 8; do
    wish
    start "after-$round" idle || { fail "$messages"; return; }
    remove
  done
  wish
  for guest in 1 2 3 4; do start "beside-$guest" idle || { fail "$messages"; return; }; done
  for guest in 1 2 3 4; do
    name=$tag-beside-$guest
    remove
  done
  if await 50 '[ "$(open_files)" -le "$before" ]'; then pass; else fail "$(open_files) are open, not $before"; fi
}
