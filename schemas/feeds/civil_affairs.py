"""Civil affairs 民政: assistance, disability, allowances, cremations, marriages, left-behind children.

    file drop (CSV in GB18030, XLSX) -> raw.civil_affairs_*

Column headers are those of the files (feeds.md). Secrets: the SFTP password, where there is one.
"""

from schemas.columns import (
    INTERNAL,
    PERSONAL,
    SENSITIVE,
    SEX_NAMES,
    code,
    date,
    decimal,
    flag,
    fuzzy_date,
    integer,
    month,
    named,
    shared,
    text,
)
from schemas.model import Delivery, Feed, Slot

_ASSISTANCE = {**named("assistance_type"), "特困供养": "03", "五保": "03"}

ASSISTANCE_MEMBER = Feed(
    "civil_affairs",
    "assistance_member",
    "one row a member of a family that receives social assistance",
    "救助家庭成员",
    "files",
    "assistance_member",
    ("家庭编号", "序号"),
    (
        text("家庭编号", "family_no", "number of the assisted family", "家庭编号", INTERNAL),
        text("序号", "member_no", "number of the member in the family", "序号", INTERNAL),
        text("户主姓名", "head_name", "name of the family's head", "户主姓名", PERSONAL),
        text("姓名", "name", "name", "姓名", PERSONAL),
        text("身份证号码", "id_no", "citizen identity number", "身份证号码", PERSONAL),
        code("性别", "sex", "sex", "性别", PERSONAL, SEX_NAMES),
        fuzzy_date("出生日期", "birth_date", "date of birth", "出生日期"),
        text(
            "与户主关系",
            "relation_text",
            "relation to the head, as written",
            "与户主关系",
            PERSONAL,
        ),
        code("救助类别", "assistance_type", "assistance_type", "救助类别", SENSITIVE, _ASSISTANCE),
        text("低保证号", "certificate_no", "assistance certificate number", "低保证号", PERSONAL),
        integer(
            "保障人数", "covered_persons", "persons covered", "保障人数", INTERNAL, unit="person"
        ),
        text("健康状况", "health_text", "health, as written", "健康状况", SENSITIVE),
        text("家庭住址", "address", "home address, free text", "家庭住址", PERSONAL),
        text("联系电话", "phone", "contact telephone", "联系电话", PERSONAL),
        month("起始年月", "from_month", "first month of the grant", "起始年月", INTERNAL),
        month(
            "终止年月", "to_month", "last month of the grant, 3000-12 if open", "终止年月", INTERNAL
        ),
    ),
    Delivery.SNAPSHOT,
    mentions=(
        Slot("head", "head_name", address="address", phone="phone", family_no="family_no"),
        Slot(
            "self",
            "name",
            id_no="id_no",
            sex="sex",
            birth_date="birth_date",
            phone="phone",
            address="address",
            family_no="family_no",
            relation="relation_text",
        ),
    ),
)

ASSISTANCE_PAYMENT = Feed(
    "civil_affairs",
    "assistance_payment",
    "one row a family and month that was paid",
    "救助金发放",
    "files",
    "assistance_payment",
    ("明细编号",),
    (
        text("明细编号", "payment_no", "number of the payment", "明细编号", INTERNAL),
        text("家庭编号", "family_no", "number of the assisted family", "家庭编号", INTERNAL),
        month("发放年月", "paid_month", "month paid for", "发放年月", INTERNAL),
        text("姓名", "name", "applicant's name", "姓名", PERSONAL),
        text("身份证号码", "id_no", "applicant's identity number", "身份证号码", PERSONAL),
        code("救助类别", "assistance_type", "assistance_type", "救助类别", SENSITIVE, _ASSISTANCE),
        decimal("基本金额", "basic_amount_cny", "basic amount", "基本金额", INTERNAL, unit="CNY"),
        decimal(
            "分类金额",
            "extra_amount_cny",
            "supplement by category",
            "分类金额",
            INTERNAL,
            unit="CNY",
        ),
        decimal("合计金额", "total_amount_cny", "amount paid", "合计金额", INTERNAL, unit="CNY"),
        text("开户人", "account_holder_name", "holder of the account", "开户人", PERSONAL),
        text("账号尾号", "account_tail", "last digits of the account", "账号尾号", PERSONAL),
        code(
            "发放状态",
            "payment_status",
            "payment_status",
            "发放状态",
            INTERNAL,
            named("payment_status"),
        ),
    ),
    Delivery.INCREMENT,
    mentions=(
        Slot("self", "name", id_no="id_no", family_no="family_no"),
        Slot("account_holder", "account_holder_name", family_no="family_no"),
    ),
)

DISABILITY_CERTIFICATE = Feed(
    "civil_affairs",
    "disability_certificate",
    "one row a certificate of disability",
    "残疾人证",
    "files",
    "disability_certificate",
    ("残疾人证号",),
    (
        text(
            "残疾人证号",
            "certificate_no",
            "citizen id, kind, level and reissue",
            "残疾人证号",
            PERSONAL,
        ),
        text("姓名", "name", "name", "姓名", PERSONAL),
        code("性别", "sex", "sex", "性别", PERSONAL, SEX_NAMES),
        code(
            "残疾类别",
            "disability_kind",
            "disability_kind",
            "残疾类别",
            SENSITIVE,
            named("disability_kind"),
        ),
        code(
            "残疾等级",
            "disability_level",
            "disability_level",
            "残疾等级",
            SENSITIVE,
            named("disability_level"),
        ),
        date("签发日期", "issued_on", "date of issue", "签发日期", INTERNAL),
        date("有效期至", "expires_on", "date of expiry", "有效期至", INTERNAL),
        flag("护理补贴", "has_care_subsidy", "receives the care subsidy", "护理补贴", SENSITIVE),
        flag(
            "生活补贴", "has_living_subsidy", "receives the living subsidy", "生活补贴", SENSITIVE
        ),
        text("监护人", "guardian_name", "guardian", "监护人", PERSONAL),
        text("住址", "address", "home address, free text", "住址", PERSONAL),
        text("联系电话", "phone", "contact telephone", "联系电话", PERSONAL),
    ),
    Delivery.SNAPSHOT,
    mentions=(
        Slot(
            "self",
            "name",
            id_no="certificate_no",
            sex="sex",
            phone="phone",
            address="address",
            id_length=18,
        ),
        Slot("guardian", "guardian_name", address="address", phone="phone"),
    ),
)

ELDERLY_ALLOWANCE = Feed(
    "civil_affairs",
    "elderly_allowance",
    "one row a person on the allowance for the old",
    "高龄津贴",
    "files",
    "elderly_allowance",
    ("编号",),
    (
        text("编号", "allowance_no", "number of the allowance", "编号", INTERNAL),
        text("姓名", "name", "name", "姓名", PERSONAL),
        text("身份证号码", "id_no", "citizen identity number", "身份证号码", PERSONAL),
        code("年龄段", "age_band", "age_band", "年龄段", INTERNAL, named("age_band")),
        decimal("月金额", "monthly_amount_cny", "amount a month", "月金额", INTERNAL, unit="CNY"),
        month("起发年月", "from_month", "first month paid", "起发年月", INTERNAL),
        month("停发年月", "to_month", "month in which it stopped", "停发年月", INTERNAL),
        text("停发原因", "stop_reason", "why it stopped", "停发原因", INTERNAL),
        text("住址", "address", "home address, free text", "住址", PERSONAL),
        text("联系电话", "phone", "contact telephone", "联系电话", PERSONAL),
    ),
    Delivery.SNAPSHOT,
    mentions=(Slot("self", "name", id_no="id_no", phone="phone", address="address"),),
)

CREMATION = Feed(
    "civil_affairs",
    "cremation",
    "one row a cremation",
    "火化信息",
    "files",
    "cremation",
    ("火化证号",),
    (
        text("火化证号", "cremation_no", "cremation certificate number", "火化证号", INTERNAL),
        text("姓名", "name", "name of the dead", "姓名", PERSONAL),
        text("身份证号码", "id_no", "identity number of the dead", "身份证号码", PERSONAL),
        code("性别", "sex", "sex", "性别", PERSONAL, SEX_NAMES),
        shared(
            fuzzy_date("死亡日期", "death_date", "date of death", "死亡日期"),
            "public_security",
            "community",
            "emergency",
        ),
        date("火化日期", "cremated_on", "date of cremation", "火化日期", PERSONAL),
        text("生前住址", "address", "last address, free text", "生前住址", PERSONAL),
    ),
    Delivery.INCREMENT,
    mentions=(Slot("self", "name", id_no="id_no", sex="sex", address="address"),),
)

MARRIAGE_REGISTRATION = Feed(
    "civil_affairs",
    "marriage_registration",
    "one row a marriage or divorce",
    "婚姻登记",
    "files",
    "marriage_registration",
    ("登记编号",),
    (
        text("登记编号", "registration_no", "number of the registration", "登记编号", INTERNAL),
        shared(
            code(
                "业务类型",
                "marriage_act",
                "marriage_act",
                "业务类型",
                INTERNAL,
                named("marriage_act"),
            ),
            "public_security",
        ),
        date("登记日期", "registered_on", "date of registration", "登记日期", INTERNAL),
        text("男方姓名", "husband_name", "husband's name", "男方姓名", PERSONAL),
        text(
            "男方身份证号", "husband_id_no", "husband's identity number", "男方身份证号", PERSONAL
        ),
        text("女方姓名", "wife_name", "wife's name", "女方姓名", PERSONAL),
        text("女方身份证号", "wife_id_no", "wife's identity number", "女方身份证号", PERSONAL),
    ),
    Delivery.INCREMENT,
    mentions=(
        Slot("male", "husband_name", id_no="husband_id_no", sex_is="1"),
        Slot("female", "wife_name", id_no="wife_id_no", sex_is="2"),
    ),
)

LEFT_BEHIND_CHILD = Feed(
    "civil_affairs",
    "left_behind_child",
    "one row a child whose parents work elsewhere",
    "留守儿童",
    "files",
    "left_behind_child",
    ("编号",),
    (
        text("编号", "child_no", "number of the child", "编号", INTERNAL),
        text("姓名", "name", "child's name", "姓名", PERSONAL),
        text("身份证号码", "id_no", "child's identity number", "身份证号码", PERSONAL),
        code("性别", "sex", "sex", "性别", PERSONAL, SEX_NAMES),
        fuzzy_date("出生日期", "birth_date", "date of birth", "出生日期"),
        text("监护人姓名", "guardian_name", "guardian's name", "监护人姓名", PERSONAL),
        text(
            "监护人关系",
            "guardian_relation",
            "guardian's relation to the child",
            "监护人关系",
            PERSONAL,
        ),
        text("监护人电话", "guardian_phone", "guardian's telephone", "监护人电话", PERSONAL),
        flag("父亲外出", "is_father_away", "the father works elsewhere", "父亲外出", SENSITIVE),
        flag("母亲外出", "is_mother_away", "the mother works elsewhere", "母亲外出", SENSITIVE),
        text("就读学校", "school", "school", "就读学校", PERSONAL),
        text("住址", "address", "home address, free text", "住址", PERSONAL),
    ),
    Delivery.SNAPSHOT,
    mentions=(
        Slot("self", "name", id_no="id_no", sex="sex", birth_date="birth_date", address="address"),
        Slot("guardian", "guardian_name", phone="guardian_phone", address="address"),
    ),
)

CIVIL_AFFAIRS = (
    ASSISTANCE_MEMBER,
    ASSISTANCE_PAYMENT,
    DISABILITY_CERTIFICATE,
    ELDERLY_ALLOWANCE,
    CREMATION,
    MARRIAGE_REGISTRATION,
    LEFT_BEHIND_CHILD,
)
