"""Find a person by name, number or phone, and a house by its address: `hub find`.

    text -> find_person / find_house -> PostgreSQL (parameters only) -> rows

Rows are masked unless the caller asks otherwise, who must then be the warehouse's owner.
Secrets: the password in the url. Alone: ``find_person(hub.warehouse_url(), "张伟")``.
"""

import re
import unicodedata
from datetime import date
from typing import Any

from pipelines.warehouse.reading import reading

_PERSON = """
select
    r.resident_id, {name}, r.sex, {birth}, {id_no}, {phone}, r.is_dead,
    r.grid_code, d.community_name, d.compound_name, {address},
    r.living_dwelling_id, r.departments
from warehouse.resident as r
left join warehouse.dwelling as d on d.dwelling_id = r.living_dwelling_id
where {condition}
    and {born}
order by r.is_dead, r.name, r.birth_date, r.resident_id
limit %(limit)s
"""
_HOUSE = """
select
    d.dwelling_id, d.community_name, d.compound_name, {address}, d.grid_code, d.floor, d.has_lift,
    coalesce(o.occupants, '[]'::jsonb) as occupants
from warehouse.dwelling as d
left join lateral (
    select jsonb_agg(jsonb_build_object(
        'resident_id', y.resident_id, 'name', {occupant}, 'role', y.residency_role,
        'valid_from', y.valid_from, 'is_current', y.is_current, 'is_dead', r.is_dead
    ) order by y.residency_role, y.resident_id) as occupants
    from (
        select resident_id, residency_role, min(valid_from) as valid_from,
            bool_or(is_current) as is_current
        from warehouse.residency
        where dwelling_id = d.dwelling_id
        group by resident_id, residency_role
    ) as y
    join warehouse.resident as r on r.resident_id = y.resident_id
) as o on true
where {condition}
order by d.full_address, d.dwelling_id
limit %(limit)s
"""
_MASKED = {
    "name": "r.name_masked as name",
    "birth": "r.birth_year",
    "id_no": "r.id_no_masked as id_no",
    "phone": "r.phone_masked as phone",
    "address": "d.building",
    "occupant": "r.name_masked",
}
_WHOLE = {
    "name": "r.name",
    "birth": "r.birth_date",
    "id_no": "r.id_no",
    "phone": "r.phone",
    "address": "d.full_address",
    "occupant": "r.name",
}
# Whom an id that a program stored once was given to, and whoever else has records now that it had.
_FOLLOWED = """
with it as (select api_v1.resident_id_of(%(resident_id)s, null) as resident_id),
had as (
    select distinct department, feed, record_key, slot
    from warehouse.crosswalk_history where resident_id = %(resident_id)s
)
select f.resident_id, f.resident_id is not distinct from it.resident_id as is_it
from (
    select c.resident_id, count(*) as records
    from warehouse.crosswalk as c
    left join had using (department, feed, record_key, slot)
    where had.slot is not null and c.resident_id <> %(resident_id)s
        or c.resident_id = (select resident_id from it)
    group by c.resident_id
) as f
cross join it
order by is_it desc, f.records desc, f.resident_id
"""
_PARTS = re.compile(r"[\s,，/]+")


def find_person(
    url: str,
    text: str,
    *,
    birth_date: date | None = None,
    limit: int = 20,
    unmasked: bool = False,
) -> list[dict[str, Any]]:
    """Residents by id, identity number, phone, name (whole, beginning, other names) or pinyin.

    One dict a resident: resident_id, name, sex, birth_year (or birth_date), id_no, phone, is_dead,
    grid_code, community_name, compound_name, building (or full_address), living_dwelling_id,
    departments. Raises WarehouseError when the warehouse cannot be read.
    """
    sql, values = person_query(text, birth_date=birth_date, limit=limit, unmasked=unmasked)
    return _rows(url, sql, values)


def follow_person(url: str, resident_id: str, *, limit: int = 20) -> list[dict[str, Any]]:
    """Who was given an id, which may be of long ago: residents merged or split since.

    First the one that the id means today (``resident_id_of``), then whoever else has records now
    that it had once. One dict each, as of find_person (masked), with ``followed``: ``same``,
    ``merged`` (the id is no longer borne) or ``parted`` (some records went there). Raises
    WarehouseError when the warehouse cannot be read.
    """
    found = _rows(url, _FOLLOWED, {"resident_id": resident_id})
    people = []
    for row in found[:limit]:
        [person] = find_person(url, row["resident_id"])
        same = "same" if row["resident_id"] == resident_id else "merged"
        people.append({**person, "followed": same if row["is_it"] else "parted"})
    return people


def person_query(
    text: str, *, birth_date: date | None = None, limit: int = 20, unmasked: bool = False
) -> tuple[str, dict[str, Any]]:
    """What find_person asks, and its parameters: for programs with their own connection."""
    query = unicodedata.normalize("NFKC", text).strip()
    condition = _person_condition(query)
    born = "true" if birth_date is None else "r.birth_date = %(birth_date)s"
    if birth_date is not None and condition is _BY_NAME:
        condition = _BY_NAME_AND_BIRTH
    sql = _PERSON.format(condition=condition, born=born, **(_WHOLE if unmasked else _MASKED))
    return sql, {
        "query": query.upper() if condition is _BY_NUMBER else query,
        "prefix": _escaped(query) + "%",
        "pinyin": query.lower().replace(" ", ""),
        "birth_date": birth_date,
        "limit": limit,
    }


_BY_NUMBER = """r.resident_id in (
    select resident_id from warehouse.identifier where id_no = %(query)s)"""
_BY_PHONE = "r.phone = %(query)s"
_BY_PINYIN = "(replace(r.pinyin, ' ', '') = %(pinyin)s or r.resident_id = %(query)s)"
_BY_NAME = """r.resident_id in (
    select resident_id from warehouse.resident_name
    where name = %(query)s or name like %(prefix)s)"""

# Few are born on one day, and many bear one name: who was born that day is asked for the name.
_BY_NAME_AND_BIRTH = """exists (
    select from warehouse.resident_name as n
    where n.resident_id = r.resident_id and (n.name = %(query)s or n.name like %(prefix)s)
    offset 0)"""


def _person_condition(query: str) -> str:
    if re.fullmatch(r"\d{14,17}[\dXx]", query):
        return _BY_NUMBER
    if re.fullmatch(r"[\d-]{7,13}", query):
        return _BY_PHONE
    return _BY_PINYIN if query.isascii() else _BY_NAME


def find_house(
    url: str, text: str, *, limit: int = 20, unmasked: bool = False
) -> list[dict[str, Any]]:
    """Dwellings whose id is `text`, or whose address holds every part of it, with who is in them.

    Parts are parted by blanks or commas: ``滨江花园 3栋 502``. One dict a dwelling: dwelling_id,
    community_name, compound_name, building (or full_address), grid_code, floor, has_lift, occupants
    (resident_id, name, role, valid_from, is_current, is_dead).
    """
    parts = [part for part in _PARTS.split(unicodedata.normalize("NFKC", text).strip()) if part]
    holds = " and ".join(f"d.full_address like %(part{n})s" for n in range(len(parts))) or "false"
    sql = _HOUSE.format(
        condition=f"(d.dwelling_id = %(query)s or ({holds}))",
        **(_WHOLE if unmasked else _MASKED),
    )
    values: dict[str, Any] = {f"part{n}": f"%{_escaped(part)}%" for n, part in enumerate(parts)}
    return _rows(url, sql, values | {"query": text.strip(), "limit": limit})


def _escaped(text: str) -> str:
    """Text that LIKE takes as it is."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rows(url: str, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with reading(url) as connection:
        return connection.execute(sql, values).fetchall()
