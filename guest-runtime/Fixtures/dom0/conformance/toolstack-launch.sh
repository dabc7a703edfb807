# SPDX-License-Identifier: Apache-2.0
#
# Cases for what a toolstack gives a guest at its start. To be sourced.

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# The guest "report", once for all cases that it judges, with a command line that says what was asked for.
report() {
  [ ! -e "$work/report.console" ] || { label=report; return; }
  wish
  line="first  second=2 want-memory=16 want-modules=0"
  cmdline="$line want-cmdline=$(printf %s "$line" | sha256sum | cut -d ' ' -f 1)"
  run report report || echo "$messages" >>"$work/report.console"
  label=report
}

# Takes over what the guest says of a case.
of_report() {
  report
  line=$(grep -a "\"t\":\"case\",\"id\":\"$1\"" "$work/report.console" | head -n 1)
  [ -n "$line" ] || { fail "the guest \"report\" came to no result: $(tail -n 1 "$work/report.console")"; return; }
  result=$(printf %s "$line" | sed 's/.*"r":"\([a-z]*\)".*/\1/')
  text=$(printf %s "$line" | sed -n 's/.*,"\(note\|answer\)":"\(.*\)"}.*/\2/p' | sed 's/\\\(["\\]\)/\1/g')
  case $result in pass) note= answer=$text ;; *) note=$text ;; esac
}

# Starts "report" with what was wished; whether it arrived is seen in its lines. False if the toolstack refuses.
reported() {
  label=$1
  rm -f "$work/$1.console"
  run "$1" report || return 1
  printed '"t":"start-info"'
}

# The registers of a domain that has not run yet.
registers() {
  [ ! -e "$work/registers" ] || return 0
  command -v xen-hvmctx >/dev/null 2>&1 || { skip "there is no xen-hvmctx here"; return 1; }
  wish
  create registers idle || { fail "$messages"; return 1; }
  xen-hvmctx "$number" >"$work/registers" 2>/dev/null
  remove
}

# segment NAME ATTRIBUTES...: whether it has base 0, the limit $limit and one of these attributes.
segment() {
  found=$(awk -v name="$1" '$1 == name { print $4, $6, $8 }' "$work/registers" | tr -d ')')
  segment=$1
  shift
  for attributes; do
    [ "$found" != "00000000 $limit $attributes" ] || return 0
  done
  fail "$segment has base, limit and attributes $found"
  return 1
}

TS_05() {
  registers || return 0
  limit=0xffffffff
  if segment cs 0x0c9b 0x0c9a; then pass; fi
}

TS_06() {
  registers || return 0
  limit=0xffffffff
  for register in ds es ss; do segment $register 0x0c93 0x0c92 || return 0; done
  pass
}

TS_07() {
  registers || return 0
  limit=0x0067
  if segment tr 0x008b; then pass; fi
}

TS_10() {
  registers || return 0
  default=$(sed -n 's/.*MTRR:.* default 0x\([0-9a-f]*\).*/\1/p' "$work/registers")
  case $default in
  *8??) [ "${default#"${default%??}"}" = 06 ] && pass || fail "the default type is 0x$default" ;;
  *) fail "MTRRs are off: the default type is 0x$default" ;;
  esac
}

# The same image with another entry point in its ELF header: e_entry, 8 bytes at 24. Source: elf(5).
TS_11() {
  command -v xen-hvmctx >/dev/null 2>&1 || { skip "there is no xen-hvmctx here"; return; }
  find_image idle
  cp "$kernel" "$work/entry.elf"
  entry=$(od -An -t x8 -j 24 -N 8 "$kernel" | tr -d ' ')
  printf '\377\377\017\000\000\000\000\000' | dd of="$work/entry.elf" bs=1 seek=24 conv=notrunc 2>/dev/null
  wish
  create entry "$work/entry.elf" || { fail "$messages"; return; }
  at=$(xen-hvmctx "$number" 2>/dev/null | sed -n 's/.*rip 0x\([0-9a-f]*\).*/\1/p' | head -n 1)
  remove
  if [ "$at" = "$entry" ]; then pass; else fail "the guest would start at 0x$at; the note says 0x$entry"; fi
}

TS_18() {
  wish
  run touch memory-touch 120 || { fail "$messages"; return; }
  if printed 'Test result: SUCCESS'; then pass; else fail "$(tail -n 1 "$work/touch.console")"; fi
}

TS_23() {
  found=
  for megabytes in 1 4 16; do
    wish
    memory=$megabytes
    if start "small-$megabytes" idle && await 200 'printed "\"t\":\"ready\"" || has_ended' && printed '"t":"ready"'; then
      found="$found, $megabytes MiB starts"
    elif [ -z "$number" ]; then
      found="$found, $megabytes MiB is refused"
    else
      found="$found, $megabytes MiB is made and does not start"
    fi
    remove
  done
  measured "${found#, }"
}

TS_25() {
  wish
  reported silent || { fail "$messages"; return; }
  address=$(value start-info cmdline)
  case $address in
  0x0) measured "address 0" ;;
  *) [ "$(value cmdline bytes)" = 0 ] && measured "an empty text" || fail "there are $(value cmdline bytes) bytes" ;;
  esac
}

# Whether the command line $cmdline arrives; $refused counts those that the toolstack does not take.
arrives() {
  if reported line; then
    [ "$(value cmdline sha256)" = "$(printf %s "$cmdline" | sha256sum | cut -d ' ' -f 1)" ]
  else
    [ -z "$number" ] && refused=$((refused + 1))
  fi
}

TS_26() {
  refused=0
  for text in "a \"quoted\" word it's back\\slash a=b=c täg <&> ünd two  spaces" "y$(printf '%0999d' 0 | tr 0 x)"; do
    wish
    cmdline=$text
    arrives || { fail "of $(printf %s "$text" | wc -c) bytes arrived $(value cmdline bytes): $(value cmdline text)"; return; }
  done
  pass
  [ $refused = 0 ] || answer="$refused of 2 were refused"
}

TS_27() {
  subject_can extra || { skip "it has no such settings"; return; }
  wish
  xl_lines='root = "/dev/a"
extra = "b c"'
  reported joined
  joined=$(value cmdline text)
  wish
  cmdline=alone
  reported alone
  xl_lines=
  alone=$(value cmdline text)
  [ "$joined" = "root=/dev/a b c" ] && [ "$alone" = alone ] && pass ||
    fail "without cmdline: $joined; with it: $alone"
}

# given BYTES: a module of that size arrives; $refused says how the toolstack said that it does not take it.
given() {
  wish
  memory=${2:-16} module=$work/module refused=
  head -c "$1" /dev/urandom >"$module"
  if ! reported module; then
    [ -z "$number" ] && refused=$messages
    return
  fi
  [ "$(value module bytes)" = "$1" ] && [ "$(value module sha256)" = "$(sum_of "$module")" ]
}

TS_29() {
  wish
  module=$work/module cmdline="want-modules=1"
  head -c 70000 /dev/urandom >"$module"
  reported module || { fail "$messages"; return; }
  [ "$(value module sha256)" = "$(sum_of "$module")" ] || {
    fail "there were $(value module bytes) bytes with the sum $(value module sha256)"
    return
  }
  if printed '"id":"TS-29","r":"pass"'; then pass; else fail "it is outside of RAM, or in the image"; fi
}

TS_30() {
  given 0 || [ "$(value start-info modules)" = 0 ] || { fail "an empty module has $(value module bytes) bytes"; return; }
  [ -z "$refused" ] && found="an empty one gives $(value start-info modules) modules" || found="an empty one is refused"
  for size in 1 4095 4096 4097; do
    given $size || { fail "of $size bytes arrived $(value module bytes)"; return; }
    [ -z "$refused" ] || found="$found, one of $size bytes is refused"
  done
  measured "$found"
}

TS_31() {
  command -v gzip >/dev/null 2>&1 || { skip "there is no gzip here"; return; }
  wish
  module=$work/module
  printf '%030000d' 0 | gzip -c >"$module"
  size=$(wc -c <"$module")
  reported module || { measured "it is refused"; return; }
  case $(value module bytes) in
  "$((size))") measured "as it was given" ;;
  30000) measured unpacked ;;
  30016) measured "unpacked, with 16 bytes more" ;;
  *) fail "there were $(value module bytes) bytes" ;;
  esac
}

TS_32() {
  given $((10 << 20)) || { fail "of $((10 << 20)) bytes arrived $(value module bytes)"; return; }
  if [ -n "$refused" ]; then measured "it is refused"; else measured "it arrives"; fi
}

TS_33() {
  given 100 || { fail "no module arrived"; return; }
  measured "\"$(value module cmdline)\""
}
