"""The real system for end-to-end tests: `make up`'s own program on its own data folder, and a real browser."""

import http.client
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from distsync.env import ROOT
from distsync.stack import beside
from distsync.stack.valkey import free_port

READY_SECONDS = 120
STOP_SECONDS = 90
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(slots=True)
class WholeSystem:
    """One `python -m distsync.stack up`. `settings` are further environment variables of it."""

    data: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What the terminal has shown so far."""
        return self._terminal.read_text(errors="replace") if self._terminal.is_file() else ""

    @property
    def environment(self) -> dict[str, str]:
        return beside.environment(self.data, self.port, self.settings)

    def start(self) -> None:
        """Returns at once; `wait_until_ready` waits. The terminal starts empty."""
        self.process = beside.start(self.environment, self._terminal)

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while "DistSync is ready" not in self.output or self.status_of("/readyz") != 200:
            if self.process is None or self.process.poll() is not None:
                pytest.fail(f"The system ended before it was ready:\n{self.output}", pytrace=False)
            if time.monotonic() > until:
                pytest.fail(f"The system is not ready after {READY_SECONDS} s:\n{self.output}", pytrace=False)
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and returns the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def status_of(self, path: str) -> int | None:
        """The status of a GET; None when nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", path)
                return connection.getresponse().status
        finally:
            connection.close()
        return None

    def manage(self, *arguments: str, input: str | None = None) -> "subprocess.CompletedProcess[str]":  # noqa: A002 - as in subprocess
        """`manage.py` beside the running system, finding it as a person's shell would: by the data folder alone."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={name: value for name, value in self.environment.items() if name != "DISTSYNC_PORT"},
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage_together(self, *commands: tuple[str, ...], input: str | None = None) -> list[Any]:  # noqa: A002 - as in subprocess
        """Several commands by one start of the command line, which takes seconds; what each prints with `--json`."""
        calls = "; ".join(f"call_command{command!r}" for command in commands)
        program = f"from django.core.management import call_command; {calls}"
        done = self.manage("shell", "--no-imports", "-c", program, input=input)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    @property
    def _terminal(self) -> Path:
        return self.data.with_suffix(".terminal")


def data_folder() -> Path:
    """A folder of our own that the servers' account can pass into (pytest's are for their owner alone)."""
    folder = Path(tempfile.mkdtemp(prefix="distsync-e2e-"))
    folder.chmod(0o711)
    return folder / "data"


@pytest.fixture(scope="session")
def stack() -> Iterator[WholeSystem]:
    """The running system, without the sample, shared by all end-to-end tests: name your orders and users apart."""
    system = WholeSystem(data_folder())
    system.start()
    try:
        system.wait_until_ready()
        yield system
    finally:
        status = system.stop()
        shutil.rmtree(system.data.parent)
    assert status == 0, f"The system did not stop in order:\n{system.output}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, not of the session: while it lives, Django takes the thread for an asynchronous one."""
    program = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is missing: install it (Debian: apt-get install chromium) and run again.", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, stack: WholeSystem) -> Iterator[Page]:
    """A fresh browser context on the running system: paths are relative to its address."""
    context = browser.new_context(base_url=stack.base_url)
    yield context.new_page()
    context.close()
