"""What a mention says of where and as what a person is known, short of a telephone and a dwelling.

    address_match -> area (a community), near (a compound, a village group, a grid)
    feed, slot, relation, family_no -> role (who heads a family, holds its account, watches a site)

SQL only, used by nodes.py. No secrets.
"""

# Over identity.address_match.
AREAS = """town_name || '/' || community_name as area,
    town_name || '/' || community_name || '/' || compound_name as compound, grid_code as grid"""
# Over these columns as ``a`` or ``d`` and a home_key. A village has no compounds but groups, which
# only the text names.
NEAR = (
    "coalesce(compound, {0}.area || '/' || regexp_extract(home_key, '村([^村]{{1,6}}组)', 1), grid)"
)

# Of these a family or a worker's file has one by definition; who is meant is one person from row to
# row, however the name is written. ``relation`` is the register's, the civil affairs' or a
# visitor's word for the head.
POST = """case
  when feed = 'assistance_member' and (slot = 'head' or relation in ('户主', '本人')) then 'head'
  when feed = 'assistance_payment' and slot = 'self' then 'applicant'
  when feed = 'evacuation_card' and slot = 'head' then 'head'
  when slot = 'worker' then 'worker' end"""
# Of these there is one at a time: the holder of an account, the watch of a hazard.
ROLE = """case
  when slot = 'account_holder' then 'account'
  when slot in ('monitor', 'watcher') then 'watch' end"""

# kind: the SQL type of the second column.
MORE_TRAITS = f"""
select distinct node, 'post'::{{kind}}, hash(department, {POST}, family_no)
from evidence where {POST} is not null and family_no is not null
union all
select distinct node, 'role'::{{kind}}, hash(department, {ROLE}, family_no)
from evidence where {ROLE} is not null and family_no is not null
union all
select distinct node, 'near'::{{kind}}, hash('near', near) from evidence where near is not null
union all
select distinct node, 'area'::{{kind}}, hash('area', area) from evidence where area is not null
"""
