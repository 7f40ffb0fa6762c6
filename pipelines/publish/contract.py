"""The contract with readers: schemas, views, comments and grants, all from the declarations.

    schemas.warehouse.TABLES -> api_v1.<table> (masked views), pipelines/warehouse/answers/*.sql
    -> answers.<question>; roles hub_reader and hub_sensitive may read them, base tables nobody

Personal columns are in no view: what readers see of an id or a phone is the masked text stored
beside it. Needs no secrets.
"""

import hashlib
from collections.abc import Iterable, Iterator

from pipelines.access.install import statements as access_statements
from pipelines.publish.migrate import head
from pipelines.publish.times import times
from pipelines.warehouse.answers import Answer, answers
from schemas.derive import documentation, literal, postgres_ddl, quoted
from schemas.model import Column, Sensitivity, Table
from schemas.warehouse import HISTORY, TABLES

READER = "hub_reader"
SENSITIVE_READER = "hub_sensitive"
BASE, API, ANSWERS = "warehouse", "api_v1", "answers"

# To be in one of these tables is itself sensitive: a grant of its own, and sensitive columns shown.
RESTRICTED = frozenset(
    {"resident_tag", "benefit_grant", "benefit_payment", "disability", "left_behind_child"}
    | {"resident_tag_history", "benefit_grant_history"}
)

_FOUNDATION = f"""
create schema if not exists {BASE};
create schema if not exists {API};
create schema if not exists {ANSWERS};
create table if not exists {BASE}.publication (
    only_row boolean primary key default true check (only_row),
    snapshot bigint not null,
    as_of date not null,
    contract text not null,
    build_id text not null,
    published_at timestamptz not null
);
create table if not exists {BASE}.published_table (
    table_name text primary key,
    declaration text not null
);
create table if not exists {BASE}.change_feed (
    position bigint generated always as identity primary key,
    snapshot bigint not null,
    table_name text not null,
    op text not null,
    key jsonb
);
"""
_META_VIEWS = f"""
create view {API}.publication as
    select snapshot, as_of, published_at from {BASE}.publication;
comment on view {API}.publication is '发布情况: which night the tables show, as one row';
create view {API}.change with (security_barrier) as
    select position, snapshot, table_name, op, key from {BASE}.change_feed
    where table_name not in ({", ".join(map(literal, sorted(RESTRICTED)))})
        or pg_has_role(current_user, {literal(SENSITIVE_READER)}, 'usage');
comment on view {API}.change is
    '变更流: what each publication changed, by position. op: upsert, delete, or reload of a table';
grant select on {API}.publication, {API}.change to {READER}, {SENSITIVE_READER};
"""


def block(statements: Iterable[str]) -> str:
    """Many statements as one, for a driver that sends one at a time."""
    return "do $hub$ begin\n" + ";\n".join(statements) + ";\nend $hub$"


def foundation() -> str:
    """Schemas and the hub's own tables; repeating it does nothing."""
    return block([_FOUNDATION.strip().rstrip(";")])


def roles() -> str:
    """The readers' roles, made where they are missing; members are the administrator's matter."""
    return "do $hub$ begin\n" + "".join(map(_role, (READER, SENSITIVE_READER))) + "end $hub$"


def _role(name: str) -> str:
    return f"""if not exists (select from pg_roles where rolname = {literal(name)}) then
        begin create role {name} nologin;
        exception when duplicate_object or unique_violation then null; end;
    end if;
"""


def shown(table: Table) -> tuple[Column, ...]:
    """The columns that the table's view shows."""
    levels = {Sensitivity.PUBLIC, Sensitivity.INTERNAL}
    if table.name in RESTRICTED:
        levels.add(Sensitivity.SENSITIVE)
    return tuple(column for column in table.columns if column.sensitivity in levels)


def shown_key(table: Table) -> tuple[str, ...]:
    """The key columns that are not personal: what the change feed names a row by."""
    return tuple(column.name for column in shown(table) if column.name in table.key)


def declaration(table: Table) -> str:
    """A fingerprint of what a base table is made from; another one means that it is made anew."""
    text = f"{postgres_ddl(table, BASE)} {table.key} {table.indexes}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def contract() -> str:
    """A fingerprint of all base tables and their revision, views, comments and grants."""
    declared = " ".join([head(), *map(declaration, TABLES.values())])
    return hashlib.sha256(f"{declared} {views()}".encode()).hexdigest()[:16]


def without_views() -> str:
    """One statement that drops every view, which would hold on to the columns of its tables."""
    return block([_drop(ANSWERS), _drop(API)])


def views() -> str:
    """One statement that drops and makes every view of the contract, with comments and grants."""
    return block(line.strip().rstrip(";") for line in _views())


def _views() -> Iterator[str]:
    yield _drop(ANSWERS)
    yield _drop(API)
    yield f"grant usage on schema {API}, {ANSWERS} to {READER}, {SENSITIVE_READER}"
    yield _META_VIEWS
    for table in TABLES.values():
        yield from _table_view(table)
    yield from times(TABLES, shown, RESTRICTED, _reader)
    for answer in answers().values():
        yield from _answer_view(answer)
    yield from access_statements(_current(), shown, RESTRICTED)


def _current() -> dict[str, Table]:
    """The tables of today: who is limited to some rows sees no past ones."""
    ledgers = {ledger.name for ledger in HISTORY.values()}
    return {name: table for name, table in TABLES.items() if name not in ledgers}


def _drop(schema: str) -> str:
    return f"""declare one record;
    begin
        for one in select viewname from pg_views where schemaname = {literal(schema)} loop
            execute format('drop view if exists {schema}.%I cascade', one.viewname);
        end loop;
    end"""


def _table_view(table: Table) -> Iterator[str]:
    name = f"{API}.{quoted(table.name)}"
    columns = ", ".join(quoted(column.name) for column in shown(table))
    yield f"create view {name} as select {columns} from {BASE}.{quoted(table.name)}"
    yield f"comment on view {name} is {literal(f'{table.title_zh}: {table.grain}')}"
    for column in shown(table):
        text = literal(f"{column.title_zh}: {documentation(column)}")
        yield f"comment on column {name}.{quoted(column.name)} is {text}"
    yield f"grant select on {name} to {_reader(table.name in RESTRICTED)}"


def _answer_view(answer: Answer) -> Iterator[str]:
    name = f"{ANSWERS}.{quoted(answer.name)}"
    yield f"create view {name} as\n{answer.sql}"
    text = f"{answer.title_zh}：{answer.definition_zh} {answer.title}: {answer.definition}"
    yield f"comment on view {name} is {literal(text)}"
    yield f"grant select on {name} to {_reader(answer.is_sensitive)}"


def _reader(is_sensitive: bool) -> str:
    return SENSITIVE_READER if is_sensitive else f"{READER}, {SENSITIVE_READER}"
