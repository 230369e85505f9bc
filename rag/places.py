"""Places that a question may name: provinces and large cities of China, countries; what each is called in English and Chinese."""

from __future__ import annotations

import re

_PROVINCES = """
Beijing|北京|京, Tianjin|天津|津, Hebei|河北|冀|石家庄, Shanxi|山西|晋|太原, Inner Mongolia|内蒙古|呼和浩特, Liaoning|辽宁|沈阳
Jilin|吉林|长春, Heilongjiang|黑龙江|哈尔滨, Shanghai|上海|沪, Jiangsu|江苏|南京, Zhejiang|浙江|浙|杭州, Anhui|安徽|皖|合肥
Fujian|福建|闽|福州, Jiangxi|江西|赣|南昌, Shandong|山东|鲁|济南, Henan|河南|豫|郑州, Hubei|湖北|鄂|武汉, Hunan|湖南|湘|长沙
Guangdong|广东|粤|广州, Guangxi|广西|桂|南宁, Hainan|海南|琼|海口, Chongqing|重庆|渝, Sichuan|四川|成都, Guizhou|贵州|黔|贵阳
Yunnan|云南|滇|昆明, Tibet|Xizang|西藏|拉萨, Shaanxi|陕西|陕|西安, Gansu|甘肃|兰州, Qinghai|青海|西宁, Ningxia|宁夏|银川
Xinjiang|新疆|乌鲁木齐, Hong Kong|香港|港澳|粤港|深港|港珠澳, Macao|Macau|澳门|澳, Taiwan|台湾|两岸|港澳台
"""
_CITIES = """
Hangzhou|杭州, Nanjing|南京, Suzhou|苏州, Wuxi|无锡, Ningbo|宁波, Wenzhou|温州, Hefei|合肥, Fuzhou|福州, Xiamen|厦门, Nanchang|南昌
Jinan|济南, Qingdao|青岛, Zhengzhou|郑州, Wuhan|武汉, Changsha|长沙, Guangzhou|广州|穗, Shenzhen|深圳, Dongguan|东莞, Foshan|佛山
Zhuhai|珠海, Nanning|南宁, Guilin|桂林, Haikou|海口, Chengdu|成都|蓉, Guiyang|贵阳, Kunming|昆明, Xi'an|Xi’an|西安, Lanzhou|兰州
Xining|西宁, Yinchuan|银川, Urumqi|乌鲁木齐, Lhasa|拉萨, Shijiazhuang|石家庄, Xiong'an|Xiong’an|雄安, Taiyuan|太原, Hohhot|呼和浩特
Shenyang|沈阳, Dalian|大连, Changchun|长春, Harbin|哈尔滨
"""
_COUNTRIES = """
United States|U\\.S\\.|US|USA|America|美国|美方|中美|对美|在美|赴美|American
United Kingdom|UK|Britain|英国|中英|英方|British|England|English, Germany|德国|中德|德方|German
France|法国|中法|法方|French, Italy|意大利|Italian, Spain|西班牙|Spanish, Netherlands|荷兰|Dutch, Switzerland|瑞士|Swiss, Sweden|瑞典|Swedish
Norway|挪威|Norwegian, Poland|波兰|Polish, Russia|俄罗斯|俄|Russian|Soviet, Ukraine|乌克兰|Ukrainian, Japan|日本|中日|日方|Japanese
South Korea|韩国|韩|Korea|Korean, India|印度|中印|印方|Indian, Pakistan|巴基斯坦|Pakistani, Singapore|新加坡, Malaysia|马来西亚|Malaysian
Indonesia|印度尼西亚|印尼|Indonesian, Thailand|泰国|Thai, Vietnam|越南|Vietnamese, Philippines|菲律宾, Australia|澳大利亚|澳洲|澳|Australian
Canada|加拿大|Canadian, Mexico|墨西哥|Mexican, Brazil|巴西|Brazilian, Argentina|阿根廷, Israel|以色列|以方|以军|Israeli, Saudi Arabia|沙特|Saudi
Iran|伊朗|Iranian, Egypt|埃及|Egyptian, South Africa|南非, Kazakhstan|哈萨克斯坦, European Union|EU|欧盟|欧洲|欧|Europe|European
"""
# Short names only where the character says little else: 黔, not 日 (13日) or 筑 (建筑).
_HERE = {_PROVINCES: "全省|我省|本省|该省|全市|我市|全区|自治区", _CITIES: "全市|我市|本市|该市"}
"""Where an article says that it speaks of its own place, its title or source may be all that names it."""


def _place(row: str, here: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A row's names, English ones up to the first Chinese one; and these with all that follows, by which no question names it."""
    forms = row.strip().split("|")
    first = next(at for at, form in enumerate(forms) if _HAN.search(form))
    name = f"{_words(forms[:first])}|{forms[first]}"
    return re.compile(name), re.compile(
        "|".join((name, _words(forms[first + 1 :]), *filter(_HAN.search, forms), *filter(None, [here])))
    )


_HAN = re.compile(r"[\u4e00-\u9fff]")


def _words(forms: list[str]) -> str:
    """A pattern of the English ones among some names, of whole words."""
    english = [form for form in forms if not _HAN.search(form)]
    return rf"(?<![A-Za-z])(?:{'|'.join(english)})(?![A-Za-z])" if english else "(?!)"


_PLACES = [
    _place(names, _HERE.get(table, ""))
    for table in (_PROVINCES, _CITIES, _COUNTRIES)
    for names in re.split(r",|\n", table)
    if names.strip()
]


def named(text: str) -> tuple[re.Pattern[str], ...]:
    """The places that a question names, each by all that an answer may call it: its short name (黔), its capital, 我省."""
    return tuple(called for name, called in _PLACES if name.search(text))
