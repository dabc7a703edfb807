# SPDX-License-Identifier: Apache-2.0
#
# The lines of a suite of cases, as pvh and pvhfixtures.py read them, and its exit status. To be sourced.
#
# A suite is a table, a case a line: ID|LEVEL|BY|SOURCE|STATEMENT. BY is "report" for what the guest of that name
# judges, else "script": a function named like the case, with _ for -, which calls one of pass, fail, skip and measured.

passed=0 failed=0 skipped=0

pass() { result=pass note=; }
fail() { result=fail note=$1; }
skip() { result=skip note=$1; }
# Each answer is right: what a subject may choose.
measured() { result=pass note= answer=$1; }

# A text as JSON has it inside of quotes, 300 bytes at most.
escape() { printf %s "$1" | tr '\t\n' '  ' | tr -d '\000-\037\177' | cut -b 1-300 | sed 's/\\/\\\\/g; s/"/\\"/g'; }

# The table without comments and empty lines, as far as `only` names its cases: ids or beginnings of ids, with
# commas between them.
chosen() {
  printf '%s\n' "$table" | awk -F '|' -v only="${only:-}" '
    BEGIN { count = split(only, words, ",") }
    /^[A-Z]/ {
      if (!count) { print; next }
      for (i = 1; i <= count; i++) if (index($1, words[i]) == 1) { print; next }
    }'
}

# Ends the suite before it begins, where it is used wrongly.
refuse() {
  printf '@pvh {"v":1,"t":"error","text":"%s"}\nTest result: ERROR\n' "$(escape "$1")"
  exit 99
}

# Every word of `only` has to choose something.
check_choice() {
  for word in $(printf %s "${only:-}" | tr , ' '); do
    printf '%s\n' "$table" | grep -q "^$word" || refuse "only=$word: there is no such case"
  done
}

# run_cases SUITE: runs what is chosen, prints a line for each case and the sum, and exits.
run_cases() {
  suite=$1
  check_choice
  chosen >"$work/table"
  printf '@pvh {"v":1,"t":"plan","fixture":"%s","n":%d}\n' "$suite" "$(wc -l <"$work/table")"
  while IFS='|' read -r id level by source what <&3; do
    result=fail note="the case gave no result" answer= fields=
    begin=$(hundredths)
    if [ "$by" = report ]; then
      of_report "$id"
    else
      "$(printf %s "$id" | tr - _)"
    fi
    spent=$((($(hundredths) - begin) * 10))
    case $result in
    pass) passed=$((passed + 1)) ;;
    fail) failed=$((failed + 1)) ;;
    *) skipped=$((skipped + 1)) ;;
    esac
    [ -z "$answer" ] || fields=",\"answer\":\"$(escape "$answer")\""
    [ -z "$note" ] || fields="$fields,\"note\":\"$(escape "$note")\""
    printf '@pvh {"v":1,"t":"case","id":"%s","level":"%s","r":"%s"%s,"ms":%d,"what":"%s","source":"%s"}\n' \
      "$id" "$level" "$result" "$fields" "$spent" "$(escape "$what")" "$(escape "$source")"
    is_alive || {
      printf '@pvh {"v":1,"t":"lost","after":"%s","left":%d}\n' "$id" \
        $(($(wc -l <"$work/table") - passed - failed - skipped))
      break
    }
  done 3<"$work/table"
  sum=pass word=SUCCESS status=0
  [ $passed -gt 0 ] || { sum=skip word=SKIP status=77; }
  [ $failed -eq 0 ] || { sum=fail word=FAILURE status=1; }
  printf '@pvh {"v":1,"t":"end","fixture":"%s","r":"%s","pass":%d,"fail":%d,"skip":%d}\nTest result: %s\n' \
    "$suite" "$sum" $passed $failed $skipped "$word"
  exit $status
}

# Linux's time since the start, in hundredths of a second.
hundredths() {
  read -r uptime _ </proc/uptime
  echo "${uptime%.*}${uptime#*.}"
}
