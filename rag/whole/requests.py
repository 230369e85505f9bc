"""Which questions ask for the whole library, recognised by how they are put: list, count, timeline, compare, brief."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from index import lexical
from index.issues import is_numbered
from index.text.dates import LONE_YEAR, MONTHS
from index.text.scripts import HAN
from index.text.units import TEXTS, THINGS
from index.types import Article
from rag.chronology import periods
from rag.whole.types import Request

PLAIN = re.compile(r"^(?:请?直接回答|answer directly)\s*[:：]\s*", re.I)
"""In front of a question: it is answered as any other, however it is put."""

_NOUN = r"(?:篇)?(?:文章|报道|新闻|资料|材料|文件|文档|稿件|消息|政策|公告|通知|报告|周报|日报|月报|简报|论文|邮件|笔记|法规|条例|规定|办法)"
_NOUN_EN = r"(?:articles?|documents?|docs?|files?|reports?|news(?: items?| stories)?|stories|papers?|posts?|notes?|texts?|sources?|emails?|letters?|policies|laws|regulations|notices)"
_SAYS = r"(?:都)?(?:提到|提及|谈到|谈及|说到|讲到|写到|出现|包含|含有|涉及)(?:过|了)?"
_ABOUT = r"(?:讨论|介绍|报道|讲述|讲|写|关注)(?:的是|过|了)?|(?:是)?(?:关于|有关)"
_SAYS_EN = r"(?:that |which |who )?(?:mention(?:s|ed|ing)?|contain(?:s|ing)?|nam(?:e|es|ing)|refer(?:s|ring)? to|cit(?:e|es|ing)|includ(?:e|es|ing))"
_ABOUT_EN = r"(?:that |which )?(?:are |is )?(?:about|on|cover(?:s|ing)?|discuss(?:es|ing)?|deal(?:s|ing)? with|report(?:s|ing)? on|talk(?:s|ing)? about|concern(?:s|ing)?|related to|regarding)"
_ALL = r"(?:全部|所有|列出|列举|找出|查找|搜索|搜|显示|给我|把|请列出|帮我(?:列出|找出|找|查))(?:一下)?(?:库里|文库里|文库中|所有|全部|一切|每一?篇)*的?"
_WHICH = r"(?:库里|文库里|文库中)?(?:都?有)?(?:哪些|哪几篇|哪几份|哪几条|哪篇)"
_MANY = rf"(?:库里|文库里|文库中)?(?:一共|总共|共)?有?(?:多少|几)[{TEXTS}个]?(?=.)"
_NEWS = r"(?:新闻|消息|报道|动态|大事|事情?)"
_NEW = r"(?:最近|近期|近来|这几天)?(?:都)?(?:有|发生了?)(?:什么|哪些|啥)(?:新的?|最新的?|重要的?|主要的?|重大的?|大)?(?:的)?"
_IS = r"(?:一共|总共|共)?(?:都?有|是)"

_ANY = r"(?:(?:政策|相关|新闻)?(?:文章|报道|新闻|资料|材料|文件|文档|稿件))"
_ANY_EN = r"(?:articles?|documents?|docs|files?|texts?)"
_HERE = r"(?:(?:在|我|我们|你|这里|这个|现在|目前|库|文库|资料库|图书馆|知识库|里|中|内|面|的|都|一共|总共|共)*)"

_GIST = r"(?:内容|结论|要点|观点|亮点|看点|信息|数字|数据|发现|事实)"
_GIST_EN = r"(?:points?|findings?|conclusions?|figures|numbers|facts|takeaways|messages?|ideas?|highlights)"

Pattern = tuple[str, bool, re.Pattern[str]]
"""Kind, whether the subject is a string word for word, and the form with its ``subject``."""


def _form(kind: str, literal: bool, expression: str) -> Pattern:
    return kind, literal, _whole(expression)


def _whole(expression: str) -> re.Pattern[str]:
    """What is said from the first word to the mark behind the last."""
    return re.compile(f"^{expression}[?？。.!！]*$", re.I)


_THESE = r"(?:的|这些|这批|我的|我们的|所有的?|全部的?|库里的?|文库里?的?)*"
_S = r"(?P<subject>.{1,200}?)"
_E = r"(?P<subject>(?!(?:in|by|at) ).{1,200}?)"

_NUMBERED_EN = r"(?:section|article|clause|chapter|part|paragraph|rule) (?:\d{1,3}|[IVX]{1,5})"
_PART_EN = rf"(?P<subject>{_NUMBERED_EN}(?: (?:of|in) (?:the )?.{{2,60}}?)?)"

_FORMS: tuple[Pattern, ...] = (
    _form("brief", False, rf"what (?:does|do) {_PART_EN} (?:say|state|cover|contain|require|deal with|tell(?: us)?)"),
    _form("brief", False, rf"(?:what is (?:in |there in )?|(?:please )?(?:summari[sz]e|show(?: me)?|quote|read) ){_PART_EN}(?: (?:all )?about)?"),
    _form("period", False, rf"(?:{_ALL})?{_S}(?:里|中)?的{_ANY}(?:{_IS}(?:哪些|哪几[{TEXTS}]|几[{TEXTS}]|多少[{TEXTS}]?))?"),
    _form("period", False, rf"{_S}{_HERE}有(?:多少|几)[{TEXTS}]?{_ANY}"),
    _form("period", False, rf"{_WHICH}{_NOUN}(?:是)?(?:在|于)?{_S}(?:发布|出台|印发|公布|发表|刊发)的"),
    _form("period", False, rf"(?:which|what) {_NOUN_EN} (?:were|are|was) (?:published|issued|released|announced) (?:in|on|during|since) {_E}"),
    _form("period", False, rf"how many {_ANY_EN} (?:are|were|do (?:i|we|you) have)(?: there)?(?: in| from| of| for)? {_E}"),
    _form("period", False, rf"(?:please )?(?:list|show)(?: me)? (?:all |the |my |of )*{_ANY_EN} (?:from|of|in|for) {_E}"),
    _form("count", True, rf"{_MANY}{_NOUN}里?{_SAYS}{_S}"),
    _form("count", False, rf"{_MANY}{_NOUN}(?:{_ABOUT}){_S}(?:的)?"),
    _form("count", True, rf"{_SAYS}{_S}的{_NOUN}{_IS}(?:多少|几)[{TEXTS}个]?"),
    _form("count", False, rf"(?:关于|有关){_S}的{_NOUN}{_IS}(?:多少|几)[{TEXTS}个]?"),
    _form("list", True, rf"(?:{_WHICH}|{_ALL}){_NOUN}里?{_SAYS}{_S}"),
    _form("list", True, rf"(?:{_ALL})?(?:里|中)?{_SAYS}{_S}的{_NOUN}(?:{_IS}(?:哪些|哪几篇))?"),
    _form("list", False, rf"{_WHICH}{_NOUN}(?:{_ABOUT}){_S}(?:的)?"),
    _form("list", False, rf"(?:{_ALL})(?:关于|有关|介绍|讨论|报道){_S}的{_NOUN}"),
    _form("list", False, rf"(?:关于|有关){_S}的{_NOUN}{_IS}(?:哪些|哪几篇)"),
    _form("list", False, rf"{_HERE}(?:有没有|有无|是否有|有)(?:什么|任何)?(?:关于|有关|介绍|讨论|报道){_S}的{_NOUN}吗?"),
    _form("list", True, rf"{_HERE}(?:有没有|有无|是否有)(?:什么|任何)?{_SAYS}{_S}的{_NOUN}吗?"),
    _form("list", False, rf"(?:{_HERE}有没有|{_HERE}有无|哪里有|哪儿有|我?在?(?:哪里|哪儿)(?:看到|读到|看)过)(?:什么)?(?:关于|有关|跟|和)?{_S}(?:有关|相关)?的(?:内容|信息|东西|资料)吗?"),
    _form("list", True, rf"(?:在)?(?:哪里|哪儿|哪些地方){_SAYS}{_S}"),
    _form("list", False, rf"{_NEW}(?:关于|有关){_S}的{_NOUN}"),
    _form("list", False, rf"(?:关于|有关){_S}{_NEW}{_NEWS}"),
    _form("period", False, rf"{_S}{_NEW}(?:{_NEWS}|(?P<of>[{HAN}]{{0,8}}{_NOUN}))?"),
    _form("count", True, rf"how many (?:of the |of my )?{_NOUN_EN} (?:are there )?{_SAYS_EN} {_E}"),
    _form("count", False, rf"how many (?:of the |of my )?{_NOUN_EN} (?:are there )?{_ABOUT_EN} {_E}"),
    _form("list", True, rf"(?:which|what) (?:of the |of my )?{_NOUN_EN} {_SAYS_EN} {_E}"),
    _form("list", False, rf"(?:which|what) (?:of the |of my )?{_NOUN_EN} {_ABOUT_EN} {_E}"),
    _form("list", True, rf"(?:please )?(?:list|find|show)(?: me)? (?:all |every |the )*mentions of {_E}"),
    _form("list", True, rf"(?:please )?(?:list|find|show|give)(?: me)? (?:all |every |the |any |each )*(?:[a-z]+ )?[a-z]+ {_SAYS_EN} {_E}"),
    _form("list", False, rf"(?:please )?(?:list|find|show|give)(?: me)? (?:all |every |the |any |each )*(?:[a-z]+ )?{_NOUN_EN} {_ABOUT_EN} {_E}"),
    _form("list", False, rf"(?:are there|is there|do (?:you|i|we) have) (?:any |an? |some )?(?:{_NOUN_EN}|(?:any|some)thing|information) {_ABOUT_EN} {_E}"),
    _form("list", False, rf"where (?:did|do|can|could) (?:i|we) (?:read|see|find)(?: (?:any|some)thing)? (?:about|on) {_E}"),
    _form("list", False, rf"(?:what is|what's|what has been|is there anything|anything) new (?:about|on) {_E}"),
    _form("list", False, rf"(?:is there|are there|what is|what's|what are|show me|give me)? ?(?:any |the )*(?:recent |latest |new )*news (?:about|on|regarding) {_E}"),
    _form("period", False, rf"what (?:is|was|were|are) the (?:main |important |big |top )?(?:news|events|stories) (?:of|in|from|for|on) {_E}"),
    _form("period", False, rf"what (?:has )?happened (?:in |on |during )?{_E}"),
    _form("timeline", False, rf"(?:请|帮我)?(?:按时间(?:顺序|先后)?|按日期)(?:顺序)?(?:列出|梳理|整理|排列|说说|讲讲)(?:一下)?{_S}"),
    _form("timeline", False, rf"(?:请|帮我)?(?:列出|给出|整理|梳理|做|画)?(?:一下|一个|一份)?(?:关于)?{_S}的?(?:时间线|时间轴|大事记|大事年表)(?:是(?:什么|怎样的))?"),
    _form("timeline", False, rf"(?:give me |show |make |draw up )?(?:a |the )?(?:timeline|chronology) (?:of|for|on|about) {_E}"),
    _form("timeline", False, rf"(?:list|show|give me) {_E} (?:in (?:order of time|chronological order|time order)|by date|chronologically)"),
    _form("compare", False, rf"(?:请|帮我)?(?:对比|比较)(?:一下)?{_S}"),
    _form("compare", False, r"(?P<subject>.{1,80}?(?:和|与|跟|同).{1,160}?(?:有什么|有何|有哪些|的)(?:区别|差异|不同|差别|异同))(?:是什么|在哪里|在哪)?"),
    _form("compare", False, rf"(?:please )?compare {_E}"),
    _form("compare", False, r"what (?:is|are) the differences? between (?P<subject>.{1,200}?)"),
    _form("compare", False, r"how (?:do|does|did) (?P<subject>.{1,160}? and .{1,160}?) (?:differ|compare)"),
    _form("brief", False, r"(?:请|帮我|给我)?(?:总结|概括|综述|汇总|归纳|概述|梳理)(?:一下|下)?(?P<subject>.{0,200}?)"),
    _form("brief", False, r"(?:请|帮我)?(?:把|将|对)?(?P<subject>.{1,60}?)的?(?:(?:总结|概括|综述|汇总|归纳|概述|梳理)(?:一下|下)|做一?个(?:总结|概括|综述|汇总|归纳|概述|梳理))"),
    _form("brief", False, rf"(?:请|帮我)?(?:给我|给|做|写|来|生成|出)+一?[{TEXTS}个]?{_S}的?(?:简报|摘要|总结|小结|概要|综述|概述)"),
    _form("brief", False, r"(?P<subject>(?:根据|结合|基于|依据).{1,80}?[，,](?:请)?(?:总结|概括|归纳|概述).{1,120}?)"),
    _form("brief", False, r"(?P<subject>(?:according to|based on) .{1,160}?, (?:please )?summari[sz]e .{1,160}?)"),
    _form("brief", False, r"(?P<subject>.{1,60}?)(?:还|又|都|主要|具体)*(?:说|讲|写)了(?:些|哪些)?(?:什么|哪些(?:事|内容))(?:事|内容)?"),
    _form("gist", False, rf"(?P<subject>.{{1,100}}?(?:{_NOUN}|调查|公报|方案|规划|纪要|白皮书))(?:里|中)?的?(?:有(?:哪些|什么))?(?:主要|核心|关键|重要|基本)?的?{_GIST}(?:是什么|有哪些|是哪些|有什么|都?有哪些)?"),
    _form("gist", False, rf"(?:关于|有关){_S}(?:的|有(?:哪些|什么)){_GIST}(?:是什么|有哪些|是哪些)?"),
    _form("gist", False, rf"what (?:is|are) (?:the |some )*(?:main |key |most important |major |central |basic )*{_GIST_EN} (?:of|in|from) (?P<subject>(?:the )?.{{1,100}}? {_NOUN_EN})"),
    _form("gist", False, rf"(?:give|list|tell)(?: me)? (?:the |some |three |five |a few )*(?:main |key |most important |major |central |basic )*{_GIST_EN} (?:of|in|from|about|on) {_E}"),
    _form("said", False, r"what (?:did|does|has) (?P<subject>[\w.'’ -]{2,20}?) (?:say|said|write|written|suggest|suggested|propose|ask|asked|tell us|report)"),
    _form("said", False, r"(?P<subject>[^\s的了]{1,8}?)(?:都|还|具体)?(?:说过|提出了?|提了|发了|表示了?|问了|建议了?)(?:些|哪些)?(?:什么|哪些)(?:意见|建议|问题|看法|内容|话|言)?"),
    _form("brief", False, r"(?P<subject>.{0,42}?第[一二三四五六七八九十百零\d]{1,4}(?:条|章|节|款|部分))(?:的内容)?(?:是|说|讲|写|规定)(?:了|的)?(?:是|些)?什么(?:内容)?"),
    _form("brief", False, rf"{_THESE}(?:{_ANY})?(?:里|中)?(?P<subject>最[新近]的?一?(?:[{TEXTS}]|{_ANY}))(?:{_ANY})?(?:是|有)(?:哪一?[{TEXTS}些]|什么)"),
    _form("brief", False, r"(?:what|which) (?:is|are|was) (?P<subject>the (?:latest|newest|most recent) (?:issue|article|digest|report|story))(?: here| in (?:the|my) (?:library|collection))?"),
    _form("brief", False, rf"(?:please )?(?:summari[sz]e|brief me on|give me (?:a )?(?:brief|summary|overview|digest) (?:of|on)) {_E}"),
)  # fmt: skip

_THESE_EN = r"(?:these|those|the|my|our|all(?: of)?(?: the| my| these| our)?)"
_LIBRARY_EN = r"(?:(?:are|is)? ?(?:there|here)? ?(?:in|stored in|indexed in)? ?(?:(?:the|my|our|this) (?:library|collection|index|archive))?)"

_WHOLE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, _whole(expression))
    for kind, expression in (
        ("count", rf"{_HERE}(?:收录|收了|存了|导入|放)?了?有?(?:多少|几)[{TEXTS}]?{_ANY}(?:在库里|在里面)?"),
        ("count", rf"{_HERE}{_ANY}{_HERE}有?(?:多少|几)[{TEXTS}]"),
        ("count", rf"how many {_ANY_EN} (?:do (?:i|we|you) have|have (?:i|we|you)(?: got)?|{_LIBRARY_EN})(?: here| in total)?"),
        ("list", rf"(?:请|帮我)?{_ALL}{_ANY}(?:的标题|标题|目录)?"),
        ("list", rf"{_HERE}有(?:哪些|什么){_ANY}"),
        ("list", rf"(?:please )?(?:list|show)(?: me)? {_THESE_EN} {_ANY_EN}"),
        ("list", rf"(?:what|which) {_ANY_EN} (?:do (?:i|we|you) have|{_LIBRARY_EN})"),
        ("brief", rf"{_THESE}{_ANY}(?:里|中)?(?:主要|大概|大致|都|分别)*(?:在)?(?:讲|说|写|谈|介绍|报道|讨论)了?(?:些|的)?(?:是)?(?:些)?(?:什么|啥|哪些)(?:内容|事)?"),
        ("brief", rf"{_HERE}(?:这些{_ANY})?(?:的)?(?:主要|重要|热门)(?:的)?(?:话题|主题|议题|内容)(?:都|主要)?(?:有|是)(?:哪些|什么)"),
        ("brief", rf"what (?:are|is) (?:{_THESE_EN}|this) (?:articles|documents|docs|files|texts|library|collection|archive) (?:mainly |mostly |all )?about"),
        ("brief", r"what are (?:the )?(?:main|key|major|most important|biggest|hot) (?:topics|themes|subjects|stories)(?: here| (?:in|of) (?:the|my|these|this) (?:library|collection|articles?|documents?|news))?"),
        ("brief", r"what (?:is|are) in (?:the|my|our|this) (?:library|collection|archive)"),
        ("brief", r"what (?:is|does) (?:the|my|our|this) (?:library|collection|archive) (?:about|contain|cover)"),
    )
)  # fmt: skip
"""What asks for all of the library, by kind, without a subject."""

_SAYS_WHOSE = re.compile(
    r"库|文章|报道|新闻|稿件|\b(?:articles?|documents|docs|library|collection|archive|news)\b", re.I
)
"""What says that the articles are meant; 有哪些材料？ may as well be asked of what was spoken of."""

_FROM = r"(?:来自|出自|源自|转自|摘自|刊于|发表在|刊登在)"
_FROM_EN = r"(?:that |which )?(?:come|comes|came|are|is|were)? ?(?:from|published by|published in)"

_OF_A_SOURCE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, _whole(expression))
    for kind, expression in (
        ("count", rf"{_MANY}{_NOUN}(?:是)?{_FROM}{_S}(?:的)?"),
        ("count", rf"{_FROM}{_S}的{_NOUN}{_IS}(?:多少|几)[{TEXTS}个]?"),
        ("list", rf"(?:{_WHICH}|{_ALL}){_NOUN}(?:是)?{_FROM}{_S}(?:的)?"),
        ("list", rf"(?:{_ALL})?{_FROM}{_S}的{_NOUN}(?:{_IS}(?:哪些|哪几篇))?"),
        ("count", rf"how many (?:of the |of my )?{_NOUN_EN} {_FROM_EN} {_E}"),
        ("list", rf"(?:which|what) (?:of the |of my )?{_NOUN_EN} {_FROM_EN} {_E}"),
        ("list", rf"(?:please )?(?:list|find|show|give)(?: me)? (?:all |every |the |any |each )*{_NOUN_EN} {_FROM_EN} {_E}"),
        ("brief", rf"{_S}(?:都)?(?:报道|刊登|刊发)了(?:些)?(?:什么|哪些)(?:{_ANY}|内容)?"),
    )
)  # fmt: skip
"""What asks for the articles of a source."""

_BULLETIN = r"(?P<subject>.{0,40}?)"
_OF_ISSUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("count", _whole(rf"{_HERE}{_BULLETIN}{_HERE}(?:有|出了|收录了?|收了|出版了?)(?:几|多少)期")),
    ("list", _whole(rf"{_HERE}{_BULLETIN}{_HERE}(?:有|收录了?|收了)?(?:哪几期|哪些期)")),
    ("count", _whole(rf"how many issues(?: of (?:the )?(?P<subject>.{{1,60}}?))?(?: are there| do (?:i|we|you) have)?(?: {_LIBRARY_EN})?")),
    ("list", _whole(rf"(?:which|what) issues(?: of (?:the )?(?P<subject>.{{1,60}}?))? (?:are there|do (?:i|we|you) have)(?: {_LIBRARY_EN})?")),
    ("list", _whole(r"(?:please )?(?:list|show)(?: me)? (?:all |the |my )*issues(?: of (?:the )?(?P<subject>.{1,60}?))?")),
)  # fmt: skip
"""What asks for the issues of a bulletin."""

_NAME = rf"(?!(?:{'|'.join(MONTHS)})\b)[A-Z]"
"""Where a name begins; that of a month is a time."""

_SEVERAL = re.compile(
    rf"(?:和|与|跟|同|及|、).*(?:分别|各自|谁更|哪一?[{THINGS}].{{0,12}}更)|(?:分别|各自|谁更).*(?:和|与|跟|同|及|、)"
    r"|\b(?:respective|respectively|compare)\b.*\band\b|\band\b.*\b(?:respectively|earlier|later|higher|lower|longer|larger|more)\b"
    rf"|(?<=[a-z] ){_NAME}.{{0,100}}\band (?:\S+ ){{0,4}}{_NAME}",
)
"""What may ask of several things at once; whether it does is told by the library, which has no article of all of them."""

_PREFIX = re.compile(r"^(?:请问|请|麻烦|帮我|在?(?:文库|库|资料库)[里中]?[，,]?)\s*")
_QUOTES = re.compile(r"^(?:“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|‘([^’]+)’|'([^']+)')$")
_TAIL = re.compile(r"(?:这个词|这个名字|这几个字|一词|的内容|方面|相关(?:的)?内容?)$")


def read(text: str) -> Request | None:
    """What a question asks of the whole library; None for one that asks for a fact."""
    asked = lexical.simplified(" ".join(text.split()))
    if not asked or len(asked) > 400 or PLAIN.match(asked):
        return None
    bare = _PREFIX.sub("", asked)
    language = lexical.language(text)
    if found := _without_topic(bare, asked, language):
        return replace(found, text=text)
    for form in _FORMS:
        if (match := form[2].match(bare)) and (request := _formed(form, match, text, language)):
            return request
    if _SEVERAL.search(asked):
        return Request("compare", asked, text=text, language=language, loose=True)
    return None


def _formed(form: Pattern, match: re.Match[str], text: str, language: str) -> Request | None:
    """The request of a form that a question has; None where its subject is none of what the form asks for."""
    kind, literal, _ = form
    subject = _TAIL.sub("", match["subject"].strip(" ，,：:"))
    quoted, subject = bool(_QUOTES.match(subject)), _unquoted(subject)
    if kind == "gist":  # of an article, which the library knows
        asks = not subject or _ASKING.search(subject)
        return None if asks else Request("brief", subject, text=text, language=language, loose=True)
    if kind == "said":
        asks = not subject or _ASKING.search(subject) or _PRONOUN.fullmatch(subject)
        return None if asks else Request("brief", subject, text=text, language=language, loose=True, said=True)
    if kind == "period":
        of = match.groupdict().get("of") or ""
        if is_numbered(subject):  # on a topic: a list of it, of that issue
            plain = re.fullmatch(f"(?:{_NOUN})?", of)
            return Request("brief", subject, text=text, language=language, source=True) if plain else None
        if not _is_period(subject):
            return None
        kind, subject = "brief", f"{subject}{of}"
    if not (subject or kind == "brief") or _asks(subject, kind) or _PRONOUN.fullmatch(subject):
        return None
    loose = kind == "compare" and not _COMPARES.match(match.string)
    return Request(kind, subject, literal or quoted, text, language, loose)


def _without_topic(bare: str, text: str, language: str) -> Request | None:
    """What asks for the whole library, or for all of a source or a period."""
    for kind, form in _WHOLE:
        if form.match(bare):
            return Request(kind, "", text=text, language=language, loose=not _SAYS_WHOSE.search(text))
    for kind, form in _OF_ISSUES:
        if found := form.match(bare):
            return Request(kind, _source(found["subject"] or ""), text=text, language=language, issues=True)
    for kind, form in _OF_A_SOURCE:
        if (found := form.match(bare)) and not _asks(found["subject"], "list"):
            subject = _source(found["subject"])
            if _is_period(subject):
                return Request("brief", subject, text=text, language=language)
            return Request(kind, subject, text=text, language=language, source=True)
    return None


def _source(subject: str) -> str:
    return re.sub(r"^the\s+", "", _unquoted(subject.strip()), flags=re.I)


def _unquoted(subject: str) -> str:
    quoted = _QUOTES.match(subject)
    return next(group for group in quoted.groups() if group) if quoted else subject


_COMPARES = re.compile(r"^(?:对比|比较|please compare\b|compare\b)", re.I)
"""What asks for a comparison and for nothing else: 区别 and "difference" may as well stand in one article."""


_PRONOUN = re.compile(r"[他她它]们?|\b(?:he|she|it|they|him|her|them)", re.I)
"""Of whom or what the question before was, which is looked at first."""

_POINTS = re.compile(
    rf"(?:这|该|此|那|刚才那|上面那)一?[{TEXTS}则](?:{_NOUN})?|(?:this|that|the same|the above) (?:{_NOUN_EN}|article|story)",
    re.I,
)


_PART = re.compile(rf"第[一二三四五六七八九十百零\d]{{1,4}}(?:条|章|节|款|部分)|{_NUMBERED_EN}", re.I)


def pointed(request: Request, at: Article | None) -> Request:
    """A request for a brief of "this article" as one of the article that was spoken of."""
    points = request.kind == "brief" and (_POINTS.fullmatch(request.subject) or _PART.fullmatch(request.subject))
    return replace(request, of=at) if points else request


_ANY_DAY = date(2000, 6, 15)


def _is_period(text: str) -> bool:
    """True if a text names a period and nothing else: 2月, 上周, February 2026. What happened there is its news."""
    return bool(LONE_YEAR.fullmatch(text)) or periods.names_only(text, _ANY_DAY)


def plain(text: str) -> str:
    """A question without what says that it is to be answered directly."""
    return PLAIN.sub("", text)


_ASKING = re.compile(r"什么|哪|谁|多少|几(?!何)|怎么|怎样|如何|\b(?:what|which|who|when|where|how)\b", re.I)


def _asks(subject: str, kind: str) -> bool:
    """True if a subject asks for something itself: then it is a question about what the articles say, not about which they are."""
    return kind not in ("compare", "brief") and bool(_ASKING.search(subject))
