"""Names and credit codes of organisations made comparable, once per distinct value.

    ' 于都县福满楼餐饮店（个体）' -> name 于都县福满楼餐饮店, core 福满楼餐饮
    '９１３６０７３１MA００００００XX' -> uscc if its check character is right (GB 32100)

Needs no secrets. Alone: ``comparable_names(pa.array(["于都县福满楼餐饮店"]), "于都县")``.
"""

import re
import unicodedata

import pyarrow as pa

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(3**i % 31 for i in range(17))
_ASIDE = re.compile(r"[(\[【（][^)\]】）]*[)\]】）]|[\s·•・．.,，、\-—_\"'“”]")
# What a name ends in by law or habit, the longest first.
_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|分公司|公司|个体工商户|经营部|专业合作社|合作社"
    r"|服务部|营业部|门市部|商行|工作室|总店|分店|店|铺|厂|部)$"
)
# A landlord of such a name is no person.
BODY = (
    "公司|合作社|经营部|服务部|门市部|商行|工作室|厂|学校|幼儿园|中学|小学|医院|卫生院|卫生室"
    "|银行|信用社|委员会|居委会|村委会|管委会|办事处|人民政府|管理局|管理处|管理所|服务中心"
    "|研究所|协会|基金会|酒店|宾馆|超市|敬老院|福利院"
)


def comparable_names(values: pa.Array, county: str) -> pa.Table:
    """written, name, core of each distinct name; ``county``: as it stands before many names."""
    written = [value for value in values.to_pylist() if value]
    names = [
        _ASIDE.sub("", unicodedata.normalize("NFKC", value).upper()) or None for value in written
    ]
    place = re.compile(f"^(江西省?)?(赣州市?)?({re.escape(county)}|{re.escape(county[:-1])})?")
    cores = [_core(name, place) if name else None for name in names]
    return pa.table(
        {
            "written": pa.array(written, pa.string()),
            "name": pa.array(names, pa.string()),
            "core": pa.array(cores, pa.string()),
        }
    )


def _core(name: str, place: re.Pattern[str]) -> str:
    """The name without place and legal form; the name itself if next to nothing is left."""
    rest = place.sub("", name)
    core = _FORM.sub("", rest)
    return core if len(core) >= 2 else rest or name


def comparable_codes(values: pa.Array) -> pa.Table:
    """written, uscc of each distinct code; null where it is no valid one."""
    written = [value for value in values.to_pylist() if value]
    cleaned = [re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", v).upper()) for v in written]
    valid = [code if is_credit_code(code) else None for code in cleaned]
    return pa.table(
        {"written": pa.array(written, pa.string()), "uscc": pa.array(valid, pa.string())}
    )


def is_credit_code(code: str) -> bool:
    """Whether 18 characters are a unified social credit code (GB 32100)."""
    if len(code) != 18 or any(one not in _CHARACTERS for one in code):
        return False
    total = sum(_CHARACTERS.index(c) * w for c, w in zip(code, _WEIGHTS, strict=False))
    return _CHARACTERS[(31 - total % 31) % 31] == code[17]
