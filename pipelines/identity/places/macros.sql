-- One row per distinct text: an address written one way, and its numbers split off from its names.
-- Both sides, what people write and the standard addresses, go through the same fold.
create or replace temp macro as_digits(t) as
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        translate(t, '一二三四五六七八九〇零○两', '1234567890002'),
        '([0-9])十+([0-9])', '\1\2', 'g'),
        '([0-9])十+', '\10', 'g'),
        '十+([0-9])', '1\1', 'g'),
        '十+(栋|幢|座|单元|门|号|室|组|村民|小组|队|楼|层)', '10\1', 'g'),
        '([0-9])百0?([0-9]{2})', '\1\2', 'g'),
        '([0-9])百0([0-9])', '\10\2', 'g');

-- What stands in brackets goes, in brackets of brackets too: in two steps from the inside, and what is
-- deeper from the first to the last.
create or replace temp macro without_brackets(t) as
    regexp_replace(regexp_replace(regexp_replace(t,
        '\([^()]*\)', '', 'g'),
        '\([^()]*\)', '', 'g'),
        '\(.*\)', '');

create or replace temp macro as_plain(t) as
    without_brackets(regexp_replace(upper(
        translate(t,
            '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ－—–―‐‑−ー_＿~～／/＃（）【】［］「」',
            '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ--------------#()()()()')),
        '[\s\x{3000},，、.。·;；:：''"“”]', '', 'g'));

-- 号楼, 幢, 座, # are buildings; 门, 梯 after a building are units; 付 and 附 come before a part of a number.
create or replace temp macro fold_once(t) as
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        as_digits(as_plain(t)),
        '([0-9A-Z])(?:号楼|号栋|号幢|幢|座|栋楼|#楼|#栋|#)', '\1栋', 'g'),
        '(栋-?第?[0-9A-Z]+)(?:门|梯|单元门|单位)', '\1单元', 'g'),
        '栋(?:-?(?:付|附))+', '栋', 'g'),
        '号(?:付|附|之|-)([0-9]+)(?:号|$)', '-\1号', 'g'),
        '第([0-9A-Z]+)(栋|单元)', '\1\2', 'g'),
        '-+', '-', 'g');

-- What a rule makes may be what another looks for (号--1, 十第1栋): folded until nothing changes. Most of
-- what people write has nothing left that any rule looks for.
create or replace temp macro fold_again(once) as
    case when fold_once(once) = once then once
        else list_reduce(list_resize([]::varchar[], 16, ''), lambda said, step: fold_once(said), once) end;

create or replace temp macro fold_address(t) as
    case when regexp_matches(fold_once(t), '[十百第付附门梯楼幢座#()]|号[栋之-]|单位|--')
        then fold_again(fold_once(t)) else fold_once(t) end;

create or replace temp macro fold_door(t) as
    regexp_replace(fold_address(t), '^([0-9A-Z-]+)号$', '\1');

create or replace temp macro fold_part(t) as
    regexp_replace(fold_address(t), '(栋|单元|室|号|房|户)+$', '');

-- Leading zeros say nothing.
create or replace temp macro bare_number(t) as nullif(regexp_replace(t, '^0+([0-9A-Z])', '\1'), '');

create or replace temp macro address_parts(t) as
    case
        when regexp_matches(t, '[0-9A-Z]栋[0-9A-Z单元楼层室号房户-]*$') then regexp_extract(t,
            '^(.*?)([0-9A-Z]+)栋(?:-?([0-9A-Z]+)单元)?(?:-?[0-9]+[楼层])?-?(?:([0-9A-Z]+)-)?([0-9A-Z]*)((?:室|号|房|户)*)$',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        -- Something beside a building: what follows its number and unit names no room.
        when regexp_matches(t, '[0-9A-Z]栋') then regexp_extract(t,
            '^(.*?)([0-9A-Z]+)栋(?:-?([0-9A-Z]+)单元)?()()()',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        when regexp_matches(t, '[^0-9A-Z-][0-9A-Z]+-[0-9A-Z]+-[0-9A-Z]+(?:室|号|房|户)*$') then regexp_extract(t,
            '^(.*?[^0-9A-Z-])([0-9A-Z]+)-([0-9A-Z]+)()-([0-9A-Z]+)((?:室|号|房|户)*)$',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        when regexp_matches(t, '[^0-9A-Z-][0-9A-Z]+-[0-9A-Z]+(?:室|号|房|户)*$') then regexp_extract(t,
            '^(.*?[^0-9A-Z-])([0-9A-Z]+)()()-([0-9A-Z]+)((?:室|号|房|户)*)$',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        when regexp_matches(t, '[^路街道巷弄0-9A-Z-][0-9A-Z]+(?:室|号|房|户)+$') then regexp_extract(t,
            '^(.*?[^0-9A-Z-])()()()([0-9A-Z]+)((?:室|号|房|户)+)$',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        when regexp_matches(t, '[0-9]号[0-9A-Z]+$') then regexp_extract(t,
            '^(.*[0-9]号)()()()([0-9A-Z]+)()$',
            ['place', 'building', 'unit', 'unit2', 'room', 'word'])
        else {'place': t, 'building': '', 'unit': '', 'unit2': '', 'room': '', 'word': ''}
    end;

-- A number that a name has in this run and in the next, small enough for every format. Not hash(): of long texts it is
-- weak where they differ in two characters only, and gives 一期1幢802室 the number of 三期1幢702室.
create or replace temp macro place_id(kind, community, name) as
    (md5_number_lower(concat_ws(chr(31), kind, coalesce(community, ''), name)) >> 1)::bigint;
create or replace temp macro text_number(t) as (md5_number_lower(t) >> 1)::bigint;
