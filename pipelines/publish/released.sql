-- One row a column of a view in api_v1, with its type, or a function there, with its arguments.
select c.relname as one, a.attname as part, format_type(a.atttypid, a.atttypmod) as type
from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'api_v1'::regnamespace and c.relkind = 'v' and not a.attisdropped
union all
select p.proname || '()', 'argument', pg_get_function_identity_arguments(p.oid)
from pg_proc as p where p.pronamespace = 'api_v1'::regnamespace
order by 1, 2
