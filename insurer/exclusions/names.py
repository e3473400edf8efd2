"""How hospitals write names, brought to one form before any list is asked.

Folding takes away what carries no meaning (width, case, spaces, dashes, old characters) and keeps what does
(brackets and commas become ``|``, a border that no listed word crosses). Pure and cached by text.
"""

import re
import unicodedata
from functools import lru_cache

BORDER = "|"
"""Stands for a bracket, comma or plus sign in folded text."""

_TRADITIONAL = (
    "蟲虫膠胶內内鏡镜藥药體体檢检費费護护臟脏腎肾點点術术龍龙馬马窩窝參参蔘参葠参紅红黃黄貝贝歸归複复電电視视話话調调單单間间營营養养獻献幹干細细採采運运儲储質质離离顯显斷断層层掃扫療疗診诊膚肤義义"
    "齒齿聽听監监鑑鉴別别羅罗漢汉發发臍脐帶带庫库臘腊貴贵優优價价請请陳陈緊紧無无淺浅淨净製制鮮鲜鹽盐薑姜鱉鳖龜龟蔲蔻豬猪雞鸡鴨鸭驢驴腦脑腸肠膽胆靈灵蓮莲棗枣葉叶殼壳竊窃鎖锁銀银樓楼麥麦後后會会遠远"
    "線线標标準准級级壓压氣气燒烧傷伤復复頻频項项網网輸输貼贴腳脚購购備备車车東东國国門门產产頭头麗丽烏乌萬万與与專专業业叢丛絲丝嚴严豐丰臨临為为樂乐習习書书買买亞亚親亲從从倉仓儀仪眾众傳传倫伦側侧"
    "兒儿黨党蘭兰關关冊册寫写軍军農农沖冲衝冲決决凍冻減减鳳凤則则創创劑剂劍剑剝剥辦办務务動动勞劳勢势區区醫医華华協协賣卖盧卢鹵卤廠厂歷历廁厕縣县雙双變变號号啟启員员響响噴喷囑嘱團团園园圍围圓圆聖圣"
    "場场壞坏塊块堅坚墳坟墜坠墊垫壯壮聲声處处夾夹妝妆婦妇娛娱嬰婴孫孙學学寧宁寶宝實实審审宮宫寬宽賓宾寢寝對对尋寻導导壽寿將将塵尘屬属歲岁島岛幣币師师帳帐幫帮乾干廣广慶庆應应廢废開开異异棄弃張张彎弯"
    "彈弹強强當当錄录徵征徑径懷怀總总惡恶懸悬癒愈戰战戶户擴扩撫抚搶抢報报擔担擬拟擇择掛挂換换據据損损擺摆數数舊旧時时暈晕暫暂機机殺杀雜杂權权條条來来楊杨極极構构槍枪櫃柜欄栏樹树樣样檔档橋桥欖榄櫥橱"
    "歐欧殘残毀毁匯汇湯汤沒没淚泪澤泽潔洁漿浆測测濟济濃浓塗涂潤润漸渐溫温濕湿滿满濾滤滅灭燈灯災灾爐炉煉炼熱热爛烂煙烟愛爱牽牵狀状獨独狹狭獵猎貓猫瑪玛環环現现畫画瘧疟瘍疡瘡疮癥症癰痈癢痒瘻瘘癱瘫癬癣"
    "皺皱盞盏蓋盖盤盘碼码確确禮礼禿秃種种積积稱称稅税穩稳競竞筆笔筍笋簽签簡简類类糞粪糧粮糾纠約约紀纪纖纤純纯紗纱納纳縱纵紙纸紋纹紡纺練练組组織织終终經经結结絨绒絡络給给統统繼继續续綿绵繃绷綜综綠绿"
    "縫缝縮缩罰罚職职聯联腫肿脹胀脅胁勝胜脈脉膿脓脫脱臉脸艙舱藝艺節节蘆芦蒼苍蘇苏蘋苹莖茎莢荚獲获蘿萝藍蓝薔蔷蘄蕲蝕蚀蟻蚁螞蚂蝦虾蠣蛎蛻蜕蝸蜗蠟蜡蠍蝎銜衔補补襯衬裝装褲裤見见觀观規规覺觉覽览觸触訂订"
    "計计認认讓让訓训議议記记講讲許许論论設设訪访證证評评識识訴诉詞词譯译試试誠诚誕诞詢询詳详誤误說说讀读課课談谈謝谢負负財财責责賬账貨货貧贫貯贮貫贯貸贷資资賠赔贈赠趙赵踐践蹤踪軌轨轉转輪轮軟软輕轻"
    "載载較较輔辅輻辐邊边遼辽達达過过還还進进連连遲迟適适選选遞递遺遗郵邮鄰邻鬱郁釋释針针釘钉鈣钙鈦钛鐘钟鈉钠鋼钢錢钱鉗钳鈷钴鑽钻鐵铁鉛铅銅铜鋁铝鋪铺鏈链銷销鍋锅鋒锋鐦锎錯错錫锡錐锥鍵键鎮镇鎊镑鑲镶"
    "長长閉闭問问聞闻閥阀閱阅隊队陽阳陰阴陣阵階阶際际陸陆險险隨随隱隐難难霧雾靜静頁页頂顶順顺須须預预顱颅領领頸颈顆颗題题顏颜額额風风飛飞飯饭飲饮飾饰飼饲餅饼館馆驅驱駕驾騾骡魚鱼鯉鲤鯪鲮鰾鳔鱗鳞鳥鸟"
    "鴿鸽鵝鹅鶴鹤鷹鹰麩麸髮发"
)
_VARIANTS = "葺茸艹草象像曩囊嚢囊傋备葚椹蔾藜摂摄圗图內内衞卫"
_DASHES = "－—–‐‑‒―−─━~～_"
_LOOSE = ".·•・。:：'\"“”‘’`^*＊#▲△▼▽★☆●○◎■□◆◇※→←√✓✔®™©°§¤"
_BORDERS = "()[]{}<>《》〈〉「」『』【】〔〕〖〗（）［］,，、;；/+＋&|!?！？=@\\"

_TABLE: dict[int, str] = {}
for _pairs in (_TRADITIONAL, _VARIANTS):
    for _index in range(0, len(_pairs), 2):
        _TABLE[ord(_pairs[_index])] = _pairs[_index + 1]
for _mark in _DASHES:
    _TABLE[ord(_mark)] = "-"
for _mark in _LOOSE:
    _TABLE[ord(_mark)] = " "
for _mark in _BORDERS:
    _TABLE[ord(_mark)] = BORDER

_SOFT = re.compile(r"[\s\-]+")
_DASHED = re.compile(r"(?:(?<=[^a-z\s\-])|(?<=\dg)|(?<=\dmg)|(?<=\dkg)|(?<=\dml))\s*-+\s*(?=[^a-z\s\-])")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_MANY_BORDERS = re.compile(r"\s*\|[\s|]*")
_SPELLED = re.compile(r"(?<![a-z0-9])(?:[a-z] )+[a-z](?![a-z0-9])")
_CAPSULE = re.compile("胶[襄馕瓤裹裏攮](?=[^a-z])")


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Return the comparison form of a name: NFKC, lower case, simplified, one border mark, no loose marks.

    A space stays only between two Latin or digit runs (``18f fdg pet ct``), so that runs do not melt.
    """
    plain = unicodedata.normalize("NFKC", text).lower().translate(_TABLE)
    if "-" in plain:
        # A dash beside a Latin letter joins (PET-CT, X-刀); between other signs and after a measure it
        # parts (儿科-阿胶, 阿胶10g-门诊).
        plain = _DASHED.sub(BORDER, plain)
    if "-" in plain or " " in plain or "\t" in plain or "\u3000" in plain or "\n" in plain:
        plain = _tighten(plain)
    if BORDER in plain:
        plain = _MANY_BORDERS.sub(BORDER, plain).strip(BORDER)
    if "胶" in plain:
        plain = _CAPSULE.sub("胶囊", plain)
    return plain


def _tighten(text: str) -> str:
    parts = [part for part in _SOFT.split(text) if part]
    if not parts:
        return ""
    joined = [parts[0]]
    for part in parts[1:]:
        joined.append(" " + part if joined[-1][-1] in _LATIN and part[0] in _LATIN else part)
    tight = "".join(joined)
    return _SPELLED.sub(lambda found: found.group().replace(" ", ""), tight)


def without_borders(folded: str) -> str:
    """Return folded text with the borders taken out, for words that brackets cut in two."""
    return folded.replace(BORDER, "")


_MEASURE = re.compile(
    r"(?:[x×]\s*)?\d+(?:[.\s]\d+)?\s*"
    r"(?:kg|mg|ml|g|千克|公斤|克|毫升|袋|包|盒|瓶|支|片|粒|条|对|只|剂|付|帖|贴|次|个|枚|套|日|天|级|号|头|%)?"
    r"(?:\|?[x×]?\s*\d+\s*(?:g|克|袋|包|盒|瓶|支|剂|付|贴|片|粒)?)?$"
)


_DIGIT = re.compile(r"\d")
_LEADING_MEASURE = re.compile(
    r"^\d+(?:[. ]\d+)?(?:kg|mg|g|千克|公斤|克|袋|包|盒|瓶|支|片|粒|条|对|只|枚)\|?(?=[^\d])"
)


def without_measure(folded: str) -> str:
    """Take counts and sizes off the end of a folded name (``阿胶10g``, ``西洋参|5g|袋``)."""
    if not _DIGIT.search(folded):
        return folded.rstrip(" |x×") or folded
    folded = _LEADING_MEASURE.sub("", folded) or folded
    while True:
        shorter = _MEASURE.sub("", folded).rstrip(" |x×")
        if shorter == folded or not shorter:
            return folded
        folded = shorter


_NOISE = re.compile(
    r"\d+(?:[. ]\d+)?(?:元|角|分|次|天|日|人|例|项|人次|床日|小时|分钟|g|mg|ml|个|支|片|盒|号|克"
    r"|剂|付|帖|贴|味|包|袋)?"
    r"|[全医非]?自费|[甲乙丙](?:类)?|[^|]{1,4}科|门诊?|住院?|急诊?|病区|门急诊|进口|国产|合资|[新旧]|每[次日天人项例]"
    r"|一次性|单价|限价|小包装|收费|普通|非?医保[内外]?|公费|目录[内外]|[次元日天人个项例]|[a-z]{1,3}"
)


def core(folded: str) -> tuple[str, ...]:
    """Return the parts of a folded name without remarks (payer, unit, price, department) and counts."""
    parts = [without_measure(part) for part in folded.split(BORDER)]
    kept = tuple(part for part in parts if part and not _NOISE.fullmatch(part))
    return kept or tuple(parts)
