-- Text to types, one macro a type. What cannot be converted becomes null, beside its raw_ text, for a rule to count.
-- Every cast tries only: the optimizer may lift one out of the branch that guards it.
-- The text comes tidied; s is half width. No macro asks for today: as_of is the business date.

-- Without outer blanks of any width, byte order marks and zero-width spaces; null where nothing is left.
create or replace temp macro tidy(t) as
  nullif(regexp_replace(t, '^[\s\pZ\x{FEFF}\x{200B}]+|[\s\pZ\x{FEFF}\x{200B}]+$', '', 'g'), '');

create or replace temp macro half_width(t) as
  case when strlen(t) = length(t) then t else translate(t, '０１２３４５６７８９．－／：，　', '0123456789.-/:, ') end;

create or replace temp macro to_whole(s) as
  case when regexp_full_match(s, '[+-]?(\d{1,18}|\d{1,3}(,\d{3}){1,5})(\.0+)?')
    then try_cast(replace(split_part(s, '.', 1), ',', '') as bigint) end;

create or replace temp macro to_real(s) as
  case
    when regexp_full_match(s, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?') then try_cast(s as double)
    when regexp_full_match(s, '[+-]?\d{1,3}(,\d{3})+(\.\d+)?') then try_cast(replace(s, ',', '') as double)
  end;

create or replace temp macro to_flag(s) as
  case
    when s in ('1', '是', 'true', 'True', 'TRUE', 't', 'T', 'y', 'Y', 'yes', 'Yes', 'YES') then true
    when s in ('0', '否', 'false', 'False', 'FALSE', 'f', 'F', 'n', 'N', 'no', 'No', 'NO') then false
  end;

-- Days since 1899-12-30, as Excel counts from March 1900 on; a fraction is the time of day.
create or replace temp macro excel_day(s) as
  date '1899-12-30' + try_cast(floor(try_cast(s as double)) as integer);

-- What a text says of a date: its parts, of which month or day 0 is unknown, or the whole with its precision.
-- Apart from the date itself, which needs each part several times: a macro copies its argument to every place.
create or replace temp macro said_parts(y, m, d) as
  struct_pack(y := y, m := m, d := d, day := null::date, precision := null::varchar);

create or replace temp macro said_day(day, precision) as
  struct_pack(y := null::integer, m := null::integer, d := null::integer, day := day, precision := precision);

-- A date with what is known of it, from what said_date made; null parts are not given.
create or replace temp macro known_date(said) as
  case
    when said.precision is not null then struct_pack(day := said.day, precision := said.precision)
    when said.y is null or said.y not between 1800 and 9999 or said.m > 12 or said.d > 31 then
      struct_pack(day := null::date, precision := 'none')
    when coalesce(said.m, 0) = 0 then struct_pack(day := try(make_date(said.y, 1, 1)), precision := 'year')
    when coalesce(said.d, 0) = 0 then struct_pack(day := try(make_date(said.y, said.m, 1)), precision := 'month')
    else struct_pack(
      day := try_cast(concat_ws('-', said.y, said.m, said.d) as date),
      precision := case when try_cast(concat_ws('-', said.y, said.m, said.d) as date) is null then 'none' else 'day' end)
  end;

-- A year of two digits lies in the hundred years that end with the business date's.
create or replace temp macro four_digits(yy, as_of) as
  yy + case when yy > year(as_of) % 100 then 1900 else 2000 end;

create or replace temp macro said_texts(parts, century) as
  said_parts(century, try_cast(parts.m as integer), try_cast(parts.d as integer));

-- A date as people write it: YYYYMMDD, ISO and its relatives, a month, a year, an Excel serial, an age
-- (January 1st of the year that many years before the business date's), a year of two digits.
create or replace temp macro said_date(s, as_of) as
  case
    when strlen(s) = 8 and s >= '1800' and try_strptime(s, '%Y%m%d') is not null and regexp_full_match(s, '\d{8}') then
      said_day(try_strptime(s, '%Y%m%d')::date, 'day')
    when regexp_full_match(s, '\d{8}|\d{14}') then
      said_parts(try_cast(s[1:4] as integer), try_cast(s[5:6] as integer), try_cast(s[7:8] as integer))
    when regexp_full_match(s, '\d{4}\s*[-/.年]\s*\d{1,2}\s*([-/.月]\s*(\d{1,2}\s*[日号]?)?)?([ T].*)?') then
      said_texts(
        regexp_extract(s, '^\d{4}\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})?)?', ['m', 'd']),
        try_cast(s[1:4] as integer))
    when regexp_full_match(s, '(1[89]|20)\d{2}年?') then said_parts(try_cast(s[1:4] as integer), 0, 0)
    when regexp_full_match(s, '(\d{1,2}|1[0-4]\d)(周?岁)?') then
      said_day(try(make_date(year(as_of) - try_cast(regexp_extract(s, '^\d+') as integer), 1, 1)), 'age')
    when regexp_full_match(s, '[1-7]\d{4}(\.\d+)?') then said_day(excel_day(s), 'day')
    when regexp_full_match(s, '(19|20)\d{2}(0[1-9]|1[0-2])') then
      said_parts(try_cast(s[1:4] as integer), try_cast(s[5:6] as integer), 0)
    when regexp_full_match(s, '\d{6}') then
      said_parts(four_digits(try_cast(s[1:2] as integer), as_of), try_cast(s[3:4] as integer), try_cast(s[5:6] as integer))
    when regexp_full_match(s, '\d{2}([-/.]\d{1,2}[-/.]\d{1,2}|年(\d{1,2}月(\d{1,2}[日号]?)?)?)') then
      said_texts(
        regexp_extract(s, '^\d{2}[-/.年](?:(\d{1,2})[-/.月](\d{1,2})?)?', ['m', 'd']),
        four_digits(try_cast(s[1:2] as integer), as_of))
    else said_day(null::date, 'none')
  end;

-- A calendar date where no more than a date is declared: a known day or nothing.
create or replace temp macro to_day(known) as case when known.precision = 'day' then known.day end;

-- YYYY-MM, from a month or from a date within it.
create or replace temp macro to_month(s) as
  case
    when regexp_full_match(s, '\d{4}(0[1-9]|1[0-2])(\d{2})?') then s[1:4] || '-' || s[5:6]
    when regexp_full_match(s, '\d{4}[-/.年](0?[1-9]|1[0-2])([-/.月](\d{1,2}日?)?)?([ T].*)?') then
      s[1:4] || '-' || lpad(regexp_extract(s, '^\d{4}[-/.年](\d{1,2})', 1), 2, '0')
    when regexp_full_match(s, '[1-7]\d{4}(\.\d+)?') then strftime(excel_day(s), '%Y-%m')
  end;

-- An instant; text without a zone is Asia/Shanghai (feeds.md).
create or replace temp macro to_instant(s) as
  case
    when strlen(s) = 19 and s[17] = ':' then timezone('Asia/Shanghai', try_cast(s as timestamp))
    when regexp_full_match(s, '\d{14}') then timezone('Asia/Shanghai', try_strptime(s, '%Y%m%d%H%M%S'))
    when regexp_full_match(s, '\d{8}') then timezone('Asia/Shanghai', try_strptime(s, '%Y%m%d'))
    when regexp_full_match(s, '\d{4}-.*:\d{2}(\.\d+)?\s*(Z|[+-]\d{2}(:?\d{2})?)') then try_cast(s as timestamptz)
    when regexp_full_match(s, '\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?') then
      timezone('Asia/Shanghai', try_cast(
        regexp_replace(s, '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})', '\1-\2-\3') as timestamp))
    when regexp_full_match(s, '[1-7]\d{4}(\.\d+)?') then
      timezone('Asia/Shanghai', timestamp '1899-12-30 00:00:00'
        + to_seconds(try_cast(round(try_cast(s as double) * 86400) as bigint)))
  end;

-- A JSON array as a list of texts.
create or replace temp macro to_list(t) as
  case when starts_with(t, '[') then try(from_json(t, '["VARCHAR"]')) end;
