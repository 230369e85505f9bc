"""Words for units, magnitudes and small numbers in Chinese and English: tables only."""

from __future__ import annotations

# Canonical name | Chinese forms | English forms, plural and singular first | symbols, in which case matters.
_TABLE = """
percentage points | 个百分点 百分点 | percentage points, percentage point, percent points | pp
USD | 美元 美金 | US dollars, US dollar, U.S. dollars, U.S. dollar, dollars, dollar, American dollars | USD
HKD | 港元 港币 | Hong Kong dollars, Hong Kong dollar, HK dollars | HKD
TWD | 新台币 台币 元新台币 | New Taiwan dollars, New Taiwan dollar, NT dollars | TWD
AUD | 澳元 | Australian dollars, Australian dollar | AUD
CAD | 加元 | Canadian dollars, Canadian dollar | CAD
SGD | 新加坡元 新元 | Singapore dollars, Singapore dollar | SGD
CNY | 元 元人民币 人民币 块钱 | yuan, yuan, renminbi, Chinese yuan, yuan renminbi | RMB CNY
EUR | 欧元 | euros, euro | EUR
GBP | 英镑 | pounds, pound, pounds sterling, British pounds | GBP
JPY | 日元 日圆 | yen, yen, Japanese yen | JPY
KRW | 韩元 | Korean won, Korean won | KRW
INR | 卢比 | rupees, rupee, Indian rupees | INR
RUB | 卢布 | roubles, rouble, rubles, ruble | RUB
CHF | 瑞士法郎 瑞郎 | Swiss francs, Swiss franc | CHF
people | 人 名 位 | people, person, persons, individuals |
person-times | 人次 | visits, visit, person-times, visitor trips |
years old | 岁 周岁 | years old, year old, years of age, year-olds, year-old |
years | 年 周年 | years, year, yrs |
months | 个月 | months, month |
weeks | 周 个星期 星期 | weeks, week |
days | 天 日 | days, day |
hours | 小时 个小时 | hours, hour, hrs |
minutes | 分钟 | minutes, minute, mins |
seconds | 秒 秒钟 | seconds, second |
ms | 毫秒 | milliseconds, millisecond | ms
km2 | 平方公里 平方千米 | square kilometres, square kilometre, square kilometers, square kilometer, sq km | km2 km²
m2 | 平方米 平米 平方公尺 | square metres, square metre, square meters, square meter | m2 m²
sq mi | 平方英里 | square miles, square mile, sq mi |
m3 | 立方米 立方公尺 | cubic metres, cubic metre, cubic meters, cubic meter | m3 m³
km | 公里 千米 | kilometres, kilometre, kilometers, kilometer | km
m | 米 公尺 | metres, metre, meters, meter | m
cm | 厘米 公分 | centimetres, centimetre, centimeters, centimeter | cm
mm | 毫米 | millimetres, millimetre, millimeters, millimeter | mm
nm | 纳米 | nanometres, nanometre, nanometers, nanometer | nm
miles | 英里 | miles, mile |
yards | 码 | yards, yard |
feet | 英尺 | feet, foot | ft
inches | 英寸 | inches, inch |
sq ft | 平方英尺 | square feet, square foot, sq ft |
acres | 英亩 | acres, acre |
li | 里 华里 市里 | li, li |
zhang | 丈 | zhang, zhang |
chi | 尺 市尺 | chi, chi |
cun | 寸 市寸 | cun, cun |
nmi | 海里 | nautical miles, nautical mile |
ping | 坪 | ping, ping |
hectares | 公顷 | hectares, hectare | ha
mu | 亩 | mu, mu |
ml | 毫升 | millilitres, millilitre, milliliters, milliliter | ml mL
gal | 加仑 | gallons, gallon |
bbl | | barrels, barrel | bbl
litres | 升 | litres, litre, liters, liter |
t | 吨 公吨 | tonnes, tonne, tons, ton |
Gt | | gigatonnes, gigatonne, gigatons, gigaton | Gt
kg | 公斤 千克 | kilograms, kilogram, kilogrammes | kg
g | 克 | grams, gram, grammes | g
jin | 斤 市斤 | jin, jin |
oz | 盎司 | ounces, ounce | oz
lb | 磅 | lb, lb, lbs |
W | 瓦 瓦特 | watts, watt | W
kW | 千瓦 | kilowatts, kilowatt | kW
MW | 兆瓦 | megawatts, megawatt | MW
GW | 吉瓦 | gigawatts, gigawatt | GW
hp | 马力 | horsepower, horsepower |
MJ | 兆焦 兆焦耳 | megajoules, megajoule | MJ
GJ | 吉焦 吉焦耳 | gigajoules, gigajoule | GJ
km/h | 公里/小时 千米/小时 公里每小时 千米每小时 | kilometres per hour, kilometre per hour, kilometers per hour, kph | km/h
m/s | 米/秒 米每秒 | metres per second, metre per second, meters per second | m/s
mph | 英里/小时 | miles per hour, mile per hour | mph
kn | | knots, knot |
kWh | 千瓦时 度电 | kilowatt-hours, kilowatt-hour, kilowatt hours | kWh
MWh | 兆瓦时 | megawatt-hours, megawatt-hour, megawatt hours | MWh
GWh | 吉瓦时 | gigawatt-hours, gigawatt-hour, gigawatt hours | GWh
V | 伏 伏特 | volts, volt | V
kV | 千伏 | kilovolts, kilovolt | kV
Hz | 赫兹 | hertz, hertz | Hz
MHz | 兆赫 兆赫兹 | megahertz, megahertz | MHz
GHz | 吉赫 吉赫兹 | gigahertz, gigahertz | GHz
°C | 摄氏度 度 | degrees Celsius, degree Celsius, degrees centigrade, Celsius, degrees, degree | °C ℃ °
°F | 华氏度 | degrees Fahrenheit, degree Fahrenheit, Fahrenheit | °F ℉
EFLOPS | | exaflops, exaflop, eflops | EFLOPS EFlops EFLOP
PFLOPS | | petaflops, petaflop, pflops | PFLOPS PFlops PFLOP
TFLOPS | | teraflops, teraflop, tflops | TFLOPS TFlops
TOPS | | | TOPS
ZB | | zettabytes, zettabyte | ZB
EB | | exabytes, exabyte | EB
PB | | petabytes, petabyte | PB
TB | | terabytes, terabyte | TB
GB | | gigabytes, gigabyte | GB
MB | | megabytes, megabyte | MB
Gbps | | gigabits per second, gigabit per second | Gbps Gbit/s
Mbps | | megabits per second, megabit per second | Mbps Mbit/s
rpm | 转/分钟 转/分 | revolutions per minute, revolution per minute | rpm RPM
ppm | | parts per million, part per million | ppm
% | 个百分比 | percent, percent, per cent, pct | % ‰
times | 倍 | times, times, fold |
"""
HAN_UNITS: dict[str, str] = {}
ENGLISH_UNITS: dict[str, str] = {}
UNIT_SYMBOLS: dict[str, str] = {}
WRITTEN: dict[str, tuple[str, str, str]] = {}
"""Canonical unit -> as Chinese writes it, as English does for many, for one."""
for _row in _TABLE.strip().splitlines():
    _name, _zh, _en, _signs = (cell.strip() for cell in _row.split("|"))
    _english = [form.strip() for form in _en.split(",") if form.strip()] or [_name, _name]
    HAN_UNITS |= dict.fromkeys(_zh.split(), _name)
    ENGLISH_UNITS |= {form.lower(): _name for form in _english if _en}
    UNIT_SYMBOLS |= dict.fromkeys(_signs.split(), _name)
    WRITTEN[_name] = ((_zh.split() or [_name])[0], _english[0], _english[1])

STRICT_UNITS = frozenset(WRITTEN) - {"people"}
"""Units that change what a number says. Measure words and "people" do not, as one language leaves them out."""

MEASURE_WORDS = frozenset(
    "家个所座篇种项条次台辆套款册部件户架艘颗只株棵支场届期批类例起处段句张本间门首幅宗笔层份轮站列枚组对双副片块根桩村镇倍副字级章趟"
)
"""Chinese measure words; a single Han digit is a number only before one of these, a unit or a noun that is counted without one."""

THINGS = "家个座所位名种项款部条支"
"""Those by which one thing or person is pointed at or asked for: 这座, 哪家."""

TEXTS = "篇份条期版"
"""Those of articles and their issues: 几篇, 最新一期."""

COUNTED = ("部门", "方面", *"大省市县国城方星成校院企卷人党")
"""What a single Han digit counts without a measure word: 三省, 五大."""

INDEFINITE = frozenset(
    "字轮站列枚次家个所座篇种项条次台辆套款册部件位名只支场批类起段句张本间门份系部幅笔方人组对片块层级站大国城市省县校院企成卷"
)
"""Words before which 一 says "a" rather than "one"."""

HAN_MAGNITUDES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "兆": 10**12}
ENGLISH_MAGNITUDES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "mn": 10**6,
    "bn": 10**9,
    "tn": 10**12,
}
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {word: value for value, word in enumerate(ONES.split())} | {
    word: 10 * tens for tens, word in enumerate(TENS.split(), 2)
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30}
PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
CURRENCIES = {
    "US$": "USD",
    "U.S.$": "USD",
    "HK$": "HKD",
    "NT$": "TWD",
    "A$": "AUD",
    "C$": "CAD",
    "S$": "SGD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "CNY",
    "₩": "KRW",
    "₹": "INR",
    "RMB": "CNY",
    "CNY": "CNY",
    "USD": "USD",
    "EUR": "EUR",
    "GBP": "GBP",
    "HKD": "HKD",
    "人民币": "CNY",
}

MONEY = frozenset({*CURRENCIES.values(), "JPY", "RUB", "CHF"})
"""The currencies: those that have a sign, and those that have none here."""

COUNTED_ALIKE = {
    "人": "[人名位]",
    "名": "[人名位]",
    "位": "[人名位]",
    "家": "[家个户]",
    "个": "",
    "项": "[项条个]",
    "条": "[条项个]",
    "度": "(?:度|°C?|℃)",
    "种": "[种类个]",
    "张": "[张块片颗枚个卡]",
    "份": "[份篇本册部个]",
    "笔": "[笔项个]",
    "倍": "(?:倍|成|%)",
    "公斤": "(?:公斤|千克|斤|吨|kg)",
    "天": "[天日]",
}
"""What an answer may count by where a question names another word, as the inside of a pattern: 多少家 is answered by 12户."""
