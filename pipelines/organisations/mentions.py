"""Every appearance of an organisation in the conformed feeds, with its values made comparable.

    shop, rental_housing (landlords that are no persons) -> one UNION ALL -> names and codes once
    per distinct value -> organisation_mention

Needs no secrets.
"""

import duckdb

from foundation.engine import attach, register, run
from foundation.lake import Lake
from pipelines.identity.comparable import homes, phones
from pipelines.organisations.values import BODY, comparable_codes, comparable_names
from schemas import FEEDS
from schemas.derive import conformed_schema, table_schema
from schemas.places import ADDRESS_MATCH

_FEEDS = ("city_management.shop", "public_security.rental_housing")

# What looks like a credit code and has a letter where a person's number has the birth date.
_CODE = "[159ANY][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
_APPEARANCES = f"""
create or replace temp table appearance as
select 'city_management' as department, 'shop' as feed, _key as record_key, 'shop' as slot,
  'operator' as place_slot, name as name_text, uscc as code_text, operator_name as operator,
  operator_id_no as operator_no, phone as phone_text, address, null::varchar as standard_address_id,
  grid_code as grid, updated_at
from conformed.city_management_shop
union all
select 'public_security', 'rental_housing', _key, 'landlord', 'landlord', landlord_name,
  landlord_id_no, null, null, landlord_phone, address, standard_address_id, null, updated_at
from conformed.public_security_rental_housing
where regexp_matches(landlord_name, '{BODY}')
  or regexp_full_match(upper(landlord_id_no), '{_CODE}')
    and regexp_matches(substr(upper(landlord_id_no), 9, 9), '[A-Z]')
"""

_MENTIONS = f"""
create or replace temp table organisation_mention as
select
  (md5_number_lower(concat_ws(chr(31), a.department, a.feed, a.record_key, a.slot)) >> 1)::bigint
    as mention_id,
  a.department, a.feed, a.record_key, a.slot, a.name_text, n.name, n.core, c.uscc,
  nullif(trim(a.operator), '') as operator, nullif(upper(trim(a.operator_no)), '') as operator_no,
  {phones.full("a.dialled")} as phone, {homes.home_key("a.address")} as home,
  coalesce(d.dwelling_id, a.standard_address_id) as dwelling, a.grid, a.updated_at
from (select *, {phones.cleaned("phone_text")} as dialled from appearance) a
left join name_value n on n.written = a.name_text
left join code_value c on c.written = a.code_text
left join (
  select department, feed, record_key, slot as place_slot, dwelling_id
  from identity.address_match
  where feed in ('shop', 'rental_housing') and level = 'room' and dwelling_id is not null
) d using (department, feed, record_key, place_slot)
where n.name is not null or c.uscc is not null
"""


def build_mentions(con: duckdb.DuckDBPyConnection, lake: Lake, county: str) -> int:
    """Make ``organisation_mention``, the columns of the schema's table; returns its rows.

    county: the county's name, which many names begin with.
    """
    schemas = {f"conformed.{FEEDS[name].table}": conformed_schema(FEEDS[name]) for name in _FEEDS}
    schemas[ADDRESS_MATCH.id] = table_schema(ADDRESS_MATCH)
    attach(con, lake, schemas, schemas)
    run(con, _APPEARANCES)
    names = con.sql("select distinct name_text from appearance").to_arrow_table().column(0)
    register(con, "name_value", comparable_names(names.combine_chunks(), county))
    codes = con.sql("select distinct code_text from appearance").to_arrow_table().column(0)
    register(con, "code_value", comparable_codes(codes.combine_chunks()))
    run(con, _MENTIONS)
    run(con, "drop table appearance; drop table name_value; drop table code_value")
    return int(run(con, "select count(*) from organisation_mention")[0][0])
