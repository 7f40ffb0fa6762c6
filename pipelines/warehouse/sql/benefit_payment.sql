-- One row a family and month that was paid.
-- grain: payment_no
-- of conformed.civil_affairs_assistance_payment: payment_no
select
    p.payment_no,
    p.family_no,
    applicant.resident_id,
    holder.resident_id as account_holder_resident_id,
    p.paid_month,
    p.assistance_type,
    p.basic_amount_cny,
    p.extra_amount_cny,
    p.total_amount_cny,
    p.payment_status
from conformed.civil_affairs_assistance_payment as p
left join identity.crosswalk as applicant
    on applicant.department = 'civil_affairs'
    and applicant.feed = 'assistance_payment'
    and applicant.slot = 'self'
    and applicant.record_key = p._key
left join identity.crosswalk as holder
    on holder.department = 'civil_affairs'
    and holder.feed = 'assistance_payment'
    and holder.slot = 'account_holder'
    and holder.record_key = p._key
