"""A headless Chromium, driven through DevTools over a pipe, for tests of pages. No package, no port, no network."""

import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ERRORS = ("error", "assert")


def find_browser():
    """Return the program, or skip the test with the reason."""
    given = os.environ.get("SYMNUM_BROWSER")
    found = given or next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("no Chromium on the path; install it (Debian: apt-get install chromium), or set SYMNUM_BROWSER")
    return found


class Browser:
    """One page. `errors` is what console and scripts complained of, `requests` the addresses that were asked for."""

    def __init__(self, profile):
        incoming, outgoing = os.pipe(), os.pipe()
        # The browser reads commands from descriptor 3 and writes answers to 4, which other pipes may occupy here.
        reads, writes = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (incoming[0], outgoing[1]))
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--hide-scrollbars", "about:blank"]
        self.process = subprocess.Popen(
            [find_browser(), *options],
            preexec_fn=lambda: (os.dup2(reads, 3), os.dup2(writes, 4)),
            pass_fds=(3, 4),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(profile)},
        )
        for fd in (incoming[0], outgoing[1], reads, writes):
            os.close(fd)
        self.input, self.output = incoming[1], outgoing[0]
        self.buffer, self.numbers, self.session = b"", itertools.count(1), None
        self.errors, self.requests, self.events = [], [], []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **parameters):
        """Send a command and return its result."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _receive(self, patience=60.0):
        end = time.monotonic() + patience
        while b"\0" not in self.buffer:
            ready = select.select([self.output], [], [], max(end - time.monotonic(), 0))[0]
            more = os.read(self.output, 1 << 20) if ready else b""
            assert more, "the browser does not answer"
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method, parameters):
        self.events.append(method)
        if method == "Runtime.exceptionThrown":
            self.errors.append(parameters["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ERRORS:
            self.errors.append(parameters["args"])
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, path, width=1280, height=800, dark=False):
        """Load a file into a window of some size."""
        self.errors, self.requests, self.events = [], [], []
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.ask("Page.navigate", url=Path(path).absolute().as_uri())
        while "Page.loadEventFired" not in self.events:
            self._receive()

    def run(self, script):
        """Return the value of a script in the page; a promise is waited for."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def screenshot(self, path, whole=False):
        import base64

        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)
        os.close(self.input)
        os.close(self.output)
