# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: PVH guests of known behaviour, under the Xen of this machine or in pvh's lab.

    def test_my_toolstack_counts_crashes(pvh_guest):
        run = pvh_guest("fault", kind="de")
        assert run.crashed

    def test_report(pvh_guest):
        run = pvh_guest("report", want_memory=16)
        assert run.report.failed == []

    def test_shutdown(pvh_guest):
        with pvh_guest.start("idle", beat=100) as guest:
            guest.wait_for("beat")

Parameters are keywords; an underscore stands for a hyphen. Without a Xen and without a lab, tests that use
the fixtures are skipped, and say why. `--pvhkit-on` takes what `pvh run --on` takes; `--pvhkit-images` is the
folder of the images, by default those that are installed with the plugin.
"""

import os
import queue
import shutil
import subprocess
import threading
import time

import pytest

import pvhfixtures

IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pvhkit_images")


def pytest_addoption(parser):
    group = parser.getgroup("pvhkit")
    group.addoption("--pvhkit-on", default="auto", metavar="TARGET",
                    help="where fixtures run: what pvh run --on takes, or xl (default: auto)")
    group.addoption("--pvhkit-images", default=IMAGES, metavar="DIR",
                    help="the folder of the fixtures' images")
    group.addoption("--pvhkit-timeout", type=float, default=120, metavar="SECONDS",
                    help="how long a guest may run (default: 120)")


def _works(*command):
    if shutil.which(command[0]) is None:
        return False
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


@pytest.fixture(scope="session")
def xen_lab(request):
    """How guests are started, as a list of words: a command of pvh, or ["xl"]."""
    place = request.config.getoption("--pvhkit-on")
    if place in ("xl", "auto") and _works("xl", "info"):
        return ["xl"]
    if place == "xl":
        pytest.skip("xl reaches no Xen here")
    if shutil.which("pvh") is None:
        pytest.skip("there is no Xen here (xl info), and no pvh for one in a lab")
    if place in ("auto", "lab") and not _works("pvh", "lab", "exec", "--", "true"):
        pytest.skip("pvh has no lab here: pvh lab prepare makes one")
    return ["pvh", "run", "--on", "lab" if place == "auto" else place]


class Run:
    """What came of a guest: status (None if it left none), crashed, console (bytes), report."""

    def __init__(self, status, crashed, console, messages):
        self.status = status
        self.crashed = crashed
        self.console = console
        self.messages = messages
        self.report = pvhfixtures.Report(console)

    def __repr__(self):
        return "Run(status=%r, crashed=%r, console=%r, messages=%r)" % (
            self.status, self.crashed, self.console[-500:], self.messages[-500:])


class Guest:
    """A guest that runs. Leaving its block ends it, and leaves nothing of it behind."""

    def __init__(self, command, image, words, memory, timeout):
        self._timeout = timeout
        self._command = command
        self._lines = queue.Queue()
        self._console = b""
        self._messages = b""
        self._domain = None
        line = " ".join(words)
        if command == ["xl"]:
            self._start_with_xl(image, line, memory)
        else:
            self._process = subprocess.Popen(
                command + [image, "--cmdline", line, "--memory", str(memory),
                           "--timeout", str(timeout)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._readers = [threading.Thread(target=self._read_console, daemon=True),
                         threading.Thread(target=self._read_messages, daemon=True)]
        for reader in self._readers:
            reader.start()
        if self._domain is not None:
            self._xl("unpause", self._domain)

    def _xl(self, *words):
        return subprocess.run(("xl",) + words, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)

    def _start_with_xl(self, image, line, memory):
        self._domain = "pvhkit-%d-%d" % (os.getpid(), time.monotonic_ns())
        keys = {
            "name": self._domain, "type": "pvh", "kernel": os.path.abspath(image), "extra": line,
            "on_poweroff": "preserve", "on_reboot": "preserve", "on_crash": "preserve",
        }
        text = "".join('%s="%s"\n' % item for item in keys.items())
        text += "memory=%d\nvcpus=1\n" % memory
        made = subprocess.run(["xl", "create", "-q", "-p", "/dev/stdin"], input=text.encode(),
                              capture_output=True, check=False)
        if made.returncode != 0:
            pytest.fail("xl could not create the domain: %s" % made.stderr.decode(errors="replace"))
        self._process = subprocess.Popen(["xl", "console", self._domain], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _read_console(self):
        for line in self._process.stdout:
            self._console += line
            self._lines.put(line)
        self._lines.put(None)

    def _read_messages(self):
        for line in self._process.stderr:
            self._messages += line

    def send(self, data):
        """Types bytes on the guest's console."""
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def wait_for(self, kind):
        """Waits for a line of some kind, such as "ready"; returns it as a dict."""
        end = time.monotonic() + self._timeout
        while True:
            try:
                line = self._lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                pytest.fail('no "%s" came; the console so far:\n%s%s' % (
                    kind, self._console.decode(errors="replace"),
                    self._messages.decode(errors="replace")))
            for record in pvhfixtures.Report(line).records:
                if record.get("t") == kind:
                    return record

    def finish(self):
        """Waits for the guest's end; returns a Run."""
        if self._domain is not None:
            return self._finish_with_xl()
        status = self._process.wait()
        for reader in self._readers:
            reader.join()
        return Run(status if status < 124 else None, status == 134, self._console,
                   self._messages.decode(errors="replace"))

    def _finish_with_xl(self):
        end, state = time.monotonic() + self._timeout, ""
        while time.monotonic() < end:
            rows = self._xl("list", self._domain).stdout.decode().splitlines()
            state = rows[1].split()[4] if len(rows) > 1 else "gone"
            if state == "gone" or "s" in state or "c" in state:
                break
            time.sleep(0.1)
        number = self._xl("domid", self._domain).stdout.decode().strip()
        node = "/local/domain/%s/data/exit-status" % number
        told = subprocess.run(["xenstore-read", node], capture_output=True, check=False)
        status = int(told.stdout) if told.stdout.strip().isdigit() else None
        time.sleep(0.3)
        self.stop()
        return Run(status, "c" in state, self._console, self._messages.decode(errors="replace"))

    def stop(self):
        """Ends the guest, whatever it does."""
        if self._domain is not None:
            self._xl("destroy", self._domain)
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for reader in self._readers:
            reader.join()

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.stop()


class Starter:
    """Runs fixtures: call it, or its `start`."""

    def __init__(self, command, images, timeout):
        self._command = command
        self._images = images
        self._timeout = timeout
        self._started = []

    def start(self, name, memory=16, ready=True, **parameters):
        """Starts a fixture and waits until it is in its state; a Guest."""
        for ending in (".elf", ".pvh"):
            image = os.path.join(self._images, name + ending)
            if os.path.exists(image):
                break
        else:
            pytest.fail('there is no image of "%s" in %s' % (name, self._images))
        words = ["%s=%s" % (key.replace("_", "-"), value) for key, value in parameters.items()]
        guest = Guest(self._command, image, words, memory, self._timeout)
        self._started.append(guest)
        if ready:
            guest.wait_for("ready")
        return guest

    def __call__(self, name, memory=16, **parameters):
        """Runs a fixture to its end; a Run."""
        return self.start(name, memory, ready=False, **parameters).finish()

    def stop(self):
        for guest in self._started:
            guest.stop()


@pytest.fixture
def pvh_guest(request, xen_lab):
    """Starts fixtures; what still runs at the end of the test is ended."""
    starter = Starter(xen_lab, request.config.getoption("--pvhkit-images"),
                      request.config.getoption("--pvhkit-timeout"))
    yield starter
    starter.stop()
