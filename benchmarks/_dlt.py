"""The same sources read by dlt, each in the fastest way that it offers; counts rows in Arrow.

    sql_table(backend) | rest_api | filesystem + read_csv, read_excel -> Arrow tables -> rows

dlt is a development dependency, and is imported here only. Items are taken from its resources as it
extracts them: neither normalised nor loaded, which would cost it more. Secrets needed: none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # before dlt is imported
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
import pandas as pd
import pyarrow as pa
import requests
from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue
from dlt.sources.filesystem import filesystem, read_csv
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from dlt.sources.rest_api import rest_api_source
from dlt.sources.sql_database import sql_table

from benchmarks._connector_sources import SHOP, TABLE
from connectors.auth import Signed

SQL_BACKENDS: dict[str, dict[str, Any]] = {
    "connectorx": {"return_type": "arrow_stream", "batch_size": 65_536},
    "pyarrow": {},
}
EXCEL_ENGINES = ("calamine", "openpyxl")


def sql(url: str, backend: Any, parts: int | None = None) -> int:
    """Rows of the table by one of dlt's backends; of its first ``parts`` parts, if given."""
    resource = sql_table(
        url,
        table=TABLE,
        backend=backend,
        chunk_size=65_536,
        backend_kwargs=SQL_BACKENDS[backend],
    )
    if parts is not None:
        resource = resource.add_limit(parts)
    return sum(table.num_rows for table in resource)


@configspec
class Hmac(AuthConfigBase):
    """The signature of city management, made by the hub's own code."""

    secret: TSecretStrValue = ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request."""
        return Signed("hub", str(self.secret))(request)


@dlt.transformer
def to_arrow(items: list[dict[str, Any]]) -> Iterator[pa.Table]:
    """Pages and chunks, which dlt has as dictionaries, in Arrow."""
    yield pa.Table.from_pylist(items)


def rest(url: str, secret: str, page_size: int) -> int:
    """Rows of the endpoint by the rest_api source."""
    endpoint: Any = {
        "path": SHOP.source.lstrip("/"),
        "params": {"pageSize": page_size},
        "data_selector": "data.list",
        "paginator": PageNumberPaginator(base_page=1, total_path=None, stop_after_empty_page=True),
    }
    client: Any = {"base_url": url, "auth": Hmac(secret=secret)}
    source = rest_api_source(
        {"client": client, "resources": [{"name": TABLE, "endpoint": endpoint}]}
    )
    return sum(table.num_rows for table in source.resources[TABLE] | to_arrow)


def csv(path: Path, encoding: str) -> int:
    """Rows of the file by the filesystem source and its CSV reader (pandas): the only one of its
    two that knows GB18030.
    """
    files = filesystem(path.parent.as_uri(), file_glob=path.name)
    text = {"encoding": encoding, "dtype": str, "keep_default_na": False}
    rows = files | read_csv(chunksize=65_536, **text) | to_arrow
    return sum(table.num_rows for table in rows)


@dlt.transformer
def read_excel(items: Any, engine: Any) -> Iterator[pa.Table]:
    """As dlt's guide to other file types does it: by pandas."""
    for item in items:
        with item.open() as file:
            yield pa.Table.from_pandas(pd.read_excel(file, dtype=str, engine=engine))


def xlsx(path: Path, engine: str) -> int:
    """Rows of the workbook. engine: openpyxl is what pandas takes of itself, calamine is faster."""
    files = filesystem(path.parent.as_uri(), file_glob=path.name)
    return sum(table.num_rows for table in files | read_excel(engine))
