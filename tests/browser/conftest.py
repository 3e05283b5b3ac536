"""A real Chromium against a served product: no mock, no second way in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.bank import PASSWORD, Bank, build_bank
from tests.cast import Cast

sync_api = pytest.importorskip("playwright.sync_api", reason="make setup-full installs playwright")

# The browser's driver keeps an event loop in this thread; the tests' own queries are not async for it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "var" / "screens"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, PHONE = (1440, 900), (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for the whole run; every test opens windows of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium found; make system-deps installs it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def bank(transactional_db: None, cast: Cast) -> Bank:
    """A small bank in the middle of a working day."""
    return build_bank(cast)


class Desk:
    """One person's browser window; what the console said is kept."""

    def __init__(self, page: Any, server: Any) -> None:
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        # A refused form answers 422 or 409, which the browser notes as a failed resource.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def open(self, path: str) -> Any:
        response = self.page.goto(f"{self.server.url}{path}")
        self.settle()
        return response

    def log_in(self, person: Any) -> None:
        """By hand, at the login page."""
        self.page.get_by_label("Employee no.").fill(person.employee_no)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_load_state("networkidle")

    def violations(self) -> list[str]:
        """What axe finds: rule, how many places, the first of them."""
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
            " 'best-practice']}).then(result => result.violations.map(one =>"
            " `${one.id} (${one.impact}) x${one.nodes.length}: ${one.nodes[0].html}`))"
        )
        return list(found)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def picture(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


@pytest.fixture
def desks(chromium: Any, live_server: Any, client: Any) -> Iterator[Any]:
    """``desks(person, language, size)``: somebody logged in, at a window of that size."""
    opened = []

    def sit(person: Any = None, language: str = "zh-hans", size: tuple[int, int] = WIDE) -> Desk:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if person is not None:
            client.force_login(person)
            session = client.cookies["sessionid"].value
            cookies.append({"name": "sessionid", "value": session, "url": live_server.url})
            client.cookies.clear()
        context.add_cookies(cookies)
        opened.append(Desk(context.new_page(), live_server))
        return opened[-1]

    yield sit
    for desk in opened:
        if not desk.page.is_closed():
            desk.page.context.close()
    assert [line for desk in opened for line in desk.complaints] == []
