"""A home address as one key, good enough to say "the same home"; places.py does the real matching.

    江西省赣州市于都县贡江镇长征社区金桥小区３栋二单元501室 -> 金桥小区3-2-501

The key drops what people leave out (province to town, community) and writes every numbering
alike. Two homes
with one key are rare; one home with two keys is common, and costs recall only. No secrets.
"""

_FROM = "０１２３４５６７８９ＡＢＣＤ一二三四五六七八九〇零－—–#＃（）()"
_TO = "0123456789ABCD12345678900-----"

_STEPS: tuple[tuple[str, str], ...] = (
    (r"[\s,，、.。·]", ""),
    (r"([0-9])十([0-9])", r"\1\2"),
    (r"([0-9])十", r"\g0"),
    (r"十([0-9])", r"1\1"),
    (r"第?([0-9]+)(村民小组|村小组|小组)", r"\1组"),
    (r"^([^省]{2,3}省)?([^市]{2,4}市)?([^县]{2,4}县)?", ""),
    (r"^[^镇乡]{1,5}(镇|乡)", ""),
    (r"^[^村区组]{1,8}(社区居委会|居委会|社区)", ""),
    (r"(栋|幢|号楼|座|单元|门|室|号|房|户|层|楼|付|附)", "-"),
    (r"-+", "-"),
    (r"-$", ""),
)


def home_key(address: str) -> str:
    """SQL: the key of an address column, or null where nothing but a district is left."""
    sql = f"translate({address}, '{_FROM}', '{_TO}')"
    for pattern, replacement in _STEPS:
        if replacement == r"\g0":
            sql = f"regexp_replace({sql}, '{pattern}', '\\10', 'g')"
        else:
            sql = f"regexp_replace({sql}, '{pattern}', '{replacement}', 'g')"
    return f"nullif({sql}, '')"
