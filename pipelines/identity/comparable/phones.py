"""Telephone numbers made comparable, as SQL over a column.

    "+86 138-0000-1234" -> 13800001234    "138****1234" -> masked 138/1234    "0797-6234567" ->
      landline

No secrets. Alone: ``duckdb.sql(f"select {full('phone')} from ...")``.
"""

# Digits, stars and nothing else; the country code and an exit code are dropped.
_CLEAN = (
    "regexp_replace(regexp_replace(translate(nfc_normalize({0}), '０１２３４５６７８９＊－＋', "
    "'0123456789*-+'), '[^0-9*Xx#]', '', 'g'), '^(0086|86)(1[3-9])', '\\2')"
)
_MOBILE = r"^1[3-9]\d{9}$"
_LANDLINE = r"^(0\d{2,3})?[2-8]\d{6,7}$"
_MASKED = r"^1[3-9]\d[*Xx#]+\d{4}$"


def cleaned(column: str) -> str:
    """SQL: the number without blanks, dashes and country code; stars stay."""
    return _CLEAN.format(column)


def full(cleaned_column: str) -> str:
    """SQL: a complete mobile or landline number (landlines without area code), or null.

    One digit repeated throughout (00000000000, 11111111111) is a filler, not a number.
    """
    return (
        f"case when regexp_full_match({cleaned_column}, '{_MOBILE}')"
        f" and length(replace(substr({cleaned_column}, 4), substr({cleaned_column}, 4, 1), '')) > 0"
        f" then {cleaned_column}"
        f" when regexp_full_match({cleaned_column}, '{_LANDLINE}')"
        f" then regexp_replace({cleaned_column}, '^0\\d{{2,3}}([2-8]\\d{{6,7}})$', '\\1') end"
    )


def mask(cleaned_column: str) -> str:
    """SQL: first three and last four digits of a mobile number, complete or masked, or null."""
    return (
        f"case when regexp_full_match({cleaned_column}, '{_MOBILE}')"
        f" or regexp_full_match({cleaned_column}, '{_MASKED}')"
        f" then left({cleaned_column}, 3) || right({cleaned_column}, 4) end"
    )
