-- The base tables as the first revision has them, a table as it is declared in schemas/ then. One row of each is told
-- by its view's comment. Frozen: a later change is a revision of its own.
create table warehouse.address_match (
    department text not null,
    feed text not null,
    record_key text not null,
    slot text not null,
    dwelling_id text,
    match_level text,
    confidence double precision,
    reason text,
    grid_code text,
    constraint address_match_pkey primary key (department, feed, record_key, slot)
);
create index address_match_dwelling_id_idx on warehouse.address_match (dwelling_id);

create table warehouse.benefit_grant (
    resident_id text not null,
    benefit_kind text not null,
    grant_no text not null,
    feed text,
    assistance_type text,
    family_no text,
    monthly_amount_cny double precision,
    from_month text,
    to_month text,
    stop_reason text,
    constraint benefit_grant_pkey primary key (resident_id, benefit_kind, grant_no)
);
create index benefit_grant_benefit_kind_idx on warehouse.benefit_grant (benefit_kind);

create table warehouse.benefit_grant_history (
    resident_id text not null,
    benefit_kind text not null,
    grant_no text not null,
    feed text,
    assistance_type text,
    family_no text,
    monthly_amount_cny double precision,
    from_month text,
    to_month text,
    stop_reason text,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint benefit_grant_history_pkey primary key (resident_id, benefit_kind, grant_no, recorded_to)
);

create table warehouse.benefit_payment (
    payment_no text not null,
    family_no text,
    resident_id text,
    account_holder_resident_id text,
    paid_month text,
    assistance_type text,
    basic_amount_cny double precision,
    extra_amount_cny double precision,
    total_amount_cny double precision,
    payment_status text,
    constraint benefit_payment_pkey primary key (payment_no)
);
create index benefit_payment_paid_month_idx on warehouse.benefit_payment (paid_month);
create index benefit_payment_resident_id_idx on warehouse.benefit_payment (resident_id);

create table warehouse.component (
    component_code text not null,
    name text,
    owner_unit text,
    manager_unit text,
    maintainer_unit text,
    cell_code text,
    grid_code text,
    state text,
    longitude_deg double precision,
    latitude_deg double precision,
    constraint component_pkey primary key (component_code)
);
create index component_grid_code_idx on warehouse.component (grid_code);

create table warehouse.crosswalk (
    department text not null,
    feed text not null,
    record_key text not null,
    slot text not null,
    resident_id text,
    method text,
    weight double precision,
    constraint crosswalk_pkey primary key (department, feed, record_key, slot)
);
create index crosswalk_resident_id_idx on warehouse.crosswalk (resident_id);

create table warehouse.crosswalk_history (
    department text not null,
    feed text not null,
    record_key text not null,
    slot text not null,
    resident_id text,
    method text,
    weight double precision,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint crosswalk_history_pkey primary key (department, feed, record_key, slot, recorded_to)
);

create table warehouse.deliberation (
    topic_no text not null,
    compound_code text,
    topic text,
    ticket_id text,
    parties text[],
    topic_status text,
    raised_at timestamp with time zone,
    agreed_at timestamp with time zone,
    done_at timestamp with time zone,
    meeting_count bigint,
    constraint deliberation_pkey primary key (topic_no)
);

create table warehouse.disability (
    resident_id text not null,
    certificate_no_suffix text not null,
    disability_kind text,
    disability_level text,
    issued_on date,
    expires_on date,
    has_care_subsidy boolean,
    has_living_subsidy boolean,
    guardian_resident_id text,
    constraint disability_pkey primary key (resident_id, certificate_no_suffix)
);

create table warehouse.discrepancy (
    discrepancy_kind text not null,
    subject text not null,
    resident_id text,
    feed text not null,
    other_feed text not null,
    department text,
    value text,
    other_value text,
    record_key text,
    other_record_keys text[],
    constraint discrepancy_pkey primary key (discrepancy_kind, subject, feed, other_feed)
);
create index discrepancy_feed_idx on warehouse.discrepancy (feed);
create index discrepancy_other_feed_idx on warehouse.discrepancy (other_feed);
create index discrepancy_resident_id_idx on warehouse.discrepancy (resident_id);

create table warehouse.division (
    division_code text not null,
    parent_code text,
    division_kind text,
    name text,
    alias text,
    town_code text,
    community_code text,
    unit_in_charge text,
    valid_from date,
    valid_to date,
    polygon_wkt text,
    constraint division_pkey primary key (division_code)
);
create index division_community_code_idx on warehouse.division (community_code);
create index division_parent_code_idx on warehouse.division (parent_code);

create table warehouse.dwelling (
    dwelling_id text not null,
    town_name text,
    community_name text,
    community_code text,
    grid_code text,
    street_name text,
    door_no text,
    compound_name text,
    building text,
    unit text,
    floor bigint,
    room text,
    full_address text,
    longitude_deg double precision,
    latitude_deg double precision,
    has_lift boolean,
    building_floors bigint,
    address_status text,
    merged_into_id text,
    constraint dwelling_pkey primary key (dwelling_id)
);
create index dwelling_community_code_idx on warehouse.dwelling (community_code);
create index dwelling_compound_name_building_room_idx on warehouse.dwelling (compound_name, building, room);
create index dwelling_grid_code_idx on warehouse.dwelling (grid_code);

create table warehouse.evacuation_card_member (
    card_no text not null,
    slot text not null,
    resident_id text,
    hazard_site_code text,
    route text,
    shelter_name text,
    updated_at timestamp with time zone,
    monitor_name text,
    monitor_phone text,
    constraint evacuation_card_member_pkey primary key (card_no, slot)
);
create index evacuation_card_member_hazard_site_code_idx on warehouse.evacuation_card_member (hazard_site_code);
create index evacuation_card_member_resident_id_idx on warehouse.evacuation_card_member (resident_id);

create table warehouse.freshness (
    feed text not null,
    department text,
    night date,
    last_success_at timestamp with time zone,
    state text,
    stale_since date,
    delivered_rows bigint,
    current_rows bigint,
    quarantined_rows bigint,
    constraint freshness_pkey primary key (feed)
);

create table warehouse.grid (
    grid_code text not null,
    name text,
    community_code text,
    community_name text,
    town_code text,
    town_name text,
    worker_no text,
    worker_name text,
    worker_phone text,
    constraint grid_pkey primary key (grid_code)
);
create index grid_community_code_idx on warehouse.grid (community_code);

create table warehouse.grid_worker (
    worker_no text not null,
    scope_code text not null,
    worker_role text not null,
    name text,
    phone text,
    community_code text,
    resident_id text,
    valid_from date,
    valid_to date,
    constraint grid_worker_pkey primary key (worker_no, scope_code, worker_role)
);
create index grid_worker_scope_code_idx on warehouse.grid_worker (scope_code);

create table warehouse.hazard_exposure (
    hazard_site_code text not null,
    resident_id text not null,
    basis text not null,
    dwelling_id text,
    distance_m bigint,
    constraint hazard_exposure_pkey primary key (hazard_site_code, resident_id, basis)
);
create index hazard_exposure_resident_id_idx on warehouse.hazard_exposure (resident_id);

create table warehouse.hazard_site (
    hazard_site_code text not null,
    name text,
    hazard_kind text,
    town_name text,
    village_name text,
    location text,
    longitude_deg double precision,
    latitude_deg double precision,
    radius_m bigint,
    threatened_people bigint,
    threatened_assets double precision,
    hazard_level text,
    hazard_state text,
    watcher_name text,
    watcher_phone text,
    watcher_resident_id text,
    constraint hazard_site_pkey primary key (hazard_site_code)
);

create table warehouse.household (
    household_id text not null,
    household_kind text,
    dwelling_id text,
    head_resident_id text,
    booklet_no text,
    member_count bigint,
    constraint household_pkey primary key (household_id)
);
create index household_dwelling_id_idx on warehouse.household (dwelling_id);

create table warehouse.household_history (
    household_id text not null,
    household_kind text,
    dwelling_id text,
    head_resident_id text,
    booklet_no text,
    member_count bigint,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint household_history_pkey primary key (household_id, recorded_to)
);

create table warehouse.household_member (
    household_id text not null,
    resident_id text not null,
    relation text,
    is_head boolean,
    constraint household_member_pkey primary key (household_id, resident_id)
);
create index household_member_resident_id_idx on warehouse.household_member (resident_id);

create table warehouse.household_member_history (
    household_id text not null,
    resident_id text not null,
    relation text,
    is_head boolean,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint household_member_history_pkey primary key (household_id, resident_id, recorded_to)
);

create table warehouse.identifier (
    resident_id text not null,
    id_no text not null,
    id_no_masked text,
    is_golden boolean,
    is_citizen_id boolean,
    departments text[],
    record_count bigint,
    constraint identifier_pkey primary key (resident_id, id_no)
);
create index identifier_id_no_idx on warehouse.identifier (id_no);

create table warehouse.left_behind_child (
    child_no text not null,
    resident_id text,
    guardian_resident_id text,
    guardian_relation text,
    is_father_away boolean,
    is_mother_away boolean,
    school text,
    constraint left_behind_child_pkey primary key (child_no)
);
create index left_behind_child_resident_id_idx on warehouse.left_behind_child (resident_id);

create table warehouse.life_event (
    department text not null,
    feed text not null,
    record_key text not null,
    event_kind text not null,
    resident_id text,
    other_resident_id text,
    occurred_on date,
    constraint life_event_pkey primary key (department, feed, record_key, event_kind)
);
create index life_event_resident_id_idx on warehouse.life_event (resident_id);

create table warehouse.organisation (
    organisation_id text not null,
    uscc text,
    name text,
    grid_code text,
    community_code text,
    operator_resident_id text,
    dwelling_id text,
    address text,
    phone text,
    constraint organisation_pkey primary key (organisation_id)
);
create index organisation_grid_code_idx on warehouse.organisation (grid_code);
create index organisation_operator_resident_id_idx on warehouse.organisation (operator_resident_id);
create index organisation_uscc_idx on warehouse.organisation (uscc);

create table warehouse.quality_result (
    feed text not null,
    rule_id text not null,
    night date,
    broken_rows bigint,
    judged_rows bigint,
    outcome text,
    constraint quality_result_pkey primary key (feed, rule_id)
);

create table warehouse.rental (
    rental_no text not null,
    dwelling_id text,
    landlord_resident_id text,
    rent_use text,
    safety_hazard text,
    registered_occupants bigint,
    let_from date,
    let_to date,
    constraint rental_pkey primary key (rental_no)
);
create index rental_dwelling_id_idx on warehouse.rental (dwelling_id);
create index rental_landlord_resident_id_idx on warehouse.rental (landlord_resident_id);

create table warehouse.residency (
    resident_id text not null,
    dwelling_id text not null,
    residency_role text not null,
    department text not null,
    feed text not null,
    valid_from date,
    valid_to date,
    is_current boolean,
    seen_on date,
    constraint residency_pkey primary key (resident_id, dwelling_id, residency_role, department, feed)
);
create index residency_dwelling_id_idx on warehouse.residency (dwelling_id);

create table warehouse.residency_history (
    resident_id text not null,
    dwelling_id text not null,
    residency_role text not null,
    department text not null,
    feed text not null,
    valid_from date,
    valid_to date,
    is_current boolean,
    seen_on date,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint residency_history_pkey primary key (resident_id, dwelling_id, residency_role, department, feed, recorded_to)
);

create table warehouse.resident (
    resident_id text not null,
    name text,
    name_masked text,
    pinyin text,
    sex text,
    birth_date date,
    birth_year bigint,
    ethnicity text,
    id_no text,
    id_no_masked text,
    phone text,
    phone_masked text,
    marital_status text,
    education text,
    nationality text,
    person_type text,
    person_status text,
    is_dead boolean,
    death_date date,
    living_dwelling_id text,
    register_dwelling_id text,
    grid_code text,
    community_code text,
    departments text[],
    mention_count bigint,
    constraint resident_pkey primary key (resident_id)
);
create index resident_grid_code_idx on warehouse.resident (grid_code);
create index resident_id_no_idx on warehouse.resident (id_no);
create index resident_living_dwelling_id_idx on warehouse.resident (living_dwelling_id);
create index resident_name_birth_date_idx on warehouse.resident (name, birth_date);
create index resident_phone_idx on warehouse.resident (phone);
create index resident_pinyin_idx on warehouse.resident (pinyin);

create table warehouse.resident_history (
    resident_id text not null,
    name text,
    name_masked text,
    pinyin text,
    sex text,
    birth_date date,
    birth_year bigint,
    ethnicity text,
    id_no text,
    id_no_masked text,
    phone text,
    phone_masked text,
    marital_status text,
    education text,
    nationality text,
    person_type text,
    person_status text,
    is_dead boolean,
    death_date date,
    living_dwelling_id text,
    register_dwelling_id text,
    grid_code text,
    community_code text,
    departments text[],
    mention_count bigint,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint resident_history_pkey primary key (resident_id, recorded_to)
);

create table warehouse.resident_lineage (
    lineage_id text not null,
    event text,
    old_resident_id text,
    new_resident_id text,
    happened_at timestamp with time zone,
    constraint resident_lineage_pkey primary key (lineage_id)
);
create index resident_lineage_old_resident_id_idx on warehouse.resident_lineage (old_resident_id);

create table warehouse.resident_name (
    resident_id text not null,
    name text not null,
    name_masked text,
    name_kind text,
    departments text[],
    record_count bigint,
    constraint resident_name_pkey primary key (resident_id, name)
);
create index resident_name_name_idx on warehouse.resident_name (name);

create table warehouse.resident_tag (
    resident_id text not null,
    tag text not null,
    department text not null,
    feed text not null,
    seen_on date,
    constraint resident_tag_pkey primary key (resident_id, tag, department, feed)
);
create index resident_tag_tag_idx on warehouse.resident_tag (tag);

create table warehouse.resident_tag_history (
    resident_id text not null,
    tag text not null,
    department text not null,
    feed text not null,
    seen_on date,
    was_absent boolean,
    recorded_from date,
    recorded_to date not null,
    constraint resident_tag_history_pkey primary key (resident_id, tag, department, feed, recorded_to)
);

create table warehouse.resident_value (
    resident_id text not null,
    attribute text not null,
    value text not null,
    is_golden boolean,
    department text,
    feed text,
    trust bigint,
    observed_at timestamp with time zone,
    record_count bigint,
    constraint resident_value_pkey primary key (resident_id, attribute, value)
);

create table warehouse.service_use (
    use_no text not null,
    item_code text,
    resident_id text,
    used_at timestamp with time zone,
    result text,
    constraint service_use_pkey primary key (use_no)
);
create index service_use_resident_id_idx on warehouse.service_use (resident_id);

create table warehouse.shelter (
    shelter_id text not null,
    name text,
    address text,
    longitude_deg double precision,
    latitude_deg double precision,
    kind text,
    capacity bigint,
    occupied bigint,
    manager_name text,
    manager_phone text,
    state text,
    constraint shelter_pkey primary key (shelter_id)
);

create table warehouse.ticket (
    ticket_id text not null,
    department text,
    feed text,
    ticket_no text,
    channel text,
    category text,
    major_class text,
    minor_class text,
    content text,
    address text,
    dwelling_id text,
    grid_code text,
    community_code text,
    component_code text,
    longitude_deg double precision,
    latitude_deg double precision,
    handler text,
    status text,
    is_open boolean,
    reporter_resident_id text,
    reported_at timestamp with time zone,
    deadline_at timestamp with time zone,
    finished_at timestamp with time zone,
    rating bigint,
    return_count bigint,
    reopen_count bigint,
    constraint ticket_pkey primary key (ticket_id)
);
create index ticket_dwelling_id_idx on warehouse.ticket (dwelling_id);
create index ticket_grid_code_reported_at_idx on warehouse.ticket (grid_code, reported_at);
create index ticket_reporter_resident_id_idx on warehouse.ticket (reporter_resident_id);

create table warehouse.ticket_link (
    ticket_id text not null,
    linked_ticket_id text not null,
    link_kind text not null,
    constraint ticket_link_pkey primary key (ticket_id, linked_ticket_id, link_kind)
);
create index ticket_link_linked_ticket_id_idx on warehouse.ticket_link (linked_ticket_id);

create table warehouse.ticket_step (
    step_id text not null,
    ticket_id text,
    seq bigint,
    step text,
    step_action text,
    from_unit text,
    to_unit text,
    began_at timestamp with time zone,
    ended_at timestamp with time zone,
    deadline_at timestamp with time zone,
    constraint ticket_step_pkey primary key (step_id)
);
create index ticket_step_ticket_id_seq_idx on warehouse.ticket_step (ticket_id, seq);

create table warehouse.transfer (
    transfer_id text not null,
    warning_id text,
    head_resident_id text,
    dwelling_id text,
    people_moved bigint,
    shelter_id text,
    began_at timestamp with time zone,
    ended_at timestamp with time zone,
    constraint transfer_pkey primary key (transfer_id)
);
create index transfer_head_resident_id_idx on warehouse.transfer (head_resident_id);
create index transfer_warning_id_idx on warehouse.transfer (warning_id);

create table warehouse.video_alert (
    alert_id text not null,
    camera_id text,
    algorithm text,
    confidence double precision,
    occurred_at timestamp with time zone,
    grid_code text,
    community_code text,
    address text,
    longitude_deg double precision,
    latitude_deg double precision,
    alert_status text,
    constraint video_alert_pkey primary key (alert_id)
);
create index video_alert_grid_code_occurred_at_idx on warehouse.video_alert (grid_code, occurred_at);

create table warehouse.warning (
    warning_id text not null,
    sender text,
    sent_at timestamp with time zone,
    warning_status text,
    warning_action text,
    reference_ids text,
    event_type text,
    warning_severity text,
    effective_at timestamp with time zone,
    onset_at timestamp with time zone,
    expires_at timestamp with time zone,
    headline text,
    description text,
    instruction text,
    polygon_wkt text,
    replaced_by_id text,
    constraint warning_pkey primary key (warning_id)
);

create table warehouse.warning_area (
    warning_id text not null,
    area_code text not null,
    constraint warning_area_pkey primary key (warning_id, area_code)
);
create index warning_area_area_code_idx on warehouse.warning_area (area_code);

create table warehouse.wish (
    wish_no text not null,
    resident_id text,
    content text,
    wish_status text,
    claimed_by text,
    created_at timestamp with time zone,
    claimed_at timestamp with time zone,
    done_at timestamp with time zone,
    constraint wish_pkey primary key (wish_no)
);
create index wish_resident_id_idx on warehouse.wish (resident_id);
