"""The code lists: national standards first, then the lists that departments and vendors share.

Facts typed from GB/T 2261, GB/T 3304, GB/T 4761, GA/T 517, GB/T 31000, GB/T 30428 and
GB/T 35965; departments map their own values onto these in ``schemas.feeds``.
This module is long because it is data. Needs no secrets.
"""

from schemas.model import CodeList, Frozen

SEX = CodeList(
    "sex",
    "sex",
    "性别",
    Frozen(
        {
            "0": "未知的性别",
            "1": "男性",
            "2": "女性",
            "9": "未说明的性别",
        }
    ),
    standard="GB/T 2261.1",
)

MARITAL = CodeList(
    "marital_status",
    "marital status",
    "婚姻状况",
    Frozen(
        {
            "10": "未婚",
            "20": "已婚",
            "21": "初婚",
            "22": "再婚",
            "23": "复婚",
            "30": "丧偶",
            "40": "离婚",
            "90": "未说明的婚姻状况",
        }
    ),
    standard="GB/T 2261.2",
)

HEALTH = CodeList(
    "health_status",
    "health status",
    "健康状况",
    Frozen(
        {
            "10": "健康或良好",
            "20": "一般或较弱",
            "30": "有慢性病",
            "31": "心血管病",
            "32": "脑血管病",
            "33": "慢性呼吸系统病",
            "34": "慢性消化系统病",
            "35": "慢性肾炎",
            "36": "结核病",
            "37": "糖尿病",
            "38": "神经或精神疾病",
            "41": "癌症",
            "49": "其他慢性病",
            "60": "残疾",
            "61": "视力残疾",
            "62": "听力残疾",
            "63": "言语残疾",
            "64": "肢体残疾",
            "65": "智力残疾",
            "66": "精神残疾",
            "67": "多重残疾",
            "69": "其他残疾",
        }
    ),
    standard="GB/T 2261.3",
    open_ended=True,
)

ETHNICITY = CodeList(
    "ethnicity",
    "ethnic group",
    "民族",
    Frozen(
        {
            "01": "汉族",
            "02": "蒙古族",
            "03": "回族",
            "04": "藏族",
            "05": "维吾尔族",
            "06": "苗族",
            "07": "彝族",
            "08": "壮族",
            "09": "布依族",
            "10": "朝鲜族",
            "11": "满族",
            "12": "侗族",
            "13": "瑶族",
            "14": "白族",
            "15": "土家族",
            "16": "哈尼族",
            "17": "哈萨克族",
            "18": "傣族",
            "19": "黎族",
            "20": "傈僳族",
            "21": "佤族",
            "22": "畲族",
            "23": "高山族",
            "24": "拉祜族",
            "25": "水族",
            "26": "东乡族",
            "27": "纳西族",
            "28": "景颇族",
            "29": "柯尔克孜族",
            "30": "土族",
            "31": "达斡尔族",
            "32": "仫佬族",
            "33": "羌族",
            "34": "布朗族",
            "35": "撒拉族",
            "36": "毛南族",
            "37": "仡佬族",
            "38": "锡伯族",
            "39": "阿昌族",
            "40": "普米族",
            "41": "塔吉克族",
            "42": "怒族",
            "43": "乌孜别克族",
            "44": "俄罗斯族",
            "45": "鄂温克族",
            "46": "德昂族",
            "47": "保安族",
            "48": "裕固族",
            "49": "京族",
            "50": "塔塔尔族",
            "51": "独龙族",
            "52": "鄂伦春族",
            "53": "赫哲族",
            "54": "门巴族",
            "55": "珞巴族",
            "56": "基诺族",
            "97": "其他",
            "98": "外国血统中国籍人士",
        }
    ),
    standard="GB/T 3304",
)

RELATION = CodeList(
    "relation",
    "relation to the head of the household",
    "与户主关系",
    Frozen(
        {
            "01": "本人",
            "02": "户主",
            "10": "配偶",
            "11": "夫",
            "12": "妻",
            "20": "子",
            "21": "独生子",
            "22": "长子",
            "23": "次子",
            "24": "三子",
            "25": "四子",
            "26": "五子",
            "27": "养子或继子",
            "28": "女婿",
            "29": "其他儿子",
            "30": "女",
            "31": "独生女",
            "32": "长女",
            "33": "次女",
            "34": "三女",
            "35": "四女",
            "36": "五女",
            "37": "养女或继女",
            "38": "儿媳",
            "39": "其他女儿",
            "40": "孙子、孙女或外孙子、外孙女",
            "41": "孙子",
            "42": "孙女",
            "43": "外孙子",
            "44": "外孙女",
            "45": "孙媳妇或外孙媳妇",
            "46": "孙女婿或外孙女婿",
            "47": "曾孙子或曾外孙子",
            "48": "曾孙女或曾外孙女",
            "49": "其他孙子、孙女或外孙子、外孙女",
            "50": "父母",
            "51": "父亲",
            "52": "母亲",
            "53": "公公",
            "54": "婆婆",
            "55": "岳父",
            "56": "岳母",
            "57": "继父或养父",
            "58": "继母或养母",
            "59": "其他父母关系",
            "60": "祖父母或外祖父母",
            "61": "祖父",
            "62": "祖母",
            "63": "外祖父",
            "64": "外祖母",
            "65": "配偶的祖父母或外祖父母",
            "66": "曾祖父",
            "67": "曾祖母",
            "68": "配偶的曾祖父母或曾外祖父母",
            "69": "其他祖父母或外祖父母关系",
            "70": "兄弟姐妹",
            "71": "兄",
            "72": "嫂",
            "73": "弟",
            "74": "弟媳",
            "75": "姐姐",
            "76": "姐夫",
            "77": "妹妹",
            "78": "妹夫",
            "79": "其他兄弟姐妹",
            "80": "其他",
            "81": "伯父",
            "82": "伯母",
            "83": "叔父",
            "84": "婶母",
            "85": "舅父",
            "86": "舅母",
            "87": "姨父",
            "88": "姨母",
            "89": "姑父",
            "90": "姑母",
            "91": "堂兄弟、堂姐妹",
            "92": "表兄弟、表姐妹",
            "93": "侄子",
            "94": "侄女",
            "95": "外甥",
            "96": "外甥女",
            "97": "其他亲属",
            "99": "非亲属",
            "03": "小集体户户主",
            "98": "保姆",
        }
    ),
    standard="GB/T 4761",
)

ID_TYPE = CodeList(
    "id_type",
    "type of identity document",
    "证件类型",
    Frozen(
        {
            "111": "居民身份证",
            "112": "临时居民身份证",
            "113": "户口簿",
            "114": "中国人民解放军军官证",
            "115": "中国人民武装警察部队警官证",
            "335": "机动车驾驶证",
            "414": "普通护照",
            "420": "香港特别行政区护照",
            "421": "澳门特别行政区护照",
            "511": "台湾居民来往大陆通行证",
            "516": "港澳居民来往内地通行证",
            "553": "外国人永久居留证",
            "554": "外国人居留证",
        }
    ),
    standard="GA/T 517",
    open_ended=True,
)

REGISTER_MATCH = CodeList(
    "register_match",
    "whether a person lives at the register address",
    "人户一致标识",
    Frozen(
        {
            "01": "一致",
            "02": "不一致",
        }
    ),
    standard="GB/T 31000",
)

INFLOW_REASON = CodeList(
    "inflow_reason",
    "reason of inflow",
    "流入原因",
    Frozen(
        {
            "01": "务工",
            "02": "务农",
            "03": "经商",
            "04": "学习培训",
            "05": "婚嫁",
            "06": "随迁",
            "07": "治病疗养",
            "08": "投亲靠友",
            "09": "工作调动",
            "99": "其他",
        }
    ),
    standard="GB/T 31000",
    open_ended=True,
)

PERMIT_TYPE = CodeList(
    "permit_type",
    "kind of residence permit",
    "办证类型",
    Frozen(
        {
            "01": "居住证",
            "02": "暂住证",
            "99": "其他",
        }
    ),
    standard="GB/T 31000",
    open_ended=True,
)

RENT_USE = CodeList(
    "rent_use",
    "use of a rented dwelling",
    "出租用途",
    Frozen(
        {
            "01": "宿舍",
            "02": "住房",
            "03": "商铺",
            "04": "办公",
            "05": "仓库",
            "06": "厂房",
            "99": "其他",
        }
    ),
    standard="GB/T 31000",
    open_ended=True,
)

LEFT_BEHIND = CodeList(
    "left_behind",
    "kind of left-behind person",
    "留守人员类型",
    Frozen(
        {
            "01": "留守老人",
            "02": "留守妇女",
            "03": "留守儿童",
        }
    ),
    standard="GB/T 31000",
)

PERSON_TYPE = CodeList(
    "person_type",
    "kind of population",
    "人口类别",
    Frozen(
        {
            "01": "户籍人口",
            "02": "流动人口",
            "03": "境外人员",
        }
    ),
    standard="GB/T 31000",
)

SPECIAL_PERSON = CodeList(
    "special_person",
    "group of special attention",
    "特殊人群",
    Frozen(
        {
            "01": "刑满释放人员",
            "02": "社区矫正人员",
            "03": "肇事肇祸等严重精神障碍患者",
            "04": "吸毒人员",
            "05": "艾滋病危险人员",
            "06": "重点青少年",
        }
    ),
    standard="GB/T 31000",
)

SAFETY_HAZARD = CodeList(
    "safety_hazard",
    "hazard of a rented dwelling",
    "安全隐患类型",
    Frozen(
        {
            "00": "无",
            "01": "治安隐患",
            "02": "消防隐患",
            "03": "矛盾纠纷隐患",
            "04": "劳资纠纷隐患",
            "99": "其他",
        }
    ),
    standard="GB/T 31000",
)

PERSON_STATUS = CodeList(
    "person_status",
    "status of a registered person",
    "人员状态",
    Frozen(
        {
            "0": "正常",
            "1": "死亡",
            "2": "迁出",
            "3": "服兵役",
            "4": "出国境定居",
            "6": "失踪",
            "7": "删除",
            "8": "注销",
            "9": "其它",
        }
    ),
)

ASSISTANCE_TYPE = CodeList(
    "assistance_type",
    "category of social assistance",
    "救助类别",
    Frozen(
        {
            "01": "城市低保",
            "02": "农村低保",
            "03": "五保(特困供养)",
        }
    ),
)

HOUSEHOLD_KIND = CodeList(
    "household_kind",
    "kind of register booklet",
    "户类型",
    Frozen(
        {
            "1": "家庭户",
            "2": "集体户",
        }
    ),
)

EDUCATION = CodeList(
    "education",
    "education",
    "文化程度",
    Frozen(
        {
            "10": "研究生教育",
            "20": "大学本科教育",
            "30": "大学专科教育",
            "40": "中等职业教育",
            "60": "普通高级中学教育",
            "70": "初级中学教育",
            "80": "小学教育",
            "90": "其他",
        }
    ),
    standard="GB/T 4658",
    open_ended=True,
)

FLOATING_STATUS = CodeList(
    "floating_status",
    "state of a floating registration",
    "登记状态",
    Frozen(
        {
            "10": "已保存",
            "12": "有效",
            "22": "作废",
        }
    ),
    open_ended=True,
)

ADDRESS_STATUS = CodeList(
    "address_status",
    "state of a standard address",
    "地址状态",
    Frozen(
        {
            "1": "在用",
            "0": "停用",
            "2": "合并",
        }
    ),
)

DISABILITY_KIND = CodeList(
    "disability_kind",
    "kind of disability",
    "残疾类别",
    Frozen(
        {
            "1": "视力",
            "2": "听力",
            "3": "言语",
            "4": "肢体",
            "5": "智力",
            "6": "精神",
            "7": "多重",
        }
    ),
    standard="GB/T 26341",
)

DISABILITY_LEVEL = CodeList(
    "disability_level",
    "level of disability, 1 the most severe",
    "残疾等级",
    Frozen(
        {
            "1": "一级",
            "2": "二级",
            "3": "三级",
            "4": "四级",
        }
    ),
    standard="GB/T 26341",
)

AGE_BAND = CodeList(
    "age_band",
    "age band of the allowance, completed years",
    "年龄段",
    Frozen(
        {
            "80": "80-89",
            "90": "90-99",
            "100": "100+",
        }
    ),
)

PAYMENT_STATUS = CodeList(
    "payment_status",
    "state of a payment",
    "发放状态",
    Frozen(
        {
            "paid": "成功",
            "failed": "失败",
            "returned": "退回",
        }
    ),
    open_ended=True,
)

MARRIAGE_ACT = CodeList(
    "marriage_act",
    "kind of registration",
    "业务类型",
    Frozen(
        {
            "marriage": "结婚",
            "divorce": "离婚",
        }
    ),
)

CASE_SOURCE = CodeList(
    "case_source",
    "how a case was reported",
    "案件来源",
    Frozen(
        {
            "patrol": "巡查",
            "hotline": "热线",
            "miniapp": "小程序",
            "video": "视频",
            "other": "其他",
        }
    ),
    standard="GB/T 30428.2",
    open_ended=True,
)

CASE_KIND = CodeList(
    "case_kind",
    "component or event",
    "案件类型",
    Frozen(
        {
            "component": "部件",
            "event": "事件",
        }
    ),
    standard="GB/T 30428.2",
    open_ended=True,
)

CASE_STATUS = CodeList(
    "case_status",
    "stage of a case",
    "案件状态",
    Frozen(
        {
            "reported": "已上报",
            "accepted": "已受理",
            "verified": "已核实",
            "dispatched": "已派遣",
            "handled": "已处置",
            "feedback": "已反馈",
            "closed": "已结案",
            "cancelled": "已作废",
        }
    ),
    standard="GB/T 30428.2",
    open_ended=True,
)

CASE_STEP = CodeList(
    "case_step",
    "step of a case",
    "流转环节",
    Frozen(
        {
            "report": "上报",
            "accept": "受理",
            "verify": "核实",
            "dispatch": "派遣",
            "handle": "处置",
            "feedback": "反馈",
            "close": "结案",
            "rate": "评价",
        }
    ),
    standard="GB/T 30428.2",
    open_ended=True,
)

STEP_ACTION = CodeList(
    "step_action",
    "what was done in a step",
    "流转动作",
    Frozen(
        {
            "normal": "正常",
            "returned": "回退",
            "extended": "延期",
            "suspended": "挂账",
            "void": "作废",
        }
    ),
    open_ended=True,
)

ALERT_STATUS = CodeList(
    "alert_status",
    "state of a video alert",
    "预警状态",
    Frozen(
        {
            "new": "新增",
            "confirmed": "已确认",
            "false_alarm": "误报",
            "handled": "已处置",
        }
    ),
    open_ended=True,
)

HAZARD_KIND = CodeList(
    "hazard_kind",
    "kind of hazard",
    "隐患类型",
    Frozen(
        {
            "landslide": "滑坡",
            "collapse": "崩塌",
            "debris_flow": "泥石流",
            "subsidence": "地面塌陷",
            "flood": "山洪",
            "waterlogging": "内涝",
            "chemical": "危化品",
        }
    ),
    open_ended=True,
)

HAZARD_LEVEL = CodeList(
    "hazard_level",
    "size of a hazard",
    "规模等级",
    Frozen(
        {
            "small": "小型",
            "medium": "中型",
            "large": "大型",
            "huge": "特大型",
        }
    ),
    open_ended=True,
)

HAZARD_STATE = CodeList(
    "hazard_state",
    "state of a hazard site",
    "隐患点状态",
    Frozen(
        {
            "active": "在册",
            "cancelled": "核销",
        }
    ),
    open_ended=True,
)

WARNING_STATUS = CodeList(
    "warning_status",
    "status of a warning",
    "预警状态",
    Frozen(
        {
            "Actual": "实际",
            "Test": "测试",
            "Exercise": "演练",
        }
    ),
    standard="GB/T 35965.1",
    open_ended=True,
)

WARNING_ACTION = CodeList(
    "warning_action",
    "whether a warning is new, updated or cancelled",
    "预警动作",
    Frozen(
        {
            "Alert": "首次",
            "Update": "更新",
            "Cancel": "解除",
        }
    ),
    standard="GB/T 35965.1",
    open_ended=True,
)

WARNING_SEVERITY = CodeList(
    "warning_severity",
    "severity of a warning",
    "预警级别",
    Frozen(
        {
            "Red": "红色",
            "Orange": "橙色",
            "Yellow": "黄色",
            "Blue": "蓝色",
        }
    ),
    standard="GB/T 35965.1",
    open_ended=True,
)

DIVISION_KIND = CodeList(
    "division_kind",
    "kind of division",
    "网格层级",
    Frozen(
        {
            "county": "县",
            "town": "乡镇",
            "community": "社区（村）",
            "grid": "网格",
            "compound": "小区",
            "building": "楼栋",
        }
    ),
    open_ended=True,
)

WORKER_ROLE = CodeList(
    "worker_role",
    "role of a grid worker",
    "网格员角色",
    Frozen(
        {
            "grid_worker": "网格员",
            "building_head": "楼栋长",
            "unit_head": "单元长",
        }
    ),
    open_ended=True,
)

RESIDENCE_KIND = CodeList(
    "residence_kind",
    "kind of residence found on a visit",
    "居住类型",
    Frozen(
        {
            "local": "户籍",
            "floating": "流动",
            "empty": "空挂",
        }
    ),
    open_ended=True,
)

REQUEST_CHANNEL = CodeList(
    "request_channel",
    "how a request came in",
    "诉求渠道",
    Frozen(
        {
            "miniapp": "小程序",
            "visit": "入户",
            "hotline": "热线",
        }
    ),
    open_ended=True,
)

REQUEST_STATUS = CodeList(
    "request_status",
    "stage of a request",
    "诉求状态",
    Frozen(
        {
            "reported": "已上报",
            "accepted": "已受理",
            "verified": "已核实",
            "handling": "处理中",
            "feedback": "已反馈",
            "rated": "已评价",
            "cancelled": "已取消",
        }
    ),
    open_ended=True,
)

WISH_STATUS = CodeList(
    "wish_status",
    "state of a wish",
    "心愿状态",
    Frozen(
        {
            "open": "待认领",
            "claimed": "已认领",
            "done": "已实现",
        }
    ),
    open_ended=True,
)

TOPIC_STATUS = CodeList(
    "topic_status",
    "state of a deliberation",
    "议事状态",
    Frozen(
        {
            "raised": "已提出",
            "discussed": "已商议",
            "agreed": "已达成",
            "done": "已办结",
            "dropped": "已撤销",
        }
    ),
    open_ended=True,
)

CODE_LISTS: dict[str, CodeList] = {
    code_list.name: code_list
    for code_list in (
        SEX,
        MARITAL,
        HEALTH,
        ETHNICITY,
        RELATION,
        ID_TYPE,
        REGISTER_MATCH,
        INFLOW_REASON,
        PERMIT_TYPE,
        RENT_USE,
        LEFT_BEHIND,
        PERSON_TYPE,
        SPECIAL_PERSON,
        SAFETY_HAZARD,
        PERSON_STATUS,
        ASSISTANCE_TYPE,
        HOUSEHOLD_KIND,
        EDUCATION,
        FLOATING_STATUS,
        ADDRESS_STATUS,
        DISABILITY_KIND,
        DISABILITY_LEVEL,
        AGE_BAND,
        PAYMENT_STATUS,
        MARRIAGE_ACT,
        CASE_SOURCE,
        CASE_KIND,
        CASE_STATUS,
        CASE_STEP,
        STEP_ACTION,
        ALERT_STATUS,
        HAZARD_KIND,
        HAZARD_LEVEL,
        HAZARD_STATE,
        WARNING_STATUS,
        WARNING_ACTION,
        WARNING_SEVERITY,
        DIVISION_KIND,
        WORKER_ROLE,
        RESIDENCE_KIND,
        REQUEST_CHANNEL,
        REQUEST_STATUS,
        WISH_STATUS,
        TOPIC_STATUS,
    )
}
