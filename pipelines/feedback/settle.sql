-- What becomes of each item: opened tonight or changed while open (todo), or gone (leaving).
--   finding, hub.feedback_item -> open_before, todo, leaving
create or replace temp table open_before as
select item_id, opened_on, row_hash from hub.feedback_item where closed_on is null;

create or replace temp table todo as
select finding.*, coalesce(open_before.opened_on, getvariable('as_of')) as opened_on
from finding
left join open_before on finding.item_id = open_before.item_id
where open_before.item_id is null or open_before.row_hash is distinct from finding.row_hash;

create or replace temp table leaving as
with gone as (select item_id, opened_on from open_before anti join finding using (item_id))

from hub.feedback_item semi join gone using (item_id, opened_on);

create or replace temp table present (feed text, record_key text, row_hash text);
