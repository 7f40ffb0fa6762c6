"""What column names mean, in Chinese, in English and in the pinyin initials of exchange databases.

    "监护人电话" -> Word(role="phone", prefix="监护人")      "接种日期" -> hub name "jiezhong_date"

The vocabulary of names is that of the feeds that are declared already. Needs no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from pypinyin import lazy_pinyin

from schemas import CODE_LISTS, FEEDS
from schemas.model import Column

# The order counts: the first that matches is the role.
_ROLES = {
    "id_no": r"身份证(件)?号?码?|公民身份号码|证件号码?|sfzh\w*|gmsfhm|zjhm|id_?card\w*|id_?no|"
    r"id_?number|identity_?no|citizen_?id",
    "id_type": r"证件(类型|种类)|zjlx\w*|id_?type",
    "name": r"姓名|名字|xm|full_?name|person_?name|name",
    "sex": r"性别|xb|xbdm|sex|gender",
    "birth_date": r"出生(日期|年月日?|时间)?|生日|csrq|birth\w*|dob|date_of_birth",
    "phone": r"(联系|手机|固定)?电话(号码?)?|手机号?码?|联系方式|lxdh|sjhm|phone\w*|mobile\w*|"
    r"tel\w*|contact_?no",
    "ethnicity": r"民族|mz|mzdm|ethnic\w*|nation",
    "address": r"(详细|家庭|居住|现|户籍)*(住址|地址)|现住地|坐落|dz|zz|\w*address\w*|addr",
}
ROLES = {
    role: re.compile(rf"(?P<prefix>.*?)_?({words})", re.IGNORECASE)
    for role, words in _ROLES.items()
}
CHANGED = re.compile(
    r"更新|修改|变更|gxsj|xgsj|update|modif|last_?change|changed_?at|(^|_)ts$", re.IGNORECASE
)
KEY = re.compile(
    r"编号|编码|序号|流水号|主键|证号|单号|案号|bh$|id$|_no$|^no$|code$|number$|uuid|key$",
    re.IGNORECASE,
)
# The place of a row in a list: when one is put in, all below it get another.
PLACE = re.compile(r"^(序号?|行号|顺序号|xh|row_?(no|num|number)|index)$", re.IGNORECASE)
CODED = re.compile(
    r"代码|类型|类别|种类|状态|等级|级别|dm$|zt$|lx$|lb$|jb$|type|kind|status|state|level|class",
    re.IGNORECASE,
)
SENSITIVE = re.compile(
    r"病|诊断|残疾|健康|疫苗|接种|血型|过敏|民族|宗教|政治面貌|犯罪|刑|吸毒|社区矫正|低保|救助|贫困|"
    r"收入|工资|存款|信用|精神|孕|艾滋|传染|diagnos|disease|health|vaccin|income|religio|ethnic",
    re.IGNORECASE,
)
PERSONAL = re.compile(
    r"备注|说明|内容|描述|摘要|账号|卡号|车牌|邮箱|微信|单位名称|学校|remark|note|comment|descr|account|email",
    re.IGNORECASE,
)
# Who else a row may name, by what stands before 姓名 or _name; staff are no mentions (feeds.md).
SLOTS = {
    "guardian": ("监护人", "家长", "guardian", "parent"),
    "father": ("父亲", "father"),
    "mother": ("母亲", "mother"),
    "spouse": ("配偶", "spouse"),
    "head": ("户主", "head", "householder"),
    "contact": ("联系人", "紧急联系人", "contact"),
    "owner": ("产权人", "权利人", "房主", "owner"),
    "landlord": ("出租人", "房东", "landlord"),
    "tenant": ("承租人", "租客", "tenant", "lessee"),
    "account_holder": ("开户人", "account_holder"),
    "legal_person": ("法人", "法定代表人", "legal_person"),
}
STAFF = re.compile(
    r"经办|操作|录入|医生|医师|护士|审核|登记人|采集|接种人|doctor|staff|operator|clerk|nurse"
)
_SUFFIXES = (
    ("编号|编码|号码|流水号|序号|证号|号", "no"),
    ("日期", "date"),
    ("时间", "at"),
    ("年月", "month"),
    ("金额|费用|租金|押金", "amount_cny"),
    ("面积", "area_m2"),
    ("数量|人数|次数|剂次|数", "count"),
    ("名称|姓名|名", "name"),
    ("地址|住址", "address"),
    ("电话|手机号?", "phone"),
    ("类型|类别|种类", "kind"),
    ("状态", "status"),
    ("单位|机构", "unit"),
    ("备注|说明", "note"),
    ("标志|是否", "flag"),
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢"
    "安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路"
    "游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂"
    "全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)


@dataclass(frozen=True)
class Word:
    """What a column's name says: a role of persons, and whose it is."""

    role: str
    prefix: str


def word_of(*names: str) -> Word | None:
    """The role that the first of the names which tells one tells."""
    for name in filter(None, names):
        for role, pattern in ROLES.items():
            match = pattern.fullmatch(name.strip())
            if match:
                return Word(role, match["prefix"].strip("_ "))
    return None


@cache
def _vocabulary(feeds: tuple[str, ...]) -> Mapping[str, Column]:
    found: dict[str, Column] = {}
    for feed in feeds:
        for column in FEEDS[feed].columns:
            for word in (column.title_zh, column.source):
                found.setdefault(word.casefold(), column)
    return found


def known_column(title: str, name: str) -> Column | None:
    """A declared column of the same Chinese title; without a title, of the department's name.

    Databases share abbreviations, and ZT is the state of whatever the table is about.
    """
    return _vocabulary(tuple(FEEDS)).get((title or name).casefold())


def spellings(code_list: str) -> dict[str, str]:
    """What departments write for the codes of a list: their Chinese names and the declared maps."""
    found = {name: code for code, name in CODE_LISTS[code_list].codes.items()}
    for feed in FEEDS.values():
        for column in feed.columns:
            if column.code_list == code_list:
                found |= {
                    said: code
                    for said, code in column.code_map.items()
                    if len(said) > 1 or not said.isascii()
                }
    return found


def hub_name(title: str, name: str, taken: Iterable[str] = ()) -> str:
    """A name of ours: the declared one, or made from the words; unlike those taken."""
    known = known_column(title, name)
    made = known.name if known else _made(title or name)
    count, unique = 2, made
    while unique in taken:
        unique, count = f"{made}_{count}", count + 1
    return unique


def _made(name: str) -> str:
    end = ""
    if not name.isascii():
        for words, suffix in _SUFFIXES:
            match = re.search(rf"({words})$", name)
            if match:
                name, end = name[: match.start()], suffix
                break
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    spelled = "".join(lazy_pinyin(name, errors="default"))
    stem = re.sub(r"\W+", "_", spelled, flags=re.ASCII).strip("_").lower()
    whole = "_".join(part for part in (stem, end) if part) or "column"
    return whole if whole[0].isalpha() else f"c_{whole}"
