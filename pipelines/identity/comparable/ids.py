"""Identity numbers made comparable (GB 11643), a column of distinct values at a time.

    as written -> trimmed, half width, upper case -> what it is, what is wrong with it, what it
    still says

A number is repaired only where the repair is certain (width, case, blanks, 15 digits, a disability
certificate's first 18). A wrong digit is left wrong: it is evidence for the model, never a number.
No secrets. Alone: ``python -m doctest pipelines/identity/comparable/ids.py``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_WIDTH = 24
_ZERO, _NINE, _X, _B = (ord(letter) for letter in "09XB")
# Provinces of GB/T 2260, Taiwan's and the two of Hong Kong, Macao and Taiwan residence permits
# (81-83).
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46"
    " 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91"
)
_PROVINCES = np.zeros(100, dtype=bool)
_PROVINCES[[int(code) for code in _PROVINCE_CODES.split()]] = True
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

SCHEMA = pa.schema(
    [
        ("id_no", pa.string()),
        ("number", pa.string()),
        ("id_text", pa.string()),
        ("id_defect", pa.string()),
        ("id_prefix", pa.string()),
        ("id_birth_date", pa.date32()),
        ("id_sex", pa.string()),
    ]
)


def comparable_ids(values: pa.Array, spreadsheet: Flags | bool = False) -> pa.Table:
    """Distinct numbers as written -> one row each, of ``SCHEMA``.

    ``number`` is the valid 18-digit number or null; ``id_text`` the cleaned text; ``id_defect``
    one of
    fifteen_digits, certificate (both repaired: ``number`` is set), excel, checksum, other;
    ``id_prefix`` the digits that an Excel-made number kept, at least six; birth date and sex are
    read
    from any text of 18 or 15 digits whose date exists, valid or not (sex only from a valid one).
    ``spreadsheet``: the column (or these rows of it) went through Excel, so 18 digits that end in
    000 are damage even where
    the checksum happens to agree.

    >>> comparable_ids(pa.array(["11010519491231002x"])).column("number").to_pylist()
    ['11010519491231002X']
    """
    text = clean(values)
    cells = _matrix(text)
    length = pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
    eighteen, defect = _eighteen(cells, length)
    scientific = _is_scientific(text)
    valid = is_valid(eighteen) & ~scientific
    made_by_excel = (length == 18) & (eighteen[:, 15:18] == _ZERO).all(axis=1)
    valid &= ~(made_by_excel & spreadsheet)
    excel = (made_by_excel & ~valid) | scientific
    born = ~scientific & _has_date(eighteen) & (defect != 3)
    return pa.table(
        [
            values,
            _text(eighteen, valid),
            text,
            _defects(defect, valid, excel, length),
            _prefix(text, excel, scientific),
            _dates(eighteen, born),
            _sex(eighteen, valid),
        ],
        schema=SCHEMA,
    )


def clean(values: pa.Array) -> pa.Array:
    """Half width (NFKC), no blanks, upper case; an empty text is null."""
    text = pc.utf8_upper(pc.utf8_normalize(values.cast(pa.string()), form="NFKC"))
    text = pc.replace_substring_regex(text, r"[\s'`_·\-\x{200B}\x{FEFF}]", "")
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def is_valid(cells: Bytes) -> Flags:
    """Rows of 18 ASCII bytes: digits, a province, a date that exists, and the check character."""
    digits = cells[:, :17].astype(np.int64) - _ZERO
    all_digits = np.all((digits >= 0) & (digits <= 9), axis=1)
    digits = np.where(all_digits[:, None], digits, 0)
    check = CHECKS[(digits @ WEIGHTS) % 11]
    province = _PROVINCES[digits[:, 0] * 10 + digits[:, 1]]
    result: Flags = all_digits & province & (check == cells[:, 17]) & _has_date(cells)
    return result


def check_character(seventeen: str) -> str:
    """The check character of 17 digits.

    >>> check_character("11010519491231002")
    'X'
    """
    total = sum(int(digit) * int(weight) for digit, weight in zip(seventeen, WEIGHTS, strict=True))
    return chr(CHECKS[total % 11])


def _matrix(text: pa.Array) -> Bytes:
    """Each text as a row of ``_WIDTH`` bytes, padded with zero bytes; other letters than ASCII
    never match."""
    cut = pc.utf8_slice_codeunits(pc.fill_null(text, ""), 0, _WIDTH)
    ascii_only = pc.if_else(pc.equal(pc.binary_length(cut), pc.utf8_length(cut)), cut, "")
    padded = pc.utf8_rpad(ascii_only, _WIDTH, "\x00").cast(pa.binary()).cast(pa.binary(_WIDTH))
    start = padded.offset * _WIDTH
    buffer: Any = padded.buffers()[1]
    flat = np.frombuffer(buffer, dtype=np.uint8)[start : start + len(padded) * _WIDTH]
    return flat.reshape(len(padded), _WIDTH)


def _eighteen(cells: Bytes, length: npt.NDArray[Any]) -> tuple[Bytes, npt.NDArray[np.int8]]:
    """The 18 bytes to judge, and how they were come by: 0 as they are, 1 from 15, 2 certificate,
    3 neither."""
    result = cells[:, :18].copy()
    how = np.full(len(cells), 3, dtype=np.int8)
    how[length == 18] = 0
    fifteen = (length == 15) & _digits(cells[:, :15])
    result[fifteen] = _from_fifteen(cells[fifteen])
    how[fifteen] = 1
    certificate = ((length == 20) & _digits(cells[:, 18:20])) | (
        (length == 22) & _digits(cells[:, 18:20]) & (cells[:, 20] == _B)
    )
    how[certificate] = 2
    return result, how


def _from_fifteen(cells: Bytes) -> Bytes:
    """15 digits (issued until 1999, births of 19xx) as 18, with the check character computed."""
    result = np.zeros((len(cells), 18), dtype=np.uint8)
    result[:, :6] = cells[:, :6]
    result[:, 6:8] = np.frombuffer(b"19", dtype=np.uint8)
    result[:, 8:17] = cells[:, 6:15]
    digits = result[:, :17].astype(np.int64) - _ZERO
    result[:, 17] = CHECKS[(digits @ WEIGHTS) % 11]
    return result


def _digits(cells: Bytes) -> Flags:
    return np.asarray(np.all((cells >= _ZERO) & (cells <= _NINE), axis=1), dtype=np.bool_)


def _number(cells: Bytes) -> npt.NDArray[np.int64]:
    """Rows of digit bytes as integers."""
    powers = 10 ** np.arange(cells.shape[1] - 1, -1, -1, dtype=np.int64)
    return np.asarray((cells.astype(np.int64) - _ZERO) @ powers, dtype=np.int64)


def _has_date(cells: Bytes) -> Flags:
    """Whether bytes 7 to 14 are a date of 1880 to 2099 that exists."""
    digits = _digits(cells[:, 6:14])
    safe = np.where(digits[:, None], cells[:, 6:14], np.uint8(_ZERO))
    year, month, day = _number(safe[:, :4]), _number(safe[:, 4:6]), _number(safe[:, 6:8])
    last = _MONTH_DAYS[np.clip(month, 0, 12)]
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    last = np.where((month == 2) & ~leap, 28, last)
    plausible = (year >= 1880) & (year < 2100) & (month >= 1) & (month <= 12)
    result: Flags = digits & plausible & (day >= 1) & (day <= last)
    return result


def _is_scientific(text: pa.Array) -> Flags:
    """3.62132E+17: Excel showed the number, and somebody saved what it showed."""
    found = pc.match_substring_regex(text, r"^[1-9](\.\d+)?E\+?1[4-9]$")
    result: Flags = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return result


def _prefix(text: pa.Array, excel: Flags, scientific: Flags) -> pa.Array:
    """What Excel left: 15 digits of a number, or the digits before the E."""
    mantissa = pc.replace_substring_regex(text, r"E.*$", "")
    mantissa = pc.replace_substring(mantissa, ".", "")
    kept = pc.if_else(pa.array(scientific), mantissa, pc.utf8_slice_codeunits(text, 0, 15))
    use = pc.and_(pa.array(excel), pc.greater_equal(pc.binary_length(kept), 6))
    return pc.if_else(use, kept, pa.scalar(None, pa.string()))


def _text(cells: Bytes, keep: Flags) -> pa.Array:
    rows = np.ascontiguousarray(cells[:, :18])
    clean_rows = np.where(keep[:, None], rows, np.uint8(_ZERO))
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(18), len(rows), [None, pa.py_buffer(clean_rows.tobytes())]
    )
    texts = fixed.cast(pa.binary()).cast(pa.string())
    return pc.if_else(pa.array(keep), texts, pa.scalar(None, pa.string()))


def _defects(
    how: npt.NDArray[np.int8], valid: Flags, excel: Flags, length: npt.NDArray[Any]
) -> pa.Array:
    names = np.full(len(how), "", dtype="U14")
    names[(length > 0) & ~valid] = "other"
    names[(how == 0) & ~valid] = "checksum"
    names[(how == 1) & valid] = "fifteen_digits"
    names[(how == 2) & valid] = "certificate"
    names[excel] = "excel"
    texts = pa.array(names)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _dates(cells: Bytes, born: Flags) -> pa.Array:
    safe = np.where(born[:, None], cells[:, 6:14], np.frombuffer(b"19700101", dtype=np.uint8))
    year, month, day = _number(safe[:, :4]), _number(safe[:, 4:6]), _number(safe[:, 6:8])
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    return pa.array(days, mask=~born).cast(pa.date32())


def _sex(cells: Bytes, valid: Flags) -> pa.Array:
    odd = (cells[:, 16] % 2).astype(bool)
    return pa.array(np.where(odd, "1", "2"), mask=~valid)
