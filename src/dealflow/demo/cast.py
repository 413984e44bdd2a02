"""Who appears: the team, the customers and their people, the products. All of them invented."""

from __future__ import annotations

from dealflow.demo.chance import rng
from dealflow.named import NamedTuple

EAST, ABROAD, PRESALES = "华东", "International", "技术支持"


class Seller(NamedTuple):
    """`share` of the team's deals; `wins`: share of the resolved ones; `prompt`: of the plans."""

    handle: str
    name: str
    team: str
    track: str
    share: float
    wins: float
    prompt: float


TEAM = (
    Seller("li.lei", "李雷", EAST, "zh", 0.25, 0.38, 0.72),
    Seller("han.meimei", "韩梅梅", EAST, "zh", 0.31, 0.80, 0.88),
    Seller("wang.qiang", "王强", EAST, "zh", 0.22, 0.36, 0.66),
    Seller("zhao.min", "赵敏", EAST, "zh", 0.22, 0.38, 0.62),
    Seller("emma.clarke", "Emma Clarke", ABROAD, "saas", 0.33, 0.46, 0.78),
    Seller("tom.baker", "Tom Baker", ABROAD, "saas", 0.37, 0.07, 0.42),
    Seller("lin.tao", "林涛", ABROAD, "saas", 0.30, 0.44, 0.68),
    Seller("sun.wei", "孙伟", PRESALES, "", 0.0, 0.0, 0.70),
)
LEAD, LEAVER, SUPPORT = "li.lei", "zhao.min", "sun.wei"
HEIRS = ("wang.qiang", "li.lei")
"""Who takes deals over."""


def newcomer(handle: str, name: str) -> Seller:
    """The person who runs the demo, a few weeks in the job."""
    return Seller(handle, name, EAST, "zh", 0.45, 0.40, 0.70)


STAND_IN = ("liu.yang", "刘洋")
"""The newcomer where nobody knows who is typing, or it is one of the team."""


class Ware(NamedTuple):
    name: str
    short: str
    series: str
    price: int
    """Whole CNY."""


WARES = {
    "zh": (
        Ware("数据平台 标准版", "数据平台", "数据平台", 128_000),
        Ware("数据平台 企业版", "数据平台", "数据平台", 368_000),
        Ware("智能客服", "智能客服", "应用", 86_000),
        Ware("供应链协同", "供应链协同", "应用", 240_000),
    ),
    "saas": (
        Ware("Insight Team", "Insight Team", "Insight", 48_000),
        Ware("Insight Business", "Insight Business", "Insight", 136_000),
        Ware("Insight Enterprise", "Insight Enterprise", "Insight", 396_000),
    ),
}
SERVICE = {
    "zh": Ware("实施服务", "实施", "服务", 60_000),
    "saas": Ware("Onboarding", "Onboarding", "Services", 24_000),
}

SOURCES = {
    "zh": {"展会": 0.26, "官网": 0.24, "转介绍": 0.22, "电话开发": 0.28},
    "saas": {"website": 0.32, "event": 0.20, "referral": 0.20, "outbound": 0.28},
}
#: what a source adds to the chance to win
SOURCE_LIFT = {"转介绍": 0.10, "referral": 0.10, "电话开发": -0.08, "outbound": -0.08}


class Customer(NamedTuple):
    name: str
    short: str
    track: str
    segment: str
    region: str
    size: str
    grade: str
    people: tuple[tuple[str, str, str], ...]
    """Name, title and part in the decision of each."""

    @property
    def currency(self) -> str:
        return "USD" if self.region == "North America" else "CNY"


_CHINESE = """
华东 苏州恒远纺织 制造; 华东 杭州青禾百货 零售; 华东 宁波海拓物流 物流; 华东 上海博远医疗 医疗;
华东 南京星河教育 教育; 华东 无锡精工机械 制造; 华东 合肥晨光电子 制造; 华东 绍兴锦绣纺织 制造;
华东 常州启明新材 制造; 华东 温州瑞丰五金 零售; 华东 济南清泉乳业 食品; 华东 青岛海蓝食品 食品;
华南 深圳芯源电子 制造; 华南 广州南粤商贸 零售; 华南 东莞宏图模具 制造; 华南 佛山万家家居 零售;
华南 厦门鹭岛水产 食品; 华南 珠海远航物流 物流; 华南 福州榕城药业 医疗; 华南 南宁绿野农业 食品;
华北 北京知行教育 教育; 华北 天津港联物流 物流; 华北 保定康宁药业 医疗; 华北 太原晋阳重工 制造;
华北 大同古城铸造 制造; 华北 唐山北方钢构 制造; 西南 成都锦里食品 食品; 西南 重庆山城机械 制造;
西南 昆明春晓旅业 零售; 西南 贵阳黔山酒业 食品; 西南 绵阳科创仪器 制造; 华中 武汉江城光电 制造;
华中 长沙岳麓出版 教育; 华中 郑州中原冷链 物流
"""
_ENGLISH = """
Europe|Harbour Foods|Food; Europe|Alder & Finch|Retail; Europe|Bluegate Freight|Logistics;
Europe|Calder Clinics|Health; Europe|Dunmore Textiles|Industry; Europe|Eastbrook Stores|Retail;
Europe|Fairholt Energy|Industry; Europe|Greywater Labs|Health; Europe|Lowfield Dairies|Food;
Europe|Penhale Hotels|Retail; Europe|Quayside Media|Software; Europe|Thornbury Care|Health;
Europe|Westmere Schools|Education; Europe|Vellum Books|Education; Europe|Kestrel Haulage|Logistics;
North America|Hollin Software|Software; North America|Ironbridge Tools|Industry;
North America|Upland Coffee|Food; North America|Redfern Mutual|Software;
North America|Stonecrop Studio|Software; North America|Yarrow Pharmacy|Health;
Southeast Asia|Mekong Rice|Food; Southeast Asia|Penang Optics|Industry;
Southeast Asia|Batik & Bloom|Retail; Southeast Asia|Straits Cold Chain|Logistics;
Southeast Asia|Lantern Schools|Education
"""
_SURNAMES = "周吴郑冯褚卫蒋沈杨朱秦许何吕张孔曹严金魏陶姜谢邹"
_GIVEN = ("建国", "丽华", "志强", "晓燕", "文博", "雪梅", "海峰", "佳宁", "俊杰", "思远", "淑芬")
_FIRST = ("Alice", "Ben", "Clara", "Dev", "Elin", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Mei")
_LAST = ("Archer", "Bianchi", "Costa", "Dahl", "Evans", "Ferrer", "Goh", "Holt", "Iyer", "Jansen")
_TITLES = {
    "zh": (("信息部经理", "影响者"), ("总经理", "决策者"), ("采购主管", "使用者")),
    "saas": (
        ("Head of Operations", "influences"),
        ("Managing Director", "decides"),
        ("Buyer", "uses"),
    ),
}
_SIZES = ("50-200", "200-1000", "1000+")


def customers(seed: int) -> tuple[Customer, ...]:
    """All of them; grades and people vary with the seed."""
    chinese = [entry.split() for entry in _CHINESE.replace("\n", " ").split(";")]
    english = [entry.strip().split("|") for entry in _ENGLISH.replace("\n", " ").split(";")]
    return (
        *(_customer(seed, "zh", *entry) for entry in chinese),
        *(_customer(seed, "saas", *entry) for entry in english),
    )


def _customer(seed: int, track: str, region: str, name: str, segment: str) -> Customer:
    chance = rng(seed, name)
    grade = chance.choices("ABC", (0.2, 0.45, 0.35))[0]
    return Customer(
        name=name,
        short=name[2:] if track == "zh" else name,
        track=track,
        segment=segment,
        region=region,
        size=_SIZES[min(2, "CBA".index(grade) + chance.randrange(2))],
        grade=grade,
        people=_people(seed, track, name),
    )


def _people(seed: int, track: str, customer: str) -> tuple[tuple[str, str, str], ...]:
    chance = rng(seed, f"people of {customer}")
    first, last = (_GIVEN, _SURNAMES) if track == "zh" else (_FIRST, _LAST)
    count = 1 + (chance.random() < 0.5)
    givens, families = chance.sample(first, count), chance.sample(last, count)
    names = [
        family + given if track == "zh" else f"{given} {family}"
        for given, family in zip(givens, families, strict=True)
    ]
    titles = chance.sample(_TITLES[track], count)
    return tuple((name, *title) for name, title in zip(names, titles, strict=True))
