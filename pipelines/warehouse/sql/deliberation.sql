-- One row a topic that neighbours talk over.
select
    topic_no,
    compound_code,
    topic,
    'community|' || from_request_no as ticket_id,
    parties,
    topic_status,
    raised_at,
    agreed_at,
    done_at,
    meeting_count
from conformed.community_deliberation
