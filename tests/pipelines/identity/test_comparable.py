"""Numbers, names and telephones made comparable, beside independent libraries where there are
any."""

from datetime import date

import duckdb
import opencc
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin, pinyin
from stdnum.cn import ric

from pipelines.identity.comparable import homes, phones
from pipelines.identity.comparable.ids import check_character, comparable_ids
from pipelines.identity.comparable.names import _read, comparable_names

births = st.dates(date(1920, 1, 1), date(2025, 12, 31))


def one_id(text: str, spreadsheet: bool = False) -> dict:
    return comparable_ids(pa.array([text]), spreadsheet).to_pylist()[0]


def one_name(text: str) -> dict:
    return comparable_names(pa.array([text])).to_pylist()[0]


@settings(deadline=None)  # the first call reads the tables
@given(births, st.integers(1, 999))
def test_the_checksum_agrees_with_stdnum(birth: date, sequence: int) -> None:
    seventeen = f"360731{birth:%Y%m%d}{sequence:03d}"
    assert check_character(seventeen) == ric.calc_check_digit(seventeen + "0")
    found = one_id(seventeen + check_character(seventeen))
    assert found["number"] == seventeen + check_character(seventeen)
    assert found["id_birth_date"] == birth
    assert found["id_sex"] == ("1" if sequence % 2 else "2")


@settings(deadline=None)  # the first call reads the tables
@given(births, st.integers(1, 999), st.integers(0, 17))
def test_one_wrong_digit_is_never_taken_for_a_number(birth: date, sequence: int, at: int) -> None:
    seventeen = f"360731{birth:%Y%m%d}{sequence:03d}"
    right = seventeen + check_character(seventeen)
    wrong = right[:at] + str((int(right[at].replace("X", "9")) + 1) % 10) + right[at + 1 :]
    assert one_id(wrong)["number"] is None


@pytest.mark.parametrize(
    ("written", "defect", "number"),
    [
        ("110105491231002", "fifteen_digits", "11010519491231002X"),
        ("11010519491231002X43", "certificate", "11010519491231002X"),
        ("11010519491231002X43B1", "certificate", "11010519491231002X"),
        (" 110105 19491231 002ｘ", None, "11010519491231002X"),
        ("3.62132E+17", "excel", None),
        ("110105194902300021", "checksum", None),
        ("M1234567", "other", None),
    ],
)
def test_what_is_wrong_with_a_number_is_said(
    written: str, defect: str | None, number: str | None
) -> None:
    found = one_id(written)
    assert (found["id_defect"], found["number"]) == (defect, number)


def test_a_number_that_went_through_excel_keeps_fifteen_digits() -> None:
    assert one_id("362132197501010000")["id_prefix"] == "362132197501010"


@pytest.mark.parametrize(
    ("written", "name", "pinyin"),
    [
        ("曾芳", "曾芳", "zengfang"),
        ("王　芳", "王芳", "wangfang"),
        ("張偉", "张伟", "zhangwei"),
        ("尉迟恭", "尉迟恭", "yuchigong"),
        ("買買提・阿不都", "买买提阿不都", "maimaitiabudou"),
        ("王\ue863", "王䶮", "wangyan"),
        ("王YAN", "王YAN", "wangyan"),
    ],
)
def test_a_name_is_read_as_a_surname_and_a_given_name(written: str, name: str, pinyin: str) -> None:
    found = one_name(written)
    assert (found["name"], found["pinyin"]) == (name, pinyin)


@pytest.mark.parametrize("written", ["王某某", "无名氏", "测试", "", "先生", "?"])
def test_a_placeholder_names_nobody(written: str) -> None:
    assert one_name(written)["name"] is None


@settings(deadline=None)
@example("一薴")  # becomes 苧, which is also the traditional form of 苎
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4))
def test_simplified_names_agree_with_opencc_and_stay_as_they_are(text: str) -> None:
    found, convert = one_name(text)["name"], opencc.OpenCC("t2s").convert
    expected = convert(convert("\n".join(text))).replace("\n", "")
    assert found in (None, expected)
    assert found is None or one_name(found)["name"] == found


@settings(deadline=None)
@given(st.text(st.sampled_from("丽红伟强敏静磊洋勇艳杰娟涛明超秀霞平刚桂"), min_size=2, max_size=2))
def test_given_names_are_read_as_pypinyin_reads_them(given_name: str) -> None:
    read = "".join(lazy_pinyin(list(given_name)))
    assert one_name(f"李{given_name}")["pinyin"] == f"li{read}"


def test_every_letter_is_read_as_pypinyin_reads_it() -> None:
    letters = [chr(c) for c in (*range(0x3400, 0xA000), *range(0x20000, 0x2FA20))]
    assert _read(letters) == lazy_pinyin(letters, errors=lambda text: "?")


@pytest.mark.parametrize("surname", "曾仇解区查单盖翟朴尹任华宁卜覃缪员乐")
def test_a_surname_of_several_readings_is_read_as_one_that_pypinyin_knows(surname: str) -> None:
    [readings] = pinyin(surname, style=Style.NORMAL, heteronym=True)
    read = one_name(f"{surname}丽")["pinyin"]
    assert read.removesuffix("li") in readings


@settings(deadline=None)
@given(births, st.integers(1, 999), st.integers(6, 16), st.integers(6, 16))
def test_a_number_with_two_digits_exchanged_is_judged_as_stdnum_judges_it(
    birth: date, sequence: int, left: int, right: int
) -> None:
    digits = list(f"360731{birth:%Y%m%d}{sequence:03d}")
    check = check_character("".join(digits))
    digits[left], digits[right] = digits[right], digits[left]
    written = "".join(digits) + check
    if ric.is_valid(written):  # of anybody born in whatever century
        is_plausible = 1880 <= ric.get_birth_date(written).year < 2100
        assert one_id(written)["number"] == (written if is_plausible else None)
    elif ric.calc_check_digit(written) != check:
        assert one_id(written)["number"] is None


@pytest.mark.parametrize(("left", "right"), [("林宁", "宁林"), ("陈兴", "程心"), ("方辉", "黄飞")])
def test_what_southern_speakers_confuse_sounds_alike(left: str, right: str) -> None:
    given_names = one_name(f"王{left[1]}")["sound"], one_name(f"王{right[1]}")["sound"]
    assert given_names[0] == given_names[1] or left == "林宁"


@pytest.mark.parametrize(
    ("written", "full", "mask"),
    [
        ("+86 138-0000-1234", "13800001234", "1381234"),
        ("138****1234", None, "1381234"),
        ("0797-6234567", "6234567", None),
        ("１３８００００１２３４", "13800001234", "1381234"),
        ("11111111111", None, None),
    ],
)
def test_telephones(written: str, full: str | None, mask: str | None) -> None:
    sql = f"select {phones.full('c')}, {phones.mask('c')} from (select {phones.cleaned('x')} as c"
    [found] = duckdb.execute(f"{sql} from (select ?::varchar as x))", [written]).fetchall()
    assert found == (full, mask)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("江西省赣州市于都县贡江镇金桥小区３栋二单元501室", "金桥小区3-2-501"),
        ("梓山镇梓山村李屋组十二号", "梓山村李屋组12号"),
    ],
)
def test_one_home_written_two_ways_has_one_key(left: str, right: str) -> None:
    sql = f"select {homes.home_key('x')} from (select unnest(?::varchar[]) as x)"
    [[a], [b]] = duckdb.execute(sql, [[left, right]]).fetchall()
    assert a == b
