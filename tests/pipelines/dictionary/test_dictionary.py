"""The data dictionary: whole, linked, and true to the SQL that it speaks of."""

import re
from datetime import date
from pathlib import Path

import pytest

from foundation.config import Config, County
from foundation.home import Home
from foundation.lake import Lake
from pipelines.dictionary.site import write_site
from pipelines.hub import Hub
from pipelines.warehouse.answers import answers
from pipelines.warehouse.lineage import computed, lineage, origins
from pipelines.warehouse.models import lake_inputs
from schemas import FEEDS
from schemas.warehouse import TABLES

LINK = re.compile(r'(?:href|src)="([^"#]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("dictionary")
    home = Home(base / "home")
    config = Config(County("360731", "于都县"), {}, {})
    hub = Hub(home, config, Lake(home.lake), date(2026, 3, 1))
    return write_site(hub, base / "site").parent


def test_every_table_question_and_feed_has_a_page_that_names_its_columns(site: Path) -> None:
    for table in TABLES.values():
        page = (site / "table" / f"{table.name}.html").read_text(encoding="utf-8")
        assert all(f'id="{column.name}"' in page for column in table.columns)
        assert table.title_zh in page
    assert {path.stem for path in (site / "question").iterdir()} == set(answers())
    assert {path.name.removesuffix(".html") for path in (site / "feed").iterdir()} == set(FEEDS)


def test_links_lead_to_pages_of_the_site_and_nowhere_else(site: Path) -> None:
    for page in site.rglob("*.html"):
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / target).resolve().is_file(), (page.name, target)


def test_the_search_knows_columns_in_both_languages(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "living_dwelling_id" in index
    assert TABLES["resident"].columns[1].title_zh in index


def test_the_lineage_file_is_what_the_sql_says() -> None:
    assert lineage() == computed(), "run python -m pipelines.warehouse.lineage"
    assert lineage().keys() == {table.id for table in TABLES.values()}


def test_a_name_goes_back_to_what_each_department_calls_it() -> None:
    found = set(origins("warehouse.resident", "name"))
    assert ("conformed.public_security_resident_register", "name") in found
    assert ("conformed.civil_affairs_marriage_registration", "husband_name") in found
    assert not [table for table, _ in found if table.startswith(("warehouse.", "stage."))]


def test_every_source_is_a_declared_column() -> None:
    declared = {name: set(schema.names) for name, schema in lake_inputs().items()}
    declared |= {table.id: {c.name for c in table.columns} for table in TABLES.values()}
    unknown = {
        source
        for columns in lineage().values()
        for sources in columns.values()
        for source in sources
        if source[1] not in declared[source[0]]
    }
    assert not unknown
