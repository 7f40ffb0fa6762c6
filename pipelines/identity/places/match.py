"""From distinct texts to what each means.

    texts -> fold, split -> address_text -> parse_place -> place_value -> parse.sql -> said
    said + identity.address_text of the last nights -> parsed -> match.sql -> meant

No secrets.
"""

import duckdb
import pyarrow as pa

from foundation.engine import read_sql, register, run, stream
from foundation.lake import Lake
from pipelines.identity.places.gazetteer import Gazetteer
from pipelines.identity.places.parse import Place, parse_place
from pipelines.identity.state import attach_identity
from schemas.places import ADDRESS_TEXT

# Raised when a text is read in another way than before.
PARSE_VERSION = 5

_PLACE = pa.schema(
    [
        ("place", pa.string()),
        ("town", pa.string()),
        ("community", pa.string()),
        ("compound", pa.int64()),
        ("group_name", pa.string()),
        ("street", pa.string()),
        ("door", pa.string()),
        ("rest", pa.string()),
        ("reason", pa.string()),
        ("doubt", pa.float64()),
    ]
)


def load_macros(con: duckdb.DuckDBPyConnection) -> None:
    """The SQL macros that fold and split an address."""
    run(con, read_sql("pipelines.identity.places", "macros"))


def parse_texts(con: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, texts: str) -> None:
    """Make ``said``: the parts of each row of ``texts``, a relation of text_id and text."""
    run(
        con,
        "create or replace temp table address_text as"
        " select text_id, folded, address_parts(folded) as part"
        f" from (select text_id, fold_address(text) as folded from {texts})",
    )
    places = con.sql("select distinct part.place from address_text order by 1").to_arrow_table()
    register(con, "place_value", _place_table(gazetteer, places.column(0).to_pylist()))
    run(con, read_sql("pipelines.identity.places", "parse"))


def locate_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``meant`` of ``parsed``: the dwelling of each text, or how deep it was settled."""
    run(con, read_sql("pipelines.identity.places", "match"))


def recall_parses(
    con: duckdb.DuckDBPyConnection, lake: Lake, gazetteer: Gazetteer, anew: bool = False
) -> None:
    """Make ``parsed`` for every row of ``text_value``: recalled, or parsed now and kept.

    What was parsed holds as long as the names of the county are the same. anew: forget it.
    """
    version = f"{PARSE_VERSION}-{duckdb.__version__}-{gazetteer.fingerprint()}"
    attach_identity(con, lake, ADDRESS_TEXT.name)
    known = f"identity.address_text where version = ? and {not anew}"
    [(kept,)] = run(con, f"select count(*) from {known}", [version])
    run(
        con,
        f"create or replace temp table recalled as from {known}"
        " and text_id in (select text_id from text_value)",
        [version],
    )
    parse_texts(con, gazetteer, "text_value anti join recalled using (text_id)")
    columns = ", ".join(column.name for column in ADDRESS_TEXT.columns if column.name != "version")
    run(
        con,
        f"create or replace temp table parsed as select {columns} from recalled"
        f" union all select {columns} from said",
    )
    _keep(con, lake, f"select {columns}, '{version}' as version from said", bool(kept))


def _keep(con: duckdb.DuckDBPyConnection, lake: Lake, said: str, more: bool) -> None:
    if not run(con, "select 1 from said limit 1"):
        return
    table = lake.table("identity", ADDRESS_TEXT.name)
    (table.append if more else table.replace)(stream(con, said))


def _place_table(gazetteer: Gazetteer, names: list[str]) -> pa.Table:
    found: list[Place] = [parse_place(gazetteer, name) for name in names]
    columns = [
        names,
        [p.town for p in found],
        [p.community for p in found],
        [p.compound for p in found],
        [p.group for p in found],
        [p.street for p in found],
        [p.door for p in found],
        [p.rest for p in found],
        [p.reason for p in found],
        [p.doubt for p in found],
    ]
    arrays = [pa.array(values, kind.type) for values, kind in zip(columns, _PLACE, strict=True)]
    return pa.table(arrays, schema=_PLACE)
