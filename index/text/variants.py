"""Old printed forms of Chinese characters and Japanese ones -> the simplified ones, where neither Unicode's NFKC nor OpenCC knows them."""

from __future__ import annotations

_FORMS = (
    "靑青淸清尙尚吿告戸户兪俞鄕乡飮饮緖绪歴历縁缘挙举黒黑気气沢泽駅驿広广図图竜龙発发伝传専专圏圈囲围栄荣円圆塩盐渋涩桜樱剣剑処处氷冰尅克畧略晳皙韮韭"
    "銭钱鉄铁戦战楽乐薬药検检険险験验労劳総总続续絵绘県县毎每歳岁齢龄関关弐贰様样徳德聴听覚觉訳译釈释辺边遅迟郷乡隠隐雑杂頼赖顕显髪发鶏鸡麺面黙默斉齐斎斋"
    "粛肃荘庄蔵藏観观読读転转軽轻払拂択择拡扩揺摇捜搜掲揭摂摄撃击暁晓桟栈権权浄净済济渓溪滝泷満满瀬濑焼烧犠牺猟猎獣兽疎疏痩瘦砕碎穏稳穂穗稲稻粋粹経经継继"
    "繊纤縄绳縦纵繋系聡聪脳脑臓脏薫熏蛍萤覧览譲让賛赞醸酿陥陷霊灵頬颊騒骚変变恵惠悪恶応应従从徴征価价仏佛仮假児儿両两乗乘亜亚単单厳严団团営营壊坏増增奨奖"
    "姫姬娯娱実实寛宽対对巣巢帯带帰归庁厅廃废弾弹悩恼戻戾抜拔拝拜拠据挿插砲炮纎纤舎舍舗铺覇霸豊丰郞郎酔醉醤酱鉱矿鋳铸隣邻餠饼駆驱髄髓鬪斗歩步渉涉巻卷舖铺呉吴"
    "亀龟曽曾瑠琉畳叠働动喰食塀墙妬妒嬢娘嶋岛嶌岛髙高﨑崎濵滨邉边邊边桒桑栁柳槇槙舩船"
)
"""Each form with its simplified one; none that is a character of modern Chinese itself (芸, 缶, 欠): those would join words."""

FOLDED = dict(zip(_FORMS[::2], _FORMS[1::2], strict=True))
