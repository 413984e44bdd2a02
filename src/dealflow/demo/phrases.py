"""What people write: notes, plans, goals and reasons, in the language of the deal's pipeline."""

from __future__ import annotations

Phrases = dict[str, dict[str, tuple[str, ...]]]

#: track and kind: what is planned
PLANNED: Phrases = {
    "zh": {
        "call": ("电话跟进", "电话确认进度", "回访电话"),
        "message": ("微信跟进", "发资料"),
        "email": ("邮件发方案", "邮件跟进"),
        "visit": ("上门拜访", "现场调研"),
        "meeting": ("需求讨论会", "技术交流会"),
        "demo": ("方案演示", "产品演示"),
        "quote": ("发报价单", "更新报价"),
    },
    "saas": {
        "call": ("call back", "check-in call"),
        "message": ("short message", "send the link"),
        "email": ("send the summary", "follow-up e-mail"),
        "visit": ("visit on site", "visit the team"),
        "meeting": ("discovery meeting", "review meeting"),
        "demo": ("tailored demo", "demo for the team"),
        "quote": ("send the quote", "revise the quote"),
    },
}

#: stage: to what end
GOALS = {
    "lead": "获取基本信息",
    "interested": "确认客户需求",
    "needs": "制定解决方案",
    "solution": "客户认可方案",
    "negotiation": "确定合同条款",
    "qualified": "agree a discovery call",
    "discovery": "agree what success is",
    "demo": "agree a trial",
    "trial": "criteria met",
    "contract": "terms settled",
}

#: track and kind: what was noted
NOTED: Phrases = {
    "zh": {
        "call": ("介绍了产品,客户愿意继续了解", "客户在走内部流程", "对方很忙,约下次再谈"),
        "message": ("发了案例和资料", "微信上回答了两个问题", "提醒了下周的会议"),
        "email": ("方案已发,等回复", "发了会议纪要", "补充了技术参数"),
        "visit": ("看了现场,流程比预想复杂", "见了部门负责人", "拜访,客户态度积极"),
        "meeting": ("讨论了需求清单", "技术和业务都在,问题集中在接口", "确认了验收标准"),
        "demo": ("演示顺利,关心数据安全", "演示了两个场景,要求再看报表", "领导在场,反馈不错"),
        "quote": ("首轮报价", "按三年期重新报价", "报价含实施"),
        "site_visit": ("浏览了价格页", "看了案例页"),
        "download": ("下载了白皮书", "下载了案例集"),
        "event": ("参加了线上分享会",),
        "email_open": ("打开了方案邮件",),
        "asks_price": ("问了价格和付款方式", "要求分期付款"),
        "asks_sample": ("要求试用账号",),
        "asks_question": ("问能否对接现有系统", "问了上线周期"),
        "objects": ("觉得价格偏高", "竞争对手报价更低", "担心实施周期"),
    },
    "saas": {
        "call": ("explained the product; they want to hear more", "they are asking around inside"),
        "message": ("sent two case studies", "answered two questions", "moved the meeting"),
        "email": ("summary sent, waiting", "sent the minutes", "sent the security answers"),
        "visit": ("saw how they work today", "met the whole team"),
        "meeting": ("went through what they need", "agreed the criteria", "met who decides"),
        "demo": ("demo went well; data export came up", "showed their own case", "wants it again"),
        "quote": ("first quote", "quote for three years", "quote with onboarding"),
        "site_visit": ("looked at the price page", "read two case studies"),
        "download": ("downloaded the white paper", "downloaded the checklist"),
        "event": ("came to the webinar",),
        "email_open": ("opened the summary",),
        "asks_price": ("asked what 40 seats cost", "asked for yearly payment"),
        "asks_sample": ("asked for a trial account",),
        "asks_question": ("asked about single sign-on", "asked how long it takes"),
        "objects": ("the trial took too much of their time", "thinks it is too dear"),
    },
}

NEEDS = {
    "zh": ("报表统一", "多系统对接", "降低客服成本", "库存可视化", "替换旧系统"),
    "saas": (
        "one report for all sites",
        "faster onboarding",
        "replace spreadsheets",
        "fewer tools",
    ),
}
FORCED = {
    "zh": ("老客户,需求已面谈", "领导直接约谈,资料后补"),
    "saas": ("known customer, needs are on paper", "their director asked us to move on"),
}
VOID = {"zh": ("重复录入", "联系人已离职,无项目"), "saas": ("duplicate", "a student project")}
LOST = {
    "price": {"zh": "预算低于底价", "saas": "asked for half the price"},
    "competitor": {"zh": "选了原有供应商", "saas": "stays with the supplier they know"},
    "timing": {"zh": "项目推迟到明年", "saas": "put off to next year"},
    "no_budget": {"zh": "预算被砍", "saas": "the budget was cut"},
    "no_decision": {"zh": "内部意见不一", "saas": "nobody used the trial"},
    "fit": {"zh": "缺少行业功能", "saas": "an integration is missing"},
}
GIVEN_UP = {"zh": "客户出差,改期再约", "saas": "they are travelling; later"}
SEQUELS = {"zh": ("扩容", "续约", "二期"), "saas": ("more seats", "renewal", "second site")}
#: why a customer goes back to the pool: it was quiet for long; its rep left
GIVEN_BACK = {"zh": "今年没有新的计划", "saas": "nothing planned for this year"}
NOBODY = {"zh": "赵敏离职,暂无人跟进", "saas": "her rep has left"}
