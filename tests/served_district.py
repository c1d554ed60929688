"""A small sample district served as a user would serve it, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gazetteer.store.database import Store

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "sample-district-2016"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
START_SECONDS = 120


@dataclass(frozen=True)
class District:
    """A served sample district: its folder and address, and its register for looking at what pages did."""

    folder: Path
    url: str
    store: Store


def environment() -> dict[str, str]:
    """Return this process's environment without settings of another register."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GEOADDR_")}


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district of a thousand addresses, built by the command."""
    folder = tmp_path_factory.mktemp("sample") / "demo"
    command = [sys.executable, "-m", "geoaddr", "demo", "--size", "1000", "--folder", str(folder), "--quiet"]
    built = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-4000:]
    return folder


@pytest.fixture(scope="session")
def district(sample_folder: Path) -> Iterator[District]:
    """The sample district served by ``geoaddr serve`` in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {
        "GEOADDR_CONFIG": str(sample_folder / "geoaddr.toml"),
        "GEOADDR_BASE_URL": url,
        "GEOADDR_LOGIN_RATE_LIMIT": "1000 per minute",
    }
    command = [sys.executable, "-m", "geoaddr", "serve", "--port", str(port)]
    log = (sample_folder / "serve.log").open("w")
    server = subprocess.Popen(command, env={**environment(), **settings}, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"{url}/readyz", server, sample_folder / "serve.log")
        store = Store(f"sqlite:///{sample_folder}/geoaddr.sqlite")
        yield District(sample_folder, url, store)
        store.close()
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture(scope="session")
def browsers() -> Iterator[Any]:
    """What starts browsers; one per process. Tests that need it are left out only where Chromium may not be installed."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
    with sync_playwright() as driver:
        yield driver.chromium


@pytest.fixture(scope="session")
def chromium(browsers: Any) -> Iterator[Any]:
    """A headless Chromium."""
    started = browsers.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
    yield started
    started.close()


@pytest.fixture
def visitor(chromium: Any, district: District) -> Iterator[Callable[..., Any]]:
    """Make a page for somebody: ``visitor("officer")`` is signed in through the sign-in page, ``visitor()`` is nobody.

    Pages fail the test on any script error or violation of the content security policy.
    """
    troubles: list[str] = []
    contexts: list[Any] = []

    def open_page(username: str = "", *, viewport: dict[str, int] = DESK, **options: Any) -> Any:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", base_url=district.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if "Content Security Policy" in line.text else None)
        if username:
            page.goto("/sign-in")
            page.fill("input[name=username]", username)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def press(page: Any, key: str) -> None:
    """Press a key once the page listens for it; a person is never faster than its script, a test on a busy machine is."""
    page.locator("html[data-keys=ready]").wait_for(state="attached")
    page.keyboard.press(key)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS * 4):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    raise AssertionError(f"the server did not come up: {log.read_text()[-3000:]}")
