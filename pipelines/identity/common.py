"""Values that too many share to point at anybody: a village's telephone, a common name.

    mention + identity.common -> shared_value, crowded_value -> ties, traits, blocks
                                 └─ what is new -> identity.common, at the end of the run

Which values these are depends on the county as a whole, so they belong to the model's version: once
too common, a value stays so until the model is trained again. Else a night could not know whom a
change reaches, and would not end where a rebuild does. No secrets.
"""

import duckdb

from foundation.engine import run, stream
from foundation.lake import Lake
from pipelines.identity.model import LinkModel
from pipelines.identity.state import attach_identity
from schemas.identity import COMMON

# What one row says that others may share, as hashes; null where it says nothing.
_SAID = {
    "phone": "case when phone is not null then hash('phone', phone) end",
    "mask": "case when phone_mask is not null then hash('mask', phone_mask) end",
    "home": "case when home_number is not null then hash('home', home_number) end",
    "dwelling": "case when dwelling_id is not null then hash('dwelling', dwelling_id) end",
    "family": "case when family_no is not null then hash('family', department, family_no) end",
}
SAID = f"[{', '.join(_SAID.values())}]"
# The same as columns, and the list of these.
SAID_COLUMNS = ", ".join(f"{sql} as said_{name}" for name, sql in _SAID.items())
SAID_LIST = f"[{', '.join(f'said_{name}' for name in _SAID)}]"


def load_common(con: duckdb.DuckDBPyConnection, lake: Lake, version: str | None) -> None:
    """Make ``shared_value`` and ``crowded_value`` (value) as the model's version knows them."""
    attach_identity(con, lake, COMMON.name)
    for kind in ("shared", "crowded"):
        run(
            con,
            f"create or replace temp table {kind}_value as"
            " select value::ubigint as value from identity.common"
            f" where kind = '{kind}' and model_version is not distinct from ?",
            [version],
        )


def find_shared(
    con: duckdb.DuckDBPyConnection, model: LinkModel, said: str, changed: str | None = None
) -> None:
    """Add to ``shared_value`` what more than ``widely_shared`` names share; ``newly_shared`` holds
    what was added.

    said: SQL with sound and said (a list, see SAID), a row a mention. changed: SQL with said; only
    values in it can have become common.
    """
    within = f" semi join (select unnest(said) as value from ({changed})) using (value)"
    run(
        con,
        "create or replace temp table newly_shared as select value from"
        f" (select distinct sound, value from (select sound, unnest(said) as value from ({said}))"
        f" {within if changed else ''} where value is not null)"
        " anti join shared_value using (value)"
        f" group by value having count(sound) > {model.widely_shared};"
        "insert into shared_value from newly_shared",
    )


def save_common(con: duckdb.DuckDBPyConnection, lake: Lake, version: str) -> None:
    """Keep both tables under the model's version, if they hold something new; other versions go."""
    run(
        con,
        "create or replace temp table common_now as"
        " select ?::varchar as model_version, 'shared' as kind, value::varchar as value"
        " from shared_value union select ?, 'crowded', value::varchar from crowded_value",
        [version, version],
    )
    [(differs,)] = run(
        con,
        "select count(*) from (from common_now anti join identity.common"
        " using (model_version, kind, value))",
    )
    if differs:
        lake.table("identity", COMMON.name).replace(stream(con, "from common_now"))
