"""No id number, phone or row value in a log or an error."""

import io
import logging
import re
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import LakeError
from foundation.home import Home
from foundation.redact import allow_words, install_redaction, opaque, redact, safe_exception

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
LONG = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)")

ids = st.one_of(
    st.from_regex(r"36(0731|2132)(19|20)\d{2}(0[1-9]|1[0-2])[0-2]\d\d{3}[\dXx]", fullmatch=True),
    st.from_regex(r"362132\d{2}(0[1-9]|1[0-2])[0-2]\d\d{3}", fullmatch=True),
)


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """An id number, and how a delivery or a message may write it."""
    plain = draw(ids)
    gaps = draw(
        st.lists(
            st.sampled_from(["", "", "", " ", "\u3000", "  "]),
            min_size=len(plain),
            max_size=len(plain),
        )
    )
    written = "".join(map("".join, zip(plain, gaps, strict=True)))
    return plain, draw(st.sampled_from([written, written.lower(), written.translate(FULL_WIDTH)]))


@given(disguised(), st.text(max_size=30), st.text(max_size=30))
def test_no_id_number_survives_however_it_is_written(
    number: tuple[str, str], before: str, after: str
) -> None:
    plain, written = number
    shown = redact(before + written + after)
    digits = re.sub(
        r"[^\dX]", "", "".join(shown.translate({v: k for k, v in FULL_WIDTH.items()}).upper())
    )
    assert plain[6:17] not in digits or plain[6:17] in re.sub(r"\D", "", before + after)
    assert not LONG.search(shown)


@given(st.text(max_size=200))
def test_text_without_digits_or_quotes_is_left_as_it_is(text: str) -> None:
    harmless = re.sub(r"""[\d'"(\[]""", "", text).replace("LINE", "")
    assert redact(harmless) == harmless


@pytest.mark.parametrize(
    "phone",
    [
        "13812345678",
        "138 1234 5678",
        "+86-138-1234-5678",
        "138****1234",
        "0797-6233445",
        "(0797)6233445",
        "１３８１２３４５６７８",
    ],
)
def test_phones_are_masked(phone: str) -> None:
    assert redact(f"call {phone}, please") == "call [phone], please"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 05:28:32,123 rows=1234567",
        "41522123000000_20260301083000_1",
        "batch 42 of 3650 took 12.5 s",
    ],
)
def test_dates_counts_and_codes_are_left(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "quoted",
    [
        "DETAIL:  Key (id_no, name)=(3621, 张(三)) already exists.",
        "Failing row contains (1, 张(三), 3621).",
        'ERROR:  invalid input syntax for type integer: "张(三)"',
        'COPY resident, line 3, column name: "张(三)"',
        "Could not convert string '张(三)' to INT32",
        "(psycopg.Error)\n[SQL: insert]\n[parameters: ('张(三)', 1)]\n(Background on this)",
        "LINE 1: select '张(三)'::int",
        "CSV parse error: Row #2: Expected 2 columns, got 3: 张(三),a,b",
    ],
)
def test_what_drivers_quote_from_a_row_is_masked(quoted: str) -> None:
    assert "张" not in redact(quoted)


def test_a_foreign_exception_keeps_its_type_and_loses_its_values() -> None:
    with closing(duckdb.connect()) as con, pytest.raises(duckdb.Error) as caught:
        con.execute("select cast('张三 13812345678' as int)")
    said = safe_exception(caught.value)
    assert said.startswith("ConversionException: ")
    assert "张三" not in said
    assert "138" not in said
    assert safe_exception(KeyError("王芳")) == "KeyError: …"


@given(disguised(), st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2))
def test_no_exception_shows_an_id_or_a_chinese_name(number: tuple[str, str], name: str) -> None:
    for message in (
        f"bad {number[1]} of {name}",
        f"'{name}",
        f"[{name}, {number[1]}] not in index",
    ):
        said = safe_exception(ValueError(message))
        assert not LONG.search(said)
        assert name not in said


def test_our_own_titles_may_stay_in_an_exception() -> None:
    allow_words(["身份证号码"])
    assert (
        safe_exception(ValueError("column '身份证号码' of 王芳"))
        == "ValueError: column '身份证号码' of …"
    )


def test_an_error_of_ours_keeps_its_sentences() -> None:
    error = LakeError("raw.x", "it broke", "nothing was written", "run it again")
    assert safe_exception(error) == str(error)


def test_every_logger_is_redacted_message_and_traceback() -> None:
    made = logging.getLogRecordFactory()
    install_redaction()
    install_redaction()
    out, logger = io.StringIO(), logging.getLogger("some.library")
    handler = logging.StreamHandler(out)
    logger.addHandler(handler)
    try:
        logger.warning("row %s", "362132199001011234")
        try:
            int("王芳")
        except ValueError:
            logger.exception("no number")
    finally:
        logger.removeHandler(handler)
        logging.setLogRecordFactory(made)
    assert "[id]" in out.getvalue()
    assert "ValueError: invalid literal" in out.getvalue()
    assert "王芳" not in out.getvalue().replace('int("王芳")', "")


def test_a_key_becomes_the_same_hash_in_one_home_and_another_elsewhere(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    assert opaque("36213219900101123x", one) == opaque("36213219900101123x", Home(one.path))
    assert opaque("36213219900101123x", one) != opaque("36213219900101123x", other)
    assert re.fullmatch(r"[0-9a-f]{24}", opaque("", one))
