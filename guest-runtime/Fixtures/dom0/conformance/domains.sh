# SPDX-License-Identifier: Apache-2.0
#
# The domains of a suite: made by the subject, seen through xl and xenstore, and gone whatever ends the suite. To be
# sourced. Each name begins with $tag, each file is in $work. PVH_CARRIED names a folder that is to go as well.

tag=pvh-c$$
readers=

# Wants a control domain, and makes the folder; what is missing skips the whole suite.
prepare() {
  for program in xl xenstore-read xenstore-list sha256sum setsid; do
    command -v $program >/dev/null 2>&1 || {
      echo "skipped: there is no $program here: this wants a control domain" >&2
      exit 77
    }
  done
  xl info >/dev/null 2>&1 || {
    echo "skipped: xl reaches no Xen here" >&2
    exit 77
  }
  work=$(mktemp -d) || exit 99
  trap clean EXIT
  trap 'exit 99' HUP INT TERM
  # For when this is killed.
  setsid sh -c '
    while kill -0 $1 2>/dev/null; do sleep 1; done
    # A toolstack that was at work goes on for a while.
    [ ! -d "$3" ] || {
      . "$4"
      sleep 5
      remove_domains "$2"
    }
    [ -z "$5" ] || rm -rf "$5"' sh $$ "$tag" "$work" "$here/conformance/clean.sh" "${PVH_CARRIED:-}" </dev/null >/dev/null 2>&1 &
}

clean() {
  [ -z "$readers" ] || kill $readers 2>/dev/null
  set -- $$ "$tag" "$work"
  . "$here/conformance/clean.sh"
  [ -z "${PVH_CARRIED:-}" ] || rm -rf "$PVH_CARRIED"
}

# Sets $kernel to the file of a fixture's image.
find_image() {
  for kernel in "${PVH_FIXTURES:-$here/../elf}/$1.elf" "$here/../.build/pvh/$1.pvh" "$1"; do
    [ ! -f "$kernel" ] || return 0
  done
  refuse "there is no image $1.elf; set PVH_FIXTURES to its folder"
}

# What the next domain is to be, as far as it is not usual.
wish() {
  memory=16 vcpus=1 most_vcpus=1 cmdline= module= after_reboot=preserve after_crash=preserve
}

# create LABEL FIXTURE-OR-FILE: makes a paused domain of what was wished; $name, $number and $messages are its.
create() {
  label=$1 name=$tag-$1 number=
  find_image "$2"
  if ! subject_create >"$work/messages" 2>&1; then
    messages=$(tail -n 2 "$work/messages")
    return 1
  fi
  number=$(xl domid "$name" 2>/dev/null) && [ -n "$number" ] || {
    messages="xl knows no domain $name"
    return 1
  }
}

# Keeps what the domain of this label prints, in $work/LABEL.console.
listen() {
  : >"$work/$label.console"
  await 100 'tty=$(xenstore-read "/local/domain/$number/console/tty" 2>/dev/null) && [ -c "$tty" ]' || return 1
  cat "$tty" >>"$work/$label.console" 2>/dev/null </dev/null &
  reader=$!
  readers="$readers $reader"
}

# start LABEL FIXTURE: a domain that runs and is listened to.
start() { create "$1" "$2" && listen && subject_unpause; }

# run LABEL FIXTURE [SECONDS]: one that is run to its verdict, and removed.
run() {
  start "$1" "$2" || { remove; return 1; }
  await "$((${3:-60} * 10))" 'printed "Test result:" || has_ended'
  # The last line may be on its way.
  await 20 'printed "Test result:"'
  remove
}

remove() {
  subject_destroy >/dev/null 2>&1
  [ -z "${reader:-}" ] || kill "$reader" 2>/dev/null
  reader=
}

# await TENTHS CONDITION: looks ten times a second until it is true.
await() {
  looks=0
  until eval "$2"; do
    looks=$((looks + 1))
    [ $looks -lt "$1" ] || return 1
    sleep 0.1
  done
}

# Whether the domain of $label has printed a text.
printed() { grep -q -e "$1" "$work/$label.console"; }

# value KIND KEY: what the guest of $label said in its first line of that kind.
value() {
  sed -n "s/.*\"t\":\"$1\".*[,{]\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/$label.console" | head -n 1
}

# The letters of a state: running, blocked, paused, shut down, crashed, dying; none without a domain.
state() { xl list "${1:-$name}" 2>/dev/null | awk 'NR == 2 { print $5 }'; }
has_ended() { case $(state) in *[sc]* | "") true ;; *) false ;; esac; }
# Why a domain that is kept has ended, by the number of sched.h; - for one that has not.
reason() { xl list -v "${1:-$name}" 2>/dev/null | awk 'NR == 2 { print $(NF - 1) }'; }
exists() { xl domid "$1" >/dev/null 2>&1; }

# Whether what is tested can be asked at all.
is_alive() { timeout 20 xenstore-read /tool/xenstored >/dev/null 2>&1 || timeout 20 xenstore-list / >/dev/null 2>&1; }
