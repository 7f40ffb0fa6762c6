# ruff: noqa: E501, SIM905
"""The divisions of Yudu county (360731): 24 towns and the villages below them, as facts.

    typed names ──> TOWNS, COMMUNITIES (in the order in which a county of N residents takes them)

Source: the public 2020 list of statistical divisions. Needs no secret.
Alone: python -c "from sandbox.divisions import COMMUNITIES; print(len(COMMUNITIES))"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COUNTY_CODE: Final = "360731"
COUNTY_NAME: Final = "于都县"
PREFIX: Final = "江西省赣州市于都县"

# town code suffix, town, its 居委会 (names without the word), its 村 (names without 村 at the end)
_LISTED: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "100",
        "贡江镇",
        "长龙 于中 贡江 古田 东方红 红卫 红旗 兴都 解放 向阳 城东 城西 龙门 城北 思源 城南",
        "长征 仓前 里泗 永红 东溪 红峰 古田 窑塘 长岭 金桥 黄金 上窑 白口 新地 水南 河田 密坑 芦山 农业 楂林 迳坑"
        " 罗坪 上欧 蔬菜场 红旗 渔民",
    ),
    ("101", "铁山垅镇", "丰田 大岭 铁山 铁山垅钨矿", "丰田 畔田 河迳 林丰 大富脑 大庄 大布 中坑"),
    ("102", "盘古山镇", "东村 西村", "山森 工农 横城 仁风 塅仔 和平 人和 下增 长龙 茶梓"),
    (
        "103",
        "禾丰镇",
        "利帮 东方红 下堡",
        "禾丰 东光 隘下 坪山 黄塅 华堂 珠塘 黄泥 金盆 园岭 麻园 陂角 大湾 尧口 大龙 大字 营前 中坊 黄田 库心 石迳 亭子",
    ),
    ("104", "祁禄山镇", "新圩 荷树岭", "塅水 金沙 井前 上岭岗 畚岭 坑溪 邓屋 马岭 水坞 嵊背 横垅"),
    (
        "105",
        "梓山镇",
        "梓山 潭头",
        "上蕉 联星 花桥 永丰 梓山畲族 山塘 合和 星明 塘贯 大陂 山峰 长口 源枫 河坑 安和 潭头 下潭 红丰 中心 岗脑"
        " 张军 排脑 龙口 磊石",
    ),
    (
        "106",
        "银坑镇",
        "新街",
        "谢坑 冷水 坪脑 香塘 银坑 河背 窑前 营下 洋河 洋迳 年丰 平安 琵琶 松山 岩前 上谢 梅屋 井洲 鲤汾 富竹 汾坑"
        " 上排 汉田 周庆 周新",
    ),
    (
        "107",
        "岭背镇",
        "于山",
        "岭背 东坑 长富 大窝 金星 金溪 禾溪埠 小禾溪 禾溪 山田 兰龙 太阴山 上营 谢屋 水头 蛤蟆石 燕溪 布坑 塘内 塘外"
        " 大塘 录田 阳田 元峰 下拔 小岭",
    ),
    (
        "108",
        "罗坳镇",
        "圩上",
        "罗坳 峡山 全角 三门 茅坪 岩背 水塅 正坑 塘头 鲤鱼 杨梅 步前 黄坳 跃州 孟口 河坪 大桥 下坪",
    ),
    (
        "200",
        "罗江乡",
        "",
        "前村 罗江 新屋 筀竹 西岗 黄坑 太坪 苏坑 联丰 小满 洋坑 上溪 白田 高滩 下坝",
    ),
    ("201", "小溪乡", "", "长源 左坑 鹅婆 簸箕 坳下 黄泥塘 小溪 高石 田心 流源 船坑 藤桥 桃枝"),
    (
        "202",
        "利村乡",
        "",
        "花坛 上坪 茶坑 下渭 连塘 渭田 回龙 三坊头 狮石下 利村 洛村 下垅 上垅 上下 里仁",
    ),
    ("203", "新陂乡", "", "义屋 觉村 板塘 高田 中塅 庙背 群联 新陂 移陂 塘坑 光明"),
    ("204", "靖石乡", "屏山", "靖石 黄沙 任头 靖樟 田东 杨梅 靖东 渔翁 长赖 良纯"),
    (
        "205",
        "黄麟乡",
        "",
        "下关 前塘 于阳 大岭 远坑 桃溪 下堡 迳尾 太南 公馆 井塘 罗西 上关 黄龙 湖山 杨屋 盐潭 岭下 流坑 朱田",
    ),
    ("206", "沙心乡", "", "东布 沙新 高屋 红光 沙塘"),
    (
        "207",
        "宽田乡",
        "新欣",
        "宽田 桂龙 龙泉 红星 山下 李屋 马头 寨面 杨公 石马 上堡畲族 桐树 石含 角坑 仙马 珠田 留田 嶂下 龙山 高陂",
    ),
    (
        "208",
        "葛坳乡",
        "",
        "葛坳 下罗 曾子 上脑 杨梅 澄江 陈田 龙头 塘泥 牛颈 东村 蛇颈 老屋 小庄 窑背 大田 黄屋乾 龙井 曲洋 三溪 桐溪"
        " 小洲 小源",
    ),
    ("209", "桥头乡", "", "桥头 水背 朱屋 江背 东山 固石 历迳"),
    ("210", "马安乡", "", "马安 头金 溪背 贡布 上宝 大螺 西汾"),
    (
        "211",
        "仙下乡",
        "",
        "仙下 观背 上方 洋田 石坑 石陂 富坑 福星 潭石 三贯 山塅 邹坑 西洋 吉村 乱石 莲塘 高兴 龙溪",
    ),
    ("212", "车溪乡", "", "车胜 罗坑 小汾 河边 优胜 丰产 安塘 五丰 坳背 桃坑 朱坑 潮溪 坝脑 同辉"),
    ("213", "段屋乡", "", "段屋 寒信 枫树 上塘 围上 严岗 胜利 杜田 康梁"),
    ("400", "于都工业园", "工业园", ""),
)

# names that people and old files still use
OLD_NAMES: Final = {
    ("梓山镇", "梓山畲族村"): "梓山村",
    ("宽田乡", "上堡畲族村"): "上堡村",
    ("贡江镇", "城东居委会"): "东门街居委会",
    ("贡江镇", "解放居委会"): "解放街居委会",
    ("岭背镇", "禾溪埠村"): "禾埠村",
    ("铁山垅镇", "大富脑村"): "大富村",
    ("葛坳乡", "黄屋乾村"): "黄屋村",
    ("罗江乡", "筀竹村"): "桂竹村",
}

# what may be renamed while the county lives on: the Yudu way of renaming
RENAMES: Final = (
    ("花桥", "花桥畲族"),
    ("水南", "水南畲族"),
    ("潭头", "潭头畲族"),
    ("岭背", "岭背畲族"),
)

# The county of 20,000 takes these 24, chosen so that the traps are in it: a 居委会 and a 村 of one
# name in one
# town, one village name in several towns, renamed villages.
_FIRST: Final = (
    "贡江镇 长龙居委会,贡江镇 于中居委会,贡江镇 古田居委会,贡江镇 古田村,梓山镇 梓山畲族村,梓山镇 潭头居委会,梓山镇 潭头村,"
    "贡江镇 红旗居委会,贡江镇 红旗村,罗坳镇 杨梅村,葛坳乡 杨梅村,宽田乡 上堡畲族村,贡江镇 城东居委会,贡江镇 解放居委会,"
    "贡江镇 思源居委会,贡江镇 城南居委会,贡江镇 东方红居委会,贡江镇 水南村,梓山镇 梓山居委会,梓山镇 花桥村,岭背镇 岭背村,"
    "银坑镇 新街居委会,银坑镇 银坑村,铁山垅镇 丰田居委会"
).split(",")


@dataclass(frozen=True)
class Community:
    """One community or village. `bare` is its name without 居委会 or 村."""

    code: str
    town: str
    name: str
    bare: str
    old_name: str | None

    @property
    def is_village(self) -> bool:
        """Whether it is a 村; else it is a 居委会."""
        return self.name.endswith("村")


def _communities() -> tuple[Community, ...]:
    listed = []
    for suffix, town, streets, villages in _LISTED:
        rows = [(f"{i:03d}", bare, "居委会") for i, bare in enumerate(streets.split(), 1)]
        rows += [(f"{i:03d}", bare, "村") for i, bare in enumerate(villages.split(), 200)]
        for number, bare, word in rows:
            # 前村, 利村, 吉村 and their like are called 前村村 in the list
            name = bare + word
            old = OLD_NAMES.get((town, name))
            listed.append(Community(f"{COUNTY_CODE}{suffix}{number}", town, name, bare, old))
    first = {tuple(entry.split(" ")): i for i, entry in enumerate(_FIRST)}
    return tuple(sorted(listed, key=lambda c: first.get((c.town, c.name), len(first))))


TOWNS: Final = {town: f"{COUNTY_CODE}{suffix}" for suffix, town, _, _ in _LISTED}
COMMUNITIES: Final = _communities()

STREETS: Final = (
    "长征大道 渡江大道 贡江大道 红军大道 于都大道 濂溪路 天马大道 工农路 解放路 建国路 中山路 胜利路 古田路 金桥路 上欧路 站前路"
    " 迎宾路 滨江路 文昌路 青年路 公园路 体育路 学苑路 水南路 龙舟路"
).split()

# other places people come from: the old and new codes of neighbouring counties, and codes of
# further away
NEIGHBOURS_OLD: Final = (362121, 362131, 362133, 362135, 362102, 362122, 362123, 362137)
NEIGHBOURS_NEW: Final = (360721, 360730, 360732, 360733, 360781, 360782, 360722, 360735)
ELSEWHERE: Final = (
    360702, 360102, 360302, 360402, 360502, 360602, 360802, 360902, 361002, 361102, 440106, 440307, 440608, 441302,
    441402, 441900, 350203, 350582, 350802, 350402, 430104, 430502, 431002, 420106, 420502, 510104, 511302, 520102,
    522101, 450102, 452501, 330106, 330302, 320102, 340102, 410102, 411502, 610102, 500101, 530102,
)  # fmt: skip
