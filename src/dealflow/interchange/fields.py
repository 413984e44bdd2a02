"""What can be imported: kinds of records, their fields, and the headings they are known by.

A column is recognised by its heading, whatever its case, spaces and punctuation, in English and in
Chinese. Anything else is said with --map.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from dealflow.customfields import MARK
from dealflow.errors import UnknownWord
from dealflow.interchange.units import without_unit
from dealflow.named import NamedTuple
from dealflow.text import fold

#: how a cell is read: see values.Cells
TEXT, NAMES, TAGS, MONEY, DAY, MOMENT = "text", "names", "tags", "money", "day", "moment"
SHARE, GRADE, FLAG, WORD, KEY = "share", "grade", "flag", "word", "key"
ACTIVITY, DOMAIN = "activity", "domain"


class Field(NamedTuple):
    name: str
    reads: str
    aliases: str
    """Headings that mean this field, without case, spaces and punctuation."""


class Need(NamedTuple):
    """One of these fields, the usual one first, and what to say where a file has none of them."""

    any_of: tuple[str, ...]
    lacking: str


class Kind(NamedTuple):
    """A kind of record. `keys` are what records can be told apart by, the usual one first."""

    name: str
    words: str
    """What else it may be called on the command line."""
    keys: tuple[str, ...]
    needs: tuple[Need, ...]
    """What a file of such records has to have, whatever else."""
    fields: tuple[Field, ...]

    def lacks(self, given: AbstractSet[str]) -> Need | None:
        """The first thing that a file with these fields has not."""
        return next((need for need in self.needs if given.isdisjoint(need.any_of)), None)

    def field(self, word: str) -> Field:
        """The field with this name or heading. Error: UnknownWord."""
        if self.has_custom and word.strip().casefold().startswith(MARK):
            return self._custom(word.strip()[len(MARK) :].strip())
        found = next((f for f in self.fields if f.name == word.strip()), None)
        found = found or self.recognised(word)
        if found is None:
            extra = ["field:NAME"] if self.has_custom else []
            raise UnknownWord(f"field of {self.name}", word, [f.name for f in self.fields] + extra)
        return found

    def recognised(self, heading: str) -> Field | None:
        """The field that a column with this heading means by itself."""
        if self.has_custom and heading.strip().casefold().startswith(MARK):
            return self.field(heading)
        told = normal(heading)
        return next((f for f in self.fields if told in {normal(f.name), *f.aliases.split()}), None)

    @property
    def has_custom(self) -> bool:
        """Whether records of the kind have custom fields."""
        return self.name in {"deals", "accounts", "contacts"}

    def _custom(self, word: str) -> Field:
        """The declared field of this key or name, else text under this very name."""
        told = normal(word)
        declared = [f for f in self.fields if f.name.startswith(MARK)]
        exact = (f for f in declared if f.name == f"{MARK}{word}")
        alike = (f for f in declared if told and told in f.aliases.split())
        return next(exact, None) or next(alike, None) or Field(f"{MARK}{word}", TEXT, "")


def normal(heading: str) -> str:
    """A heading without case, width, blanks, marks and unit: `Deal Value (USD)` → `dealvalue`."""
    return re.sub(r"[\W_]+", "", fold(without_unit(heading)))


_NAMED = Need(("name",), "no column is the name")

DEALS = Kind(
    "deals",
    "deal opportunities opportunity 商机",
    ("external_id",),
    (Need(("title", "account", "external_id"), "no column says what a deal is called"),),
    (
        Field(
            "external_id",
            KEY,
            "opportunityid dealid leadid recordid externalkey 商机编号 商机id 外部编号",
        ),
        Field(
            "title",
            TEXT,
            "name deal dealname opportunity opportunityname project projectname subject 标题 商机 "
            "商机名称 项目 项目名称 机会名称",
        ),
        Field(
            "account",
            TEXT,
            "accountname customer customername client company companyname "
            "associatedcompany organization organisation 客户 客户名称 公司 公司名称",
        ),
        Field("contact", TEXT, "contactname contactperson 联系人 联系人姓名"),
        Field(
            "owner",
            TEXT,
            "rep dealowner opportunityowner ownername salesrep salesagent salesperson "
            "assignedto 负责人 销售 销售员 销售人员 业务员 跟进人 归属人",
        ),
        Field("product", NAMES, "products productname 产品 产品名称 商品"),
        Field(
            "stage",
            WORD,
            "dealstage salesstage stagename opportunitystage phase dealphase 阶段 商机阶段 "
            "销售阶段",
        ),
        Field("pipeline", WORD, "pipelinename dealpipeline salespipeline 流程 销售流程"),
        Field("status", WORD, "dealstatus opportunitystatus 状态 商机状态"),
        Field(
            "amount",
            MONEY,
            "value dealvalue dealamount opportunityamount 金额 商机金额 成交金额 合同金额",
        ),
        Field("currency", WORD, "currencycode currencyisocode 币种 货币"),
        Field(
            "created",
            MOMENT,
            "createdat createddate createdate creationdate createdtime dealcreated dealcreatedat "
            "engagedate 创建时间 创建日期 创建于",
        ),
        Field(
            "closed",
            MOMENT,
            "closedat closeat closeddate closedtime 成交日期 成交时间 赢单日期 关闭日期 结束日期",
        ),
        Field(
            "close",
            DAY,
            "expectedclose expectedclosedate 预计成交日期 预计成交时间 预计签约日期 预计结束日期",
        ),
        Field("close_date", MOMENT, "closingdate"),
        Field("won", MOMENT, "wontime wonat 赢单时间"),
        Field("lost", MOMENT, "losttime lostat 输单时间"),
        Field("source", TEXT, "leadsource dealsource 来源 客户来源 商机来源 线索来源"),
        Field("grade", GRADE, "importance 等级 级别 重要程度"),
        Field("probability", SHARE, "winprobability 概率 赢率 成功率 赢单概率"),
        Field(
            "reason",
            WORD,
            "lossreason lostreason closedlostreason 输单原因 丢单原因 失败原因 流失原因",
        ),
        Field("tags", TAGS, "tag labels 标签"),
    ),
)
ACCOUNTS = Kind(
    "accounts",
    "account customers customer 客户",
    ("name",),
    (_NAMED,),
    (
        Field("external_id", KEY, "accountid customerid 客户编号"),
        Field(
            "name",
            TEXT,
            "account accountname customer customername company companyname 客户 客户名称 公司 "
            "公司名称 名称",
        ),
        Field("grade", GRADE, "importance 等级 级别 客户级别 客户等级"),
        Field("segment", TEXT, "sector industry 行业 所属行业"),
        Field("region", TEXT, "country officelocation location 地区 区域"),
        Field("size", TEXT, "employees companysize numberofemployees 规模 人数 公司规模"),
        Field("source", TEXT, "leadsource 来源 客户来源"),
        Field("owner", TEXT, "rep accountowner salesrep salesagent 负责人 销售 归属人"),
        Field("parent", TEXT, "parentaccount parentcompany subsidiaryof 上级客户 母公司"),
        Field("domain", DOMAIN, "emaildomain companydomain website 域名 网站 网址"),
        Field("locked", FLAG, ""),
    ),
)
CONTACTS = Kind(
    "contacts",
    "contact people 联系人",
    ("name",),
    (Need(("name", "first_name", "last_name"), "no column is the name"),),
    (
        Field("external_id", KEY, "contactid 联系人编号"),
        Field("first_name", TEXT, "firstname givenname"),
        Field("last_name", TEXT, "lastname surname familyname"),
        Field(
            "account",
            TEXT,
            "accountname customer customername company companyname 客户 客户名称 公司 公司名称",
        ),
        Field("name", TEXT, "contact contactname fullname 姓名 联系人 联系人姓名"),
        Field("title", TEXT, "jobtitle position 职位 职务"),
        Field("phone", TEXT, "phonenumber mobile telephone 电话 手机 手机号"),
        Field("email", TEXT, "emailaddress mail 邮箱 电子邮件"),
        Field("wechat", TEXT, "weixin 微信 微信号"),
        Field("role", TEXT, "decisionrole 角色 决策角色"),
    ),
)
PRODUCTS = Kind(
    "products",
    "product 产品",
    ("name",),
    (_NAMED,),
    (
        Field("external_id", KEY, "productid 产品编号"),
        Field("name", TEXT, "product productname 产品 产品名称 名称"),
        Field("series", TEXT, "productseries category family 系列 分类"),
        Field("price", MONEY, "listprice salesprice unitprice 价格 单价 标价"),
        Field("currency", WORD, "currencycode 币种 货币"),
        Field("active", FLAG, "在售"),
    ),
)
REPS = Kind(
    "reps",
    "rep users team 销售",
    ("name", "handle", "email"),
    (Need(("name", "handle", "email", "first_name", "last_name"), "no column is the name"),),
    (
        Field("external_id", KEY, "userid"),
        Field("first_name", TEXT, "firstname givenname"),
        Field("last_name", TEXT, "lastname surname familyname"),
        Field(
            "name", TEXT, "rep repname salesrep salesagent salesperson fullname 姓名 销售 销售员"
        ),
        Field("handle", TEXT, "login username repid 账号 用户名"),
        Field("email", TEXT, "emailaddress mail 邮箱 电子邮件"),
        Field("team", TEXT, "salesteam department 团队 部门 小组"),
        Field("active", FLAG, "在职"),
    ),
)
ACTIVITIES = Kind(
    "activities",
    "activity behaviours behaviour behaviors behavior 活动 行为 客户行为 访问记录",
    ("external_id",),
    (
        Need(("at", "due"), "no column says when it happened"),
        Need(("email", "domain", "account", "deal"), "no column says whose it is"),
    ),
    (
        Field("external_id", KEY, "id activityid eventid visitid recordid messageid 编号 记录编号"),
        Field(
            "at",
            MOMENT,
            "when time date datetime timestamp occurredat visitedat openedat happenedat createdat "
            "eventtime activityat activitydate activitytime 时间 日期 访问时间 打开时间 发生时间",
        ),
        Field("kind", ACTIVITY, "type event eventtype activity activitytype action 类型 行为 动作"),
        Field(
            "email",
            TEXT,
            "emailaddress mail visitoremail contactemail recipient to 邮箱 电子邮件 收件人",
        ),
        Field("domain", TEXT, "companydomain emaildomain 域名"),
        Field(
            "account",
            TEXT,
            "accountname customer customername company companyname organization organisation "
            "客户 客户名称 公司 公司名称",
        ),
        Field("contact", TEXT, "contactname name visitor person 联系人 联系人姓名 姓名 访客"),
        Field(
            "note",
            TEXT,
            "what page url path file filename document 内容 页面 文件 主题 备注",
        ),
        Field("subject", TEXT, "summary"),
        Field(
            "deal",
            TEXT,
            "dealid dealname leadid opportunity opportunityid opportunityname 商机 商机名称",
        ),
        Field("due", MOMENT, "duedate duetime 截止日期"),
        Field("done", FLAG, "completed isclosed 完成"),
        Field("next", MOMENT, "nextfollowup nextstepdate 下次跟进时间 下次跟进日期 下次联系时间"),
        Field("next_what", TEXT, "nextstep 下一步 下次跟进内容"),
        Field("outcome", WORD, "result 结果"),
        Field("channel", WORD, "source medium 渠道 来源"),
        Field("direction", WORD, ""),
        Field("rep", TEXT, "owner repid salesrep 销售 负责人"),
    ),
)
HISTORY = Kind(
    "history",
    "histories visits stagehistory stages 阶段历史 商机历史",
    ("external_id",),
    (
        Need(("external_id",), "no column says of which deal it is"),
        Need(("stage",), "no column names a stage"),
        Need(("at",), "no column says when a deal came to its stage"),
    ),
    (
        Field(
            "external_id",
            KEY,
            "opportunityid dealid leadid recordid opportunity deal lead 商机编号 商机id",
        ),
        Field("title", TEXT, "name dealname opportunityname 商机名称 标题"),
        Field("account", TEXT, "accountname customer company 客户 客户名称"),
        Field("stage", WORD, "stagename dealstage tostage newstage newvalue 阶段 商机阶段 新阶段"),
        Field("status", WORD, "dealstatus 状态"),
        Field("before", WORD, "fromstage oldstage oldvalue 原阶段"),
        Field(
            "at",
            MOMENT,
            "enteredat entered createddate createdat changedat editdate date timestamp "
            "lastmodified 进入时间 变更时间 时间",
        ),
        Field("left", MOMENT, "exitedat leftat exited 离开时间"),
        Field("owner", TEXT, "rep ownerrepid ownerid dealowner opportunityowner 负责人"),
        Field(
            "author", TEXT, "createdbyid createdby changedby editedby lastmodifiedby 操作人 变更人"
        ),
        Field("amount", MONEY, "value dealvalue 金额 商机金额"),
        Field("currency", WORD, "currencycode currencyisocode 币种"),
        Field("reason", WORD, "lossreason lostreason 输单原因"),
        # what only an export of dealflow's own tells: see visits.py
        Field("seq", WORD, ""),
        Field("in_pipeline", WORD, ""),
        Field("ending", WORD, ""),
        Field("end_owner", TEXT, ""),
        Field("end_amount", MONEY, ""),
        Field("passed", NAMES, ""),
        Field("forced", FLAG, ""),
        Field("why", TEXT, ""),
        Field("entry_why", TEXT, ""),
        Field("note", TEXT, ""),
    ),
)
KINDS = (DEALS, ACCOUNTS, CONTACTS, PRODUCTS, REPS, ACTIVITIES, HISTORY)


#: so many lines are looked at for a heading
LOOKED_AT = 10
_FEWEST = 3


def titles_above(lines: Sequence[Sequence[str]]) -> int:
    """How many of a file's first lines are a title, and not the heading: those of one cell or none
    above one of three or more, unless the first of them is the only one that names a field.
    """
    filled = [[cell for cell in cells if cell.strip()] for cells in lines]
    at = next((place for place, cells in enumerate(filled) if len(cells) > 1), 0)
    if not at or len(filled[at]) < _FEWEST:
        return 0
    first = next((cell for cells in filled[:at] for cell in cells), "")
    return at if _fields_named(filled[at]) > 1 or not _fields_named([first]) else 0


def _fields_named(cells: Sequence[str]) -> int:
    return max(sum(kind.recognised(cell) is not None for cell in cells) for kind in KINDS)


def kind_named(word: str) -> Kind | None:
    """The kind of record that a word on the command line means."""
    told = fold(word)
    return next((kind for kind in KINDS if told in {kind.name, *kind.words.split()}), None)
