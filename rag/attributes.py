"""What may be asked of someone or something, and what an answer calls it in English and Chinese: offices and attributes.

A question about one of these is answered by no passage that has none of its names, however much else the two have in common.
"""

from __future__ import annotations

import re

_OFFICES = (
    ("chief executive|ceo|managing director", "首席执行|行政总裁|执行长|总裁|总经理"),
    ("chief financial officer|cfo", "首席财务|财务总监|财务长"),
    ("chief technology officer|cto", "首席技术|技术总监|技术长"),
    ("chief scientist", "首席科学家"),
    ("chair(?:man|woman|person|s|ed)?", "董事长|董事会主席|董事局主席|主席|理事长|委员长|议长"),
    ("presidents?|presid(?:es|ed)", "总统|总裁|主席|校长|会长|院长|行长"),
    ("prime minister|premier|chancellor", "总理|首相"),
    ("ministers?", "部长|大臣"),
    ("mayors?", "市长"),
    ("governors?|governed", "省长|州长|总督|行长"),
    ("(?:co-?)?found(?:ers?|ed)", "创始人|创办|创立|创建"),
    ("direct(?:ors?|ed)", "局长|主任|所长|院长|总监|司长|处长|馆长|理事|导演|执导|董事"),
    ("secretar(?:y|ies)", "书记|秘书|部长|国务卿|大臣"),
    ("spokes(?:man|woman|person)", "发言人"),
    ("dean|rector|principal|head ?(?:master|teacher)", "院长|校长"),
    ("ambassadors?", "大使"),
    ("coach(?:es|ed)?", "教练|执教"),
)

OFFICES = tuple(
    re.compile(rf"(?<![a-z])(?<!vice )(?<!vice-)(?<!deputy )(?:{english})(?![a-z])|(?<!副)(?:{chinese})", re.IGNORECASE)
    for english, chinese in _OFFICES
)
"""Each by all of its names; its deputy holds another."""

# As a question names it, in English and in Chinese; what else an answer may call it.
_ATTRIBUTES = (
    ("population", "人口", "inhabitants?|residents?|people live|居民|常住|户籍"),
    ("headquarter(?:s|ed)?", "总部", "head office|based (?:in|at|out of)|位于|设在|坐落"),
    ("born|birth(?:place|day)?", "出生|(?<![发产])生于|诞辰", "native of|诞生|籍贯|岁|年生"),
    (
        "die[sd]?",
        "去世|逝世|死于",
        "death|dead|dying|killed|murdered|assassinat|pass(?:ed|ing) away|死|亡|卒|遇难|牺牲|杀|逝",
    ),
    ("employees?|staff|workforce", "员工|职工|雇员", "employ|workers|personnel|jobs|从业人员|工作人员|雇|用工"),
    ("students?|pupils?", "学生|在校生", "enrol|undergraduates?|学员|学子|就读|招生|新生|研究生|本科生"),
    ("patents?", "专利", ""),
    ("parameters?", "参数", ""),
    ("voted?|votes", "投票|得票|赞成票", "voting|ballot|elect|表决|票|选举|当选"),
    ("total area|land area|surface area|floor area", "面积", "square|acres?|hectares?|km2|平方|公顷|亩"),
    ("users?|customers?|subscribers?", "用户|客户", "clients?|members?|players?|audience|注册|账户|玩家|使用者|会员"),
    ("passengers?", "旅客|乘客", "travell?ers?|riders?|ridership|people|客流|人次|旅游者"),
    ("downloads?|downloaded", "下载", ""),
    ("shareholders?|stake", "股东|持股", "shares?|equity|owns?|owned|股权|股份|投资方"),
    ("wife|husband|spouse|married|marry", "妻子|丈夫|配偶|结婚", "wed|marriage|couple|夫人|妻|夫|嫁|娶|婚|太太"),
    ("gpus?|chips?|graphics cards?", "芯片|gpu|显卡", "processors?|accelerators?|算力卡|加速卡|处理器"),
    ("patients?", "患者|病人", "cases|volunteers?|people|病例|受试者|住院"),
    ("e-?mail|phone number|telephone|website", "邮箱|电话|网址|网站", "http|www|@"),
    ("temperature", "气温|温度", "degrees?|celsius|fahrenheit|heat|hot|cold|℃|°|摄氏|华氏|零下|高温|低温"),
    ("gdp|gross domestic product", "生产总值|国民生产|gdp", ""),
    ("profits?", "利润|盈利", "earn|income|赚|净利"),
    ("tuition", "学费", "fees?|收费|费用"),
)

_Pattern = re.Pattern[str]


def _words(english: str, chinese: str) -> str:
    return rf"(?<![a-z])(?:{english})(?![a-z])|{chinese}"


ATTRIBUTES = tuple(
    (
        re.compile(_words(english, chinese), re.IGNORECASE),
        re.compile(rf"(?<![a-z])(?:{'|'.join(filter(None, (english, chinese, more)))})", re.IGNORECASE),
    )
    for english, chinese, more in _ATTRIBUTES
)
"""How a question names each, and all of its names; English ones may go on (elections), not begin in another word (learn)."""

_NAMED = "|".join(f"(?:{office.pattern})" for office in OFFICES)
_ASKED = re.compile(
    rf"\bwho(?:\s+(?:is|was|are|were|became|has been|serves as|served as)|['’]s)\s+(?:[\w'’-]+\s+){{0,4}}?(?P<en>{_NAMED})"
    rf"|(?P<zh>{_NAMED})官?(?:一职)?(?:是|为|叫|现任)*谁(?!的)|谁(?:是|任|担任|当|出任)[^？?，,。]{{0,20}}?(?P<end>{_NAMED})官?[？?]?$",
    re.IGNORECASE,
)


def asked_for(text: str) -> tuple[_Pattern, ...]:
    """All names of each office whose holder, and of each attribute that, a question asks for."""
    found = _ASKED.search(text)
    name = next(group for group in found.groups() if group) if found else ""
    offices = [office for office in OFFICES if name and office.search(name)]
    return (*offices[:1], *(called for named, called in ATTRIBUTES if named.search(text)))
