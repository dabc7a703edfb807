# SPDX-License-Identifier: Apache-2.0
#
# Cases for which the console daemon is stopped, or ended and started again, also with other options. To be sourced.

allowed() { [ "$restart" = 1 ] || { skip "restart=1 allows it"; return 1; }; }

# Notes how the daemon was started, so that it is started so again, whatever becomes of the suite.
remember_daemon() {
  [ ! -e "$work/restore.sh" ] || return 0
  program=$(readlink "/proc/$daemon/exe")
  tr '\0' '\n' <"/proc/$daemon/cmdline" | tail -n +2 >"$work/arguments"
  {
    printf 'kill -CONT $(pidof xenconsoled) 2>/dev/null\nkill $(pidof xenconsoled) 2>/dev/null\nsleep 1\n%s' "$program"
    while read -r argument; do printf " '%s'" "$argument"; done <"$work/arguments"
    printf ' </dev/null >/dev/null 2>&1\n'
  } >"$work/restore.sh"
}

# Ends the daemon, and starts it with its own options and more.
restart_daemon() {
  remember_daemon
  more_options=$*
  kill "$daemon"
  await 300 '! kill -0 "$daemon" 2>/dev/null' || { kill -9 "$daemon"; sleep 1; }
  set --
  while read -r argument; do set -- "$@" "$argument"; done <"$work/arguments"
  "$program" "$@" $more_options </dev/null >/dev/null 2>&1
  daemon=
  await 300 'daemon=$(console_daemon)' || { fail "the daemon does not start again"; return 1; }
}

# As it was before.
restore_daemon() {
  restart_daemon
  rm -f "$work/restore.sh"
}

CO_05() {
  allowed && remember_daemon || return 0
  wish
  cmdline="bytes=20000"
  create still console-flood && listen || { fail "$messages"; return; }
  kill -STOP "$daemon"
  subject_unpause
  sleep 2
  kill -CONT "$daemon"
  await 300 'printed "Test result:"'
  rm -f "$work/restore.sh"
  sum=$(tail -n +2 "$work/still.console" | head -c 20000 | sha256sum | cut -d ' ' -f 1)
  if [ "$sum" = $still_sum ]; then pass; else fail "of 20000 bytes arrived $(tail -n +2 "$work/still.console" | wc -c)"; fi
  remove
}

CO_09() {
  allowed || return 0
  wish
  cmdline="bytes=300000"
  create limited console-flood || { fail "$messages"; return; }
  xenstore-write "/local/domain/$number/console/limit" 4096
  restart_daemon || { remove; return; }
  subject_unpause
  await 600 has_ended
  listen
  sleep 2
  count=$(wc -c <"$work/limited.console")
  # The terminal has some, too.
  if [ "$count" -gt 65536 ]; then fail "a late reader gets $count bytes"
  elif printed '"t":"ready"'; then measured "the beginning"
  elif printed 'Test result:'; then measured "the end"
  else measured "neither beginning nor end"; fi
  remove
  restore_daemon
}

CO_17() {
  allowed || return 0
  begin kept idle beat=100 || return
  await 100 'printed "\"n\":5"'
  xenstore-rm "/local/domain/$number/console/tty" 2>/dev/null
  # Who reads gets all that the old one had taken.
  restore_daemon || { remove; return; }
  kill "$reader" 2>/dev/null
  last=$(beat "$work/kept.console" tail)
  listen && await 100 'printed "\"t\":\"beat\""' || { fail "the guest is not served"; remove; return; }
  sleep 1
  first=$(beat "$work/kept.console" head)
  if [ "$first" -le $((last + 2)) ]; then pass; else fail "after line $last came line $first"; fi
  remove
}

CO_20() {
  allowed || return 0
  restart_daemon --log=guest "--log-dir=$work" || return
  begin named idle beat=200 || { restore_daemon; return; }
  new=$tag-renamed
  xl rename "$name" "$new"
  name=$new
  sleep 2
  if [ -s "$work/guest-$new.log" ]; then measured "the new name"
  elif [ -s "$work/guest-$tag-named.log" ]; then measured "the name at its start"
  else fail "there is no log: $(ls "$work" | grep guest- | tr '\n' ' ')"; fi
  remove
  restore_daemon
}

CO_22() {
  allowed || return 0
  wish
  create other-type idle || { fail "$messages"; return; }
  xenstore-write "/local/domain/$number/console/type" ioemu
  xenstore-rm "/local/domain/$number/console/tty" 2>/dev/null
  restart_daemon || { remove; return; }
  sleep 2
  if tty=$(xenstore-read "/local/domain/$number/console/tty" 2>/dev/null); then
    fail "it has the terminal $tty"
  else
    pass
  fi
  remove
  restore_daemon
}

CO_24() {
  allowed || return 0
  restart_daemon --log=guest --timestamp=guest "--log-dir=$work" || return
  wish
  run stamped hello-exit || { fail "$messages"; restore_daemon; return; }
  log=$work/guest-$tag-stamped.log
  lines=$(grep -c 'hello from domain' "$log" 2>/dev/null)
  stamped=$(grep -c '^\[[-0-9]* [:0-9]*\].*hello from domain' "$log" 2>/dev/null)
  if [ "$lines" = 1 ] && [ "$stamped" = 1 ]; then pass; else
    fail "$lines lines, $stamped of them with a time: $(head -n 1 "$log" 2>/dev/null)"
  fi
  restore_daemon
}
