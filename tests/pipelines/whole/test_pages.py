"""The Dagster UI in a browser: the asset graph, a table's page, its checks."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from living_hub import LivingHub

ASSET = "conformed/public_security_resident_register"
LOCATION = (
    "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE_MS = 60_000

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing = "no chromium is installed"
        if "chromium" in os.environ.get("HUB_TEST_REQUIRE", ""):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def ui(hub: LivingHub) -> Iterator[str]:
    """`hub ui` without its daemon, on a free port; ended when the tests are done."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--home", str(hub.home.path), "ui", "--no-daemon", "--port", str(port)]
    with (hub.home.path.parent / "ui.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", *words], stdout=log, stderr=log
        )
        try:
            yield _answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            assert process.wait(30) == 0


def _answering(url: str, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "hub ui ended by itself"
        try:
            if requests.get(f"{url}/server_info", timeout=5).ok:
                return url
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError("hub ui does not answer")


@pytest.fixture(scope="module")
def shown(ui: str, browser: "sync_api.Browser", tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Open a page, wait until it shows the words, keep a picture, return its text."""
    pictures = Path(os.environ.get("HUB_TEST_PICTURES") or tmp_path_factory.mktemp("pictures"))
    pictures.mkdir(parents=True, exist_ok=True)

    def open_page(path: str, picture: str, *words: str) -> str:
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(ui + path, wait_until="domcontentloaded")
        try:
            for word in words:
                page.get_by_text(word).first.wait_for(state="visible", timeout=PATIENCE_MS)
        finally:
            page.screenshot(path=pictures / f"{picture}.png")
        text: str = page.inner_text("body")
        page.close()
        assert not faults
        return text

    return open_page


def test_the_page_of_a_group_lists_its_tables(ui: str, shown) -> None:  # type: ignore[no-untyped-def]
    answer = requests.post(f"{ui}/graphql", json={"query": LOCATION}, timeout=60).json()
    [node] = answer["data"]["repositoriesOrError"]["nodes"]
    location = f"{node['name']}@{node['location']['name']}"
    shown(
        f"/locations/{location}/asset-groups/public_security_conformed/list",
        "group",
        "常住人口 · one row a version of a registered person",
    )


def test_the_asset_graph_is_drawn(shown) -> None:  # type: ignore[no-untyped-def]
    shown("/asset-groups", "graph", "public_security")


def test_the_page_of_a_table_shows_rows_and_columns(shown) -> None:  # type: ignore[no-untyped-def]
    text = shown(f"/assets/{ASSET}", "table", "resident_register", "Row count")
    assert "居民" in text or "人口" in text


def test_the_page_of_a_tables_columns_names_them(shown) -> None:  # type: ignore[no-untyped-def]
    shown(f"/assets/{ASSET}?view=overview", "columns", "id_no", "birth_date")


def test_the_page_of_a_tables_checks_shows_the_last_results(shown) -> None:  # type: ignore[no-untyped-def]
    shown(f"/assets/{ASSET}?view=checks", "checks", "delivered", "balanced", "accepted")
