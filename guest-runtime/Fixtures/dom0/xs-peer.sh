#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The second party of the xs-conformance guest, in the control domain: does what the guest writes to its
# node data/pvh/ask, and says how it went in data/pvh/answer. It ends when the guest says "bye", or when
# the guest is gone.
#
#   xs-peer.sh DOMAIN-NUMBER
#
# Needs: a POSIX shell, mkfifo, and Xen's xenstore-read, -write, -rm, -chmod, -exists and -watch.

domain=$1
case $domain in '' | *[!0-9]*)
  echo "usage: xs-peer.sh DOMAIN-NUMBER" >&2
  exit 64
  ;;
esac
home=/local/domain/$domain

folder=${TMPDIR:-/tmp}/xs-peer.$$
mkdir -m 700 "$folder" && mkfifo "$folder/changes" || exit 99
# One watch for the whole time: a change that comes while another is worked on is not missed.
xenstore-watch "$home/data/pvh/ask" >"$folder/changes" 2>/dev/null &
watch=$!
trap 'kill $watch 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# What the guest asks for; its words have no spaces. All that it may name is its own.
perform() {
  word=$1
  path=${2:-}
  case $word in
  hello) return 0 ;;
  esac
  case $path in
  "$home/cts" | "$home/cts/"* | "$home/data/cts/"*) ;;
  *) return 64 ;;
  esac
  shift 2
  case $word in
  # node PATH VALUE PERMISSION...
  node)
    value=$1
    [ "$value" != - ] || value=
    shift
    xenstore-write "$path" "$value" && xenstore-chmod "$path" "$@"
    ;;
  write) xenstore-write "$path" "$1" ;;
  chmod) xenstore-chmod "$path" "$@" ;;
  rm) xenstore-rm "$path" ;;
  # repeat PATH COUNT: writes 1, 2, ... COUNT, one after the other
  repeat)
    i=0
    while [ $i -lt "$1" ]; do
      i=$((i + 1))
      xenstore-write "$path" $i || return 1
    done
    ;;
  # children PATH COUNT: makes them with names of 15 letters, at once
  children)
    count=$1
    set --
    i=0
    while [ $i -lt "$count" ]; do
      i=$((i + 1))
      set -- "$@" "$path/child-$((100000000 + i))" ""
    done
    xenstore-write "$@"
    ;;
  *) return 64 ;;
  esac
}

last=
while read -r _; do
  ask=$(xenstore-read "$home/data/pvh/ask" 2>/dev/null) || {
    xenstore-exists "$home/domid" 2>/dev/null || exit 0
    continue
  }
  [ "$ask" != "$last" ] || continue
  last=$ask
  # Words are all that it takes.
  set -f
  set -- $ask
  set +f
  [ $# -ge 2 ] || continue
  number=$1
  shift
  [ "$1" != bye ] || exit 0
  if perform "$@" >/dev/null 2>&1; then
    answer="ok"
  else
    answer="failed with status $?"
  fi
  xenstore-write "$home/data/pvh/answer" "$number $answer"
done <"$folder/changes"
