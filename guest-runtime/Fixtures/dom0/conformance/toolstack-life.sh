# SPDX-License-Identifier: Apache-2.0
#
# Cases for what a toolstack does with a domain that runs or ends. To be sourced.

# ends HOW REASON: whether a guest that ends so is kept, with that reason.
ends() {
  wish
  cmdline="how=$1"
  start "end-$1" end || { fail "$messages"; return 1; }
  await 300 has_ended
  found=$(reason)
  remove
  [ "$found" = "$2" ] || { fail "$1: the reason is ${found:-gone, with the domain}, not $2"; return 1; }
}

TS_44() {
  ends poweroff 0 && ends reboot 1 && ends crash 3 && ends watchdog 4 && pass
}

TS_45() {
  subject_can restart || { skip "it has no such setting"; return; }
  wish
  after_reboot=restart cmdline="how=reboot after=3000"
  start again end || { fail "$messages"; return; }
  first=$number
  kill "$reader" 2>/dev/null
  if await 300 'number=$(xl domid "$name" 2>/dev/null); [ -n "$number" ] && [ "$number" != $first ]' && listen; then
    await 100 'printed "\"t\":\"ready\""'
    megabytes=$(xl list "$name" 2>/dev/null | awk 'NR == 2 { print $3 }')
    if ! printed '"t":"ready"'; then fail "the new domain $number prints nothing"
    elif [ "$megabytes" != 16 ]; then fail "the new domain has $megabytes MiB, not 16"
    else pass; fi
  else
    fail "there is no new domain: $(state)"
  fi
  remove
}

TS_46() {
  subject_can coredump || { skip "it has no such setting"; return; }
  [ "$patience" -gt 0 ] || { skip "a core can take minutes: patience= says how many seconds are allowed"; return; }
  cores=/var/lib/xen/dump
  [ -d $cores ] || { mkdir -p $cores && made=$cores; }
  wish
  after_crash=coredump-destroy cmdline="how=crash"
  start core end || { fail "$messages"; return; }
  # A dump looks at all frames below 4 GiB, one at a time.
  await $((patience * 10)) '! exists "$name"'
  core=$(find $cores /var/lib/libvirt/libxl/dump -name "*$name*" -type f 2>/dev/null | head -n 1)
  if exists "$name" && [ -n "$core" ]; then
    fail "the core is not complete after $patience s"
    stop_toolstack "$label.cfg"
  elif exists "$name"; then fail "the domain is still there: $(state)"
  elif [ -z "$core" ]; then fail "there is no core in $cores"
  elif [ "$(head -c 4 "$core" | tail -c 3)" != ELF ]; then fail "$core is no ELF file"
  else pass; fi
  [ -z "$core" ] || rm -f "$core"
  [ -z "${made:-}" ] || rmdir "$made"
  remove
}

TS_47() {
  wish
  start triple triple-fault || { fail "$messages"; return; }
  await 100 has_ended
  found=$(reason)
  remove
  measured "reason ${found:-gone, with the domain}"
}

# The five at once: some answers take a minute.
TS_48() {
  guests="shutdown-ack shutdown-ack-never shutdown-ignore shutdown-refuse shutdown-none"
  for guest in $guests; do
    wish
    fixture=$guest
    case $guest in
    shutdown-refuse) cmdline=feature=0 ;;
    shutdown-none) fixture=shutdown-refuse cmdline=feature=none ;;
    esac
    start "$guest" $fixture || { fail "$guest: $messages"; return; }
    await 100 'printed "\"t\":\"ready\""'
  done
  for guest in $guests; do
    (
      begin=$(hundredths)
      timeout 90 sh -c '. "$1"; subject_shutdown "$2"' sh "$here/conformance/subject-$subject.sh" "$tag-$guest" \
        >/dev/null 2>&1
      status=$?
      seconds=$((($(hundredths) - begin + 50) / 100))
      [ $status = 0 ] && said=ok || said="status $status"
      if [ $seconds -lt 5 ]; then said="$said at once"; elif [ $seconds -ge 85 ]; then said="no answer"; else
        said="$said after $((seconds / 15 * 15)) s"
      fi
      echo "${guest#shutdown-}: $said" >"$work/$guest.said"
    ) &
    eval "asking_$(printf %s $guest | tr - _)=$!"
  done
  found=
  for guest in $guests; do
    eval "wait \$asking_$(printf %s $guest | tr - _)"
    found="$found, $(cat "$work/$guest.said")"
    name=$tag-$guest
    case $guest in
    shutdown-ack) ;;
    *) has_ended && found="$found and it has ended" ;;
    esac
    subject_destroy >/dev/null 2>&1
  done
  measured "${found#, }"
}

TS_49() {
  subject_can wait || { skip "it does not wait"; return; }
  wish
  start waited shutdown-ack-never || { fail "$messages"; return; }
  await 100 'printed "\"t\":\"ready\""'
  subject_shutdown_and_wait "$name" >/dev/null 2>&1 &
  waiting=$!
  sleep 1
  remove
  if await 150 '! kill -0 $waiting 2>/dev/null'; then pass; else
    fail "it still waits after 15 s"
    kill $waiting
  fi
}

# What there is of domains in xenstore, and the free memory in MiB.
belongings() {
  for path in /local/domain /vm /libxl; do echo "$path: $(xenstore-list $path 2>/dev/null | sort | tr '\n' ' ')"; done
  for kind in console vbd vif; do
    echo "$kind: $(xenstore-list "/local/domain/0/backend/$kind" 2>/dev/null | sort | tr '\n' ' ')"
  done
}
free_memory() { xl info 2>/dev/null | awk '$1 == "free_memory" { print $3 }'; }

TS_50() {
  before=$(belongings) megabytes=$(free_memory)
  for round in 1 2 3 4; do
    wish
    start "round-$round" idle || { fail "$messages"; return; }
    remove
  done
  await 50 '[ "$(belongings)" = "$before" ]'
  after=$(belongings)
  [ "$after" = "$before" ] || {
    fail "left: $(printf '%s\n%s\n' "$before" "$after" | sort | uniq -u | tail -n 1)"
    return
  }
  await 100 '[ $(free_memory) -ge $((megabytes - 1)) ]'
  lost=$((megabytes - $(free_memory)))
  if [ $lost -le 1 ]; then pass; else fail "$lost MiB are not free again"; fi
}

TS_51() {
  wish
  cmdline="beat=100"
  { create pausing idle && listen; } || { fail "$messages"; return; }
  sleep 1
  [ ! -s "$work/pausing.console" ] || { fail "it printed before it was unpaused"; remove; return; }
  subject_unpause
  await 100 'printed "\"n\":3"' || { fail "it does not run after it was unpaused"; remove; return; }
  subject_pause
  sleep 1
  count=$(wc -c <"$work/pausing.console")
  sleep 1
  [ "$(wc -c <"$work/pausing.console")" = "$count" ] || { fail "it prints while it is paused"; remove; return; }
  subject_unpause
  if await 100 '[ "$(wc -c <"$work/pausing.console")" -gt $((count + 200)) ]'; then pass; else
    fail "it does not go on"
  fi
  remove
}

TS_52() {
  wish
  vcpus=2 most_vcpus=2
  wanted="online online"
  ! subject_can most-vcpus || { most_vcpus=4 wanted="online online offline offline"; }
  create processors idle || { fail "$messages"; return; }
  found=
  for processor in 0 1 2 3; do
    found="$found $(xenstore-read "/local/domain/$number/cpu/$processor/availability" 2>/dev/null)"
  done
  found=$(echo $found)
  remove
  if [ "$found" = "$wanted" ]; then pass; else fail "\"$found\", not \"$wanted\""; fi
}

TS_53() {
  wish
  start once idle || { fail "$messages"; return; }
  first=$number
  if create once idle; then
    fail "there are two"
  elif [ "$(xl domid "$name" 2>/dev/null)" != "$first" ] || has_ended; then
    fail "the first is gone: $(state)"
  else
    pass
  fi
  remove
}

# Ends the process of a toolstack that has this file among its arguments.
stop_toolstack() {
  for process in /proc/[0-9]*; do
    ! tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q "$work/$1 *\$" || kill -9 "${process#/proc/}"
  done
}

# The numbers of all domains but dom0: one that is half made has no name.
numbers() { xl list 2>/dev/null | awk 'NR > 2 { print $(NF - 4) }' | sort; }

TS_54() {
  subject_can kill || { skip "its client does not make the domain"; return; }
  wish
  label=whole name=$tag-whole
  find_image idle
  begin=$(hundredths)
  subject_create >/dev/null 2>&1
  spent=$(($(hundredths) - begin))
  subject_destroy >/dev/null 2>&1
  numbers >"$work/before"
  killed=0
  for part in 1 2 3 4 5 6 7 8; do
    label=killed-$part name=$tag-killed-$part
    subject_create >/dev/null 2>&1 &
    making=$!
    sleep "$(awk -v hundredths=$((spent * part)) 'BEGIN { print hundredths / 900 }')"
    # The function runs in a shell of its own, and the toolstack is its child.
    children=$(cat "/proc/$making/task/$making/children" 2>/dev/null)
    kill -0 $making 2>/dev/null && killed=$((killed + 1))
    kill -9 $children $making 2>/dev/null
    wait $making 2>/dev/null
  done
  await 30 '[ "$(numbers)" = "$(cat "$work/before")" ]'
  left=$(numbers | sort - "$work/before" | uniq -u)
  nameless=$(xl list 2>/dev/null | awk '$1 == "(null)"' | wc -l)
  for domain in $left; do xl destroy "$domain"; done >/dev/null 2>&1
  if [ -z "$left" ]; then measured nothing
  elif [ "$nameless" -gt 0 ]; then measured "domains without a name"
  else measured "domains that have their names"; fi
}
