"""From distinct texts to what each means.

    texts -> fold, split -> address_text -> parse_place -> place_value -> match.sql -> meant

No secrets.
"""

import duckdb
import pyarrow as pa

from foundation.engine import read_sql, register, run
from pipelines.identity.places.gazetteer import Gazetteer
from pipelines.identity.places.parse import Place, parse_place

_PLACE = pa.schema(
    [
        ("place", pa.string()),
        ("town", pa.string()),
        ("community", pa.string()),
        ("compound", pa.uint64()),
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


def match_texts(con: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, texts: str) -> None:
    """Make ``meant``: a row per row of ``texts``, a relation with text_id and text, each once.

    Also leaves ``said``, the parse. Needs ``load_macros`` and ``build_gazetteer``.
    """
    run(
        con,
        "create or replace temp table address_text as"
        " select text_id, folded, address_parts(folded) as part"
        f" from (select text_id, fold_address(text) as folded from {texts})",
    )
    places = con.sql("select distinct part.place from address_text order by 1").to_arrow_table()
    register(con, "place_value", _place_table(gazetteer, places.column(0).to_pylist()))
    run(con, read_sql("pipelines.identity.places", "match"))


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
