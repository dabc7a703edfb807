#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads what PVHKit's fixtures print on their consoles, for programs without pvh.

As a program: pvhfixtures.py --format tap|junit|github|json [--exit-status N] [LOG]
reads a console log from a file or from standard input, prints the report, and exits with
0 (pass), 1 (fail), 77 (skip) or 99 (the run itself failed).
"""

import argparse
import json
import sys

PASS, FAIL, SKIP, BROKEN = 0, 1, 77, 99
WORDS = {PASS: "pass", FAIL: "fail", SKIP: "skip", BROKEN: "broken"}
MARK = b"@pvh {"


def printable(text):
    """The text with U+FFFD for each character that steers a terminal, or that XML has not."""

    def replaced(character):
        value = ord(character)
        bad = value != 9 and (value < 0x20 or 0x7F <= value < 0xA0 or value in (0xFFFE, 0xFFFF))
        return "\ufffd" if bad else character

    return "".join(map(replaced, text))


class Report:
    """What a guest said of itself: fixture, planned, cases, and the text that is not for programs.

    Each case is a dict with id, result, ms, and where there are any level, note and answer.
    `records` has all lines for programs, as dicts.
    """

    def __init__(self, console):
        self.fixture = None
        self.planned = None
        self.cases = []
        self.text = []
        self.records = []
        self._end = False
        self._error = None
        self._lost = None
        self._word = None
        for line in console.split(b"\n"):
            if line.endswith(b"\r"):
                line = line[:-1]
            mark = line.find(MARK)
            if mark < 0:
                self._keep(line)
                continue
            try:
                record = json.loads(line[mark + 5 :].decode("utf-8", "strict"))
            except ValueError:
                self._keep(line)
                continue
            self._keep(line[:mark])
            self._take(record)

    def _keep(self, line):
        text = printable(line.decode("utf-8", "replace"))
        if text.startswith("Test result: "):
            self._word = text[len("Test result: ") :]
        elif text:
            self.text.append(text)

    def _take(self, record):
        self.records.append(record)

        def string(key):
            value = record.get(key)
            return printable(value) if isinstance(value, str) else None

        def number(key):
            value = record.get(key)
            return value if isinstance(value, int) and not isinstance(value, bool) else None

        if self.fixture is None:
            self.fixture = string("fixture")
        kind = string("t")
        if kind == "plan":
            # A report may be of several runs.
            if number("n") is not None:
                self.planned = (self.planned or 0) + number("n")
        elif kind == "lost":
            self._lost = (string("after") or "unknown", number("left") or 0)
        elif kind == "end":
            self._end = True
        elif kind == "error":
            self._error = string("text") or "unknown"
        elif kind == "case":
            result = string("r")
            case = {"id": string("id") or "unknown"}
            if string("level") is not None:
                case["level"] = string("level")
            case["result"] = result if result in ("pass", "fail", "skip") else "fail"
            for key in ("note", "answer"):
                if string(key) is not None:
                    case[key] = string(key)
            case["ms"] = number("ms") or 0
            for key, name in (("what", "statement"), ("source", "source")):
                if string(key) is not None:
                    case[name] = string(key)
            self.cases.append(case)

    def conclusion(self, status=None, reason=None):
        """(PASS | FAIL | SKIP | BROKEN, what is wrong with the run itself or None).

        status is the guest's exit status, where it is known; reason why there is none.
        """
        if self._error is not None:
            return BROKEN, self._error
        if self._lost is not None:
            return BROKEN, (
                "what is tested stopped answering in %s; %d cases were not looked at" % self._lost)
        if reason is not None:
            return BROKEN, reason
        if self.planned is not None:
            if not self._end:
                return BROKEN, "the output ends before the guest's last line"
            if len(self.cases) != self.planned:
                return BROKEN, "%d of %d cases arrived" % (len(self.cases), self.planned)
        results = {case["result"] for case in self.cases}
        if "fail" in results:
            return FAIL, None
        if "pass" in results:
            return PASS, None
        if results:
            return SKIP, None
        if self._word == "FAILURE":
            return FAIL, None
        if self._word == "SKIP" or self._word is None and status == 77:
            return SKIP, None
        if self._word == "ERROR" or self._word is None and status == 99:
            return BROKEN, "the guest said so"
        if status is None:
            if self._word == "SUCCESS":
                return PASS, None
            return BROKEN, "the output ends before the guest's last line"
        return (PASS, None) if status == 0 else (FAIL, "exit status %d" % status)

    @property
    def failed(self):
        """The cases that failed."""
        return [case for case in self.cases if case["result"] == "fail"]

    def listed(self, status=None, reason=None):
        """The cases; for a guest that has none, one that stands for the run."""
        if self.cases or self.planned is not None:
            return self.cases
        conclusion, problem = self.conclusion(status, reason)
        if conclusion == BROKEN:
            return []
        case = {"id": "run", "result": WORDS[conclusion]}
        if problem is not None:
            case["note"] = problem
        case["ms"] = 0
        return [case]

    def tap(self, status=None, reason=None):
        cases = self.listed(status, reason)
        conclusion, problem = self.conclusion(status, reason)
        count = max(self.planned or 0, len(cases))
        lines = ["TAP version 13", "1..%d" % count, "# fixture: %s" % (self.fixture or "guest")]
        for position, case in enumerate(cases, 1):
            word = "not ok" if case["result"] == "fail" else "ok"
            line = "%s %d - %s" % (word, position, case["id"])
            if case["result"] == "skip":
                line += " # SKIP %s" % case.get("note", "")
            lines.append(line)
            if case["result"] == "fail" and "note" in case:
                message = json.dumps(case["note"], ensure_ascii=False)
                lines += ["  ---", "  message: %s" % message, "  ..."]
            if "answer" in case:
                lines.append("# %s: %s" % (case["id"], case["answer"]))
        lines += ["# %s" % line for line in self.text]
        if conclusion == BROKEN:
            lines.append("Bail out! %s" % (problem or ""))
        return "\n".join(lines) + "\n"

    def junit(self, status=None, reason=None):
        def xml(text):
            for character, escape in (
                ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"),
            ):
                text = text.replace(character, escape)
            return text

        def seconds(milliseconds):
            return "%d.%03d" % (milliseconds // 1000, milliseconds % 1000)

        cases = self.listed(status, reason)
        conclusion, problem = self.conclusion(status, reason)
        _, failed, skipped = counts(cases)
        errors = 1 if conclusion == BROKEN else 0
        name = xml(self.fixture or "guest")
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>",
            '  <testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="%s">'
            % (name, len(cases) + errors, failed, errors, skipped,
               seconds(sum(case["ms"] for case in cases))),
        ]
        for case in cases:
            start = '    <testcase classname="%s" name="%s" time="%s"' % (
                name, xml(case["id"]), seconds(case["ms"]))
            if case["result"] == "pass":
                lines.append(start + "/>")
                continue
            element = "failure" if case["result"] == "fail" else "skipped"
            lines += [
                start + ">", '      <%s message="%s"/>' % (element, xml(case.get("note", ""))),
                "    </testcase>",
            ]
        if conclusion == BROKEN:
            lines += [
                '    <testcase classname="%s" name="run" time="0.000">' % name,
                '      <error message="%s"/>' % xml(problem or ""), "    </testcase>",
            ]
        if self.text:
            lines.append("    <system-out>%s</system-out>" % xml("\n".join(self.text)))
        lines += ["  </testsuite>", "</testsuites>"]
        return "\n".join(lines) + "\n"

    def github(self, status=None, reason=None):
        def command(text):
            return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

        def prop(text):
            return command(text).replace(":", "%3A").replace(",", "%2C")

        name = self.fixture or "guest"
        cases = self.listed(status, reason)
        conclusion, problem = self.conclusion(status, reason)
        lines = []
        for case in cases:
            if case["result"] == "pass":
                continue
            kind = "error" if case["result"] == "fail" else "notice"
            note = ("skipped: " if case["result"] == "skip" else "") + case.get("note", "failed")
            title = prop("%s %s" % (name, case["id"]))
            lines.append("::%s title=%s::%s" % (kind, title, command(note)))
        if conclusion == BROKEN:
            lines.append("::error title=%s::%s" % (prop(name), command(problem or "")))
        lines.append("%s: %d passed, %d failed, %d skipped" % ((name,) + counts(cases)))
        return "\n".join(lines) + "\n"

    def json(self, status=None, reason=None):
        cases = self.listed(status, reason)
        conclusion, problem = self.conclusion(status, reason)
        passed, failed, skipped = counts(cases)
        value = {
            "version": 1, "fixture": self.fixture or "guest", "result": WORDS[conclusion],
            "problem": problem, "planned": self.planned, "passed": passed, "failed": failed,
            "skipped": skipped, "cases": cases, "text": self.text,
        }
        return json.dumps(value, indent=2, separators=(",", " : "), ensure_ascii=False) + "\n"


def counts(cases):
    """How many passed, failed and were skipped."""
    results = [case["result"] for case in cases]
    return results.count("pass"), results.count("fail"), results.count("skip")


def main():
    parser = argparse.ArgumentParser(description="Reads the console log of a fixture.")
    parser.add_argument("--format", choices=("tap", "junit", "github", "json"), default="tap")
    parser.add_argument("--exit-status", type=int, metavar="N", help="the guest's exit status")
    parser.add_argument("--reason", help="why the guest has no exit status")
    parser.add_argument("--skip-ok", action="store_true", help="exit with 0 in place of 77")
    parser.add_argument("log", nargs="?", help="the console log; without it, standard input")
    given = parser.parse_args()
    if given.log:
        try:
            with open(given.log, "rb") as file:
                console = file.read()
        except OSError as error:
            print("pvhfixtures.py: %s: %s" % (given.log, error.strerror), file=sys.stderr)
            return BROKEN
    else:
        console = sys.stdin.buffer.read()
    report = Report(console)
    text = getattr(report, given.format)(given.exit_status, given.reason)
    sys.stdout.buffer.write(text.encode("utf-8"))
    conclusion, _ = report.conclusion(given.exit_status, given.reason)
    return PASS if conclusion == SKIP and given.skip_ok else conclusion


if __name__ == "__main__":
    sys.exit(main())
