-- What a cell says, written one way, so that the same identifier has the same keyed hash wherever it stands.
create or replace temp macro said_plain(t) as
  translate(t, '０１２３４５６７８９Ｘｘ－（）＋　', '0123456789XX-()+ ');

create or replace temp macro said_number(t) as
  nullif(upper(regexp_replace(said_plain(t), '[^0-9A-Za-z]', '', 'g')), '');

create or replace temp macro said_phone(t) as
  nullif(regexp_replace(regexp_replace(said_plain(t), '[^0-9]', '', 'g'), '^(?:00)?86(1\d{10})$', '\1'), '');

create or replace temp macro said_name(t) as
  nullif(regexp_replace(t, '[\s\pZ·•・‧．.]', '', 'g'), '');

-- Numbers and mobile telephones that stand in a text.
create or replace temp macro said_in(t) as
  list_distinct(list_transform(
    regexp_extract_all(said_plain(t), '[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9}'), lambda x: upper(x)));

-- HMAC-SHA256 as RFC 2104 writes it.
create or replace temp macro keyed(inner_pad, outer_pad, said) as
  sha256(outer_pad || unhex(sha256(inner_pad || encode(said))));

create or replace temp macro is_whole_number(n) as
  coalesce(regexp_full_match(n, '[0-9]{17}[0-9X]|[0-9]{15}'), false);
