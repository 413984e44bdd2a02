"""The keys as people who work in Chinese write them."""

from __future__ import annotations

from collections.abc import Mapping

#: the word, and the key that it means; headings of imported files have the same words
CHINESE: Mapping[str, str] = {
    "编号": "id",
    "标题": "title",
    "商机": "title",
    "客户": "account",
    "联系人": "contact",
    "负责人": "owner",
    "团队": "team",
    "阶段": "stage",
    "流程": "pipeline",
    "状态": "status",
    "金额": "value",
    "币种": "currency",
    "预计成交": "close",
    "创建": "created",
    "关闭": "closed",
    "等级": "grade",
    "来源": "source",
    "行业": "segment",
    "地区": "region",
    "产品": "product",
    "标签": "tag",
    "原因": "reason",
    "概率": "probability",
    "最近联系": "last",
    "下次跟进": "next",
    "到期": "due",
    "类型": "kind",
    "逾期": "late",
    "锁定": "locked",
    "释放": "released",
    "原负责人": "was",
}
