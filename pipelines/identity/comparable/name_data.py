"""Lists that names are read with: surname readings, compound surnames, look-alikes, placeholders.

    names.py <- these

Readings from the dictionaries of surnames (现代汉语词典, 中国姓氏大辞典), typed by hand. No
secrets.
"""

SURNAME_READINGS: dict[str, str] = {
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "区": "ou",
    "查": "zha",
    "单": "shan",
    "朴": "piao",
    "任": "ren",
    "盖": "ge",
    "冼": "xian",
    "缪": "miao",
    "纪": "ji",
    "尉": "wei",
    "乐": "yue",
    "繁": "po",
    "召": "shao",
    "员": "yun",
    "种": "chong",
    "重": "chong",
    "秘": "bi",
    "黑": "he",
    "翟": "zhai",
    "折": "she",
    "覃": "qin",
    "那": "na",
    "谌": "chen",
    "祭": "zhai",
    "牟": "mu",
    "宁": "ning",
    "隗": "wei",
    "郗": "xi",
    "阚": "kan",
    "晁": "chao",
    "佘": "she",
    "洗": "xian",
    "万": "wan",
    "石": "shi",
    "车": "che",
    "贾": "jia",
    "柏": "bai",
    "卜": "bu",
    "邸": "di",
    "都": "du",
    "幸": "xing",
    "行": "xing",
    "薄": "bo",
    "华": "hua",
    "应": "ying",
    "俞": "yu",
    "长": "zhang",
    "谷": "gu",
    "角": "jue",
    "适": "kuo",
    "褶": "xi",
    "撒": "sa",
    "逄": "pang",
    "宓": "mi",
    "盛": "sheng",
    "句": "gou",
    "车正": "che",
    "呙": "guo",
    "郇": "xun",
    "葛": "ge",
    "燕": "yan",
    "过": "guo",
    "观": "guan",
    "便": "bian",
    "么": "yao",
    "沈": "shen",
    "肖": "xiao",
}
SURNAME_READINGS = {key: value for key, value in SURNAME_READINGS.items() if len(key) == 1}

COMPOUND_SURNAMES: dict[str, str] = {
    "欧阳": "ou yang", "上官": "shang guan", "司马": "si ma", "诸葛": "zhu ge",
    "尉迟": "yu chi", "令狐": "ling hu", "皇甫": "huang fu", "夏侯": "xia hou",
    "慕容": "mu rong", "东方": "dong fang", "公孙": "gong sun", "长孙": "zhang sun",
    "宇文": "yu wen", "司徒": "si tu", "司空": "si kong", "轩辕": "xuan yuan",
    "端木": "duan mu", "独孤": "du gu", "南宫": "nan gong", "西门": "xi men",
    "万俟": "mo qi", "单于": "chan yu", "澹台": "tan tai", "公冶": "gong ye",
    "宗政": "zong zheng", "濮阳": "pu yang", "淳于": "chun yu", "太叔": "tai shu",
    "申屠": "shen tu", "仲孙": "zhong sun", "钟离": "zhong li", "鲜于": "xian yu",
    "闾丘": "lv qiu", "赫连": "he lian", "百里": "bai li", "呼延": "hu yan",
    "东郭": "dong guo", "南门": "nan men", "羊舌": "yang she", "微生": "wei sheng",
    "梁丘": "liang qiu", "左丘": "zuo qiu", "东门": "dong men", "第五": "di wu",
    "拓跋": "tuo ba", "公羊": "gong yang", "谷梁": "gu liang", "乐正": "yue zheng",
    "完颜": "wan yan", "段干": "duan gan",
}  # fmt: skip

# Groups of characters that clerks and scanners take for one another; the first stands for all.
LOOK_ALIKE: tuple[str, ...] = (
    "己已巳", "未末", "日曰", "人入八", "干千于", "玉王", "大太犬", "天夫", "午牛",
    "田由甲申", "白自", "目且", "刀力", "几九", "风凤", "侯候", "待侍", "睛晴",
    "清请情", "辰晨", "荣莱", "莹萤", "晖辉", "徽微", "拔拨", "坚竖", "析折拆",
    "贷货", "帅师", "孑子", "宇字", "崇祟", "延廷", "茶荼", "治冶", "往住",
    "渐浙", "洒酒", "杨扬", "陈阵", "伟玮炜", "枝技", "芬芳", "娟捐", "桂佳",
    "建健", "辛幸", "叶汁", "铭铬", "沅沉", "泽译", "斌赋", "艳滟", "蔡察",
    "瑞端", "倩情", "钢纲", "锋烽", "媛缓", "李季", "全金", "鸣呜", "戊戌戍",
    "兔免", "乌鸟", "今令", "良艮", "史吏", "券卷", "弈奕", "奋夺", "薄簿",
    "笺签", "晓哓", "俊骏", "波坡",
)  # fmt: skip

_NOBODY = (
    "无 某 某某 无名 无名氏 测试 姓名 本人 户主 不详 未知 暂无 空 群众 先生 女士 匿名 匿名用户"
    " 热心市民 市民 业主 住户 居民 网友 巡查员"
)
PLACEHOLDERS: frozenset[str] = frozenset(_NOBODY.split())
