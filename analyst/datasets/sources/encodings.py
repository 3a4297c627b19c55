"""The encoding of a text that is not UTF-8, guessed from its bytes: marks, NULs, then what its letters would be."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN = {
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little-endian)",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252 (Western European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
    "mac_roman": "Mac Roman",
    "cp850": "code page 850 (DOS)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp866": "code page 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp874": "Windows-874 (Thai)",
}
"""What an encoding is called in messages."""
_FAMILIES = {
    "cp932": "cp932", "shift_jis": "cp932", "shift_jis_2004": "cp932", "shift_jisx0213": "cp932", "euc_jp": "euc_jp",
    "euc_jis_2004": "euc_jp", "euc_jisx0213": "euc_jp", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
    "big5": "big5", "big5hkscs": "big5", "cp950": "big5", "cp949": "cp949", "euc_kr": "cp949", "johab": "cp949",
}  # fmt: skip
"""The guesses of charset-normalizer that are followed, and what they come to."""
_CYRILLIC = frozenset("оеаинтсрвлкмдпуя")
_EAST_ASIAN_PAIRS = re.compile(rb"[^\x80-\xff]*(?:[\xa1-\xf7][\xa1-\xfe][^\x80-\xff]*)+[\xa1-\xf7]?")
_KANJI = frozenset(
    "一二三四五六七八九十百千万円年月日時分人口男女計合名前会社東西南北京都大阪府県市区町村道番号地域国内外本数量金額売上原価高"
    "店商品種類別者生中小学校部課長電話住所氏株式度期間総新旧山川田島野井木林森松福岡愛知神奈葉静広兵庫海沖縄長熊鹿児宮城青秋"
    "形茨栃群潟富石梨岐滋三重良和歌鳥取根徳香媛佐賀崎戸横浜谷池袋駅線車員業営務開発従有限死亡出入単定規在職場実績予算率比平均"
    "院病立医療機構国語社理科得点文図工体音楽食料電製品庫回答評価結果内容備考担当先発注受注納入請求支払残仕荷配送税込抜消費"
    "火水木土曜前後左右手足目耳朝昼夜春夏冬父母子供夫妻働使用私自公共建設交通運輸農漁林鉱情報通信保険融資教育研究事故件災害"
)
_HANZI = frozenset(
    "的一二三四五六七八九十百千万元年月日时分人口男女总计合名称公司东西南北京市省区县镇村上海广州深圳天津重庆江苏浙安徽福建湖"
    "河四川山陕甘云贵黑龙吉林辽宁内蒙古新疆藏数量金额销售商品类别部门电话地址姓编号收入产值国家中小学校单位价格客户订城成都武"
    "汉杭生出站车务财事行业本年度增长率比平均费用利润支付款项目学号班级成绩分语文英体医院床位药品库存设备型号客服务房屋面积社区街道居民家庭农民企业建筑交通运输信息教育科技事件王李张刘陈杨赵黄周吴徐孙铅笔尺子橡皮龄无锡"
)
"""The commonest characters of Japanese and of Chinese tables, which the same bytes stand for others of."""
_SPOKEN = 0.3
"""The share of such characters that a text has."""
_PAIRED = {
    "big5": re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]"),
    "cp932": re.compile(rb"[\x81-\x83\x88-\x97][\x40-\x7e\x80-\xfc]"),
}
"""Codecs with ASCII bytes within characters: their punctuation, letters and commonest characters."""
_ALPHABETS = {
    "cp1251": _CYRILLIC, "koi8_r": _CYRILLIC, "cp866": _CYRILLIC, "cp1253": frozenset("αοιετσνηυρπκλςμάίόέή"),
    "cp1255": frozenset("יוהלתרמאבשנםדק"), "cp1256": frozenset("المنيورتبةدعسهحق"),
    "cp874": frozenset("ากรนเงมอลยสทวดต่้ิีั็์ใไป"),
}  # fmt: skip
"""Codecs of alphabets with one byte a letter, and the commonest letters of these."""
_COMMON, _WHOLE_WORDS = 0.6, 0.5
"""The shares of letters that must be common ones, and that must follow another."""
_TURKISH, _NOT_TURKISH = frozenset("ðýþÝÞÐ"), frozenset("áéíóúæÁÉÍÓÚÆ")
"""Turkish letters read as Windows-1252, where Icelandic has them too, with others beside them."""
_WESTERN = ("cp1252", "mac_roman", "cp850")
_ACCENTED = frozenset("äöüßéèêëàâçñóíáúîïôûøåæœãõìòùý" + "ÄÖÜÉÈÀÇÑÅØÆ" + "€£°§–—‘’“”„…«»·²³½ªº®©™¿¡")
_LETTER, _CONSONANT = r"[^\W\d_]", r"[b-df-hj-np-tv-z³\u0161\u017e]"
_NOT_WESTERN = re.compile(
    rf"(?<={_LETTER})[³¹¿¼¾£¥¯ª±¶µ©»º](?={_LETTER})|(?<!\w)[£¯ª¦¬](?={_LETTER})|(?<=[a-z])Ÿ"
    rf"|(?<!\w)®(?={_LETTER})|(?<!\w)©(?=[A-ZÀ-Ý]{{2}})|[ìù](?={_LETTER})|(?<!\w)(?!è(?:re|me)s?\b)[èï](?=[a-z]{{2}})|(?<={_CONSONANT})ï(?={_CONSONANT})|ñ(?={_CONSONANT}|\b)|iæ\b"
    r"|œ(?![ueil])|Œ(?![UEIuei])|[šžŠŽ]",
    re.IGNORECASE,
)
"""Signs and letters of Windows-1252 that are none of its languages where they stand: what letters of Czech, Polish,
Romanian and their neighbors are read as."""
_HUNGARIAN = re.compile(r"õ(?![esi])|û(?![rtmls]\b)")
_ISO_SIGNS = re.compile(
    rf"(?<!\w)¹(?={_LETTER})|(?<={_LETTER})[±¶](?={_LETTER}|\b)|(?<=[ìøùè])[a-z]*[¹¾](?={_LETTER})|[¹¾](?=[a-z]*[ìøù])|(?<!\w)[©®¦](?={_LETTER})"
)
"""Signs where ISO 8859-2 has letters and Windows-1250 has others."""
_SAMPLE, _LINES = 20_000, 200
_TWICE = re.compile(b"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
"""The first bytes of letters of a text read as Windows-1252 and encoded again: Â, Ã, Ð or â, then no ASCII."""
_BYTES = {chr(code): code for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that Windows-1252 has no sign for, and programs keep as they are."""


def detect_encoding(head: bytes, strange: bytes) -> str:
    """The Python codec of a text. `strange` is its first piece that is no UTF-8, empty when all of it is."""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    return _wide_codec(head) or (_legacy_codec(strange) if strange else "utf-8")


def is_encoded_twice(head: bytes) -> bool:
    """Whether most lines of a UTF-8 text that are not ASCII are UTF-8 again when read as Windows-1252: Ã¼ for ü."""
    if not _TWICE.search(head):
        return False
    strange = [line for line in head.decode("utf-8", "ignore").splitlines() if not line.isascii()][:_LINES]
    return sum(decoded_again(line) is not None for line in strange) > 0.8 * len(strange)


def decoded_again(line: str) -> str | None:
    """A line that was encoded twice as it was meant; None for any other."""
    if line.isascii():
        return None
    try:
        return bytes(_BYTES.get(char) or char.encode("cp1252")[0] for char in line).decode("utf-8")
    except (UnicodeError, ValueError):
        return None


def _wide_codec(head: bytes) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is NUL."""
    sample = head[:4000]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _legacy_codec(piece: bytes) -> str:
    if _mostly_utf8(piece):
        return "utf-8"
    sample = _strange_lines(piece)
    paired = next((codec for codec, form in _PAIRED.items() if _is_paired(sample, form)), None)
    if paired is not None:
        return paired
    if _runs(sample.decode("latin-1")) > 0.3:
        foreign = _foreign_codec(sample)
        if foreign:
            return foreign
    return _western_codec(sample)


def _strange_lines(piece: bytes) -> bytes:
    """The lines that are not ASCII, up to _SAMPLE bytes."""
    lines, size = [], 0
    for line in piece.splitlines():
        if not line.isascii():
            lines.append(line)
            size += len(line)
            if size > _SAMPLE:
                break
    return b"\n".join(lines)


def _runs(text: str) -> float:
    """The share of non-ASCII characters that follow another: a Western accent is a lone one amid ASCII letters."""
    strange = sum(ord(char) > 127 for char in text)
    return sum(ord(one) > 127 and ord(two) > 127 for one, two in pairwise(text)) / max(1, strange)


def _foreign_codec(sample: bytes) -> str | None:
    """The East Asian codec, or that of another alphabet, that reads all of `sample`."""
    shares = {codec: _share(sample, codec, letters) for codec, letters in _ALPHABETS.items()}
    likeliest = max(shares, key=lambda codec: shares[codec])
    if shares[likeliest] > _COMMON and _runs(sample.decode("latin-1")) > _WHOLE_WORDS:
        return likeliest
    if (plain := _paired_codec(sample)) is not None:
        return plain
    best = from_bytes(sample).best()
    family = _FAMILIES.get(best.encoding) if best is not None else None
    return family if family and "\ufffd" not in sample.decode(family, "replace") else None


def _paired_codec(sample: bytes) -> str | None:
    """The codec of pairs of bytes that are not ASCII, by the rows of the tables that they are of: a tenth of Japanese
    is kana, and much of Chinese stands behind the rows where Korean ends; Japanese without kana by its characters."""
    if not _EAST_ASIAN_PAIRS.fullmatch(sample):
        return None
    leads = [pair[0] for pair in re.findall(rb"[\xa1-\xfe]{2}", sample)]
    if sum(lead in (0xA4, 0xA5) for lead in leads) > 0.1 * len(leads):
        return "euc_jp"
    kanji, hanzi = (_share(sample, codec, known) for codec, known in (("euc_jp", _KANJI), ("gb18030", _HANZI)))
    if kanji > max(_SPOKEN, hanzi):
        return "euc_jp"
    common = sum(0xB0 <= lead <= 0xD7 for lead in leads) >= 0.95 * len(leads)
    return "gb18030" if common and sum(lead > 0xC8 for lead in leads) > 0.1 * len(leads) else None


def _is_paired(sample: bytes, form: re.Pattern[bytes]) -> bool:
    """Whether nearly all bytes that are not ASCII are of common characters of a codec of two bytes, some of which have
    an ASCII byte, of several rows of its table."""
    pairs = form.findall(sample)
    strange = sum(byte > 127 for byte in sample)
    covered = sum((pair[0] > 127) + (pair[1] > 127) for pair in pairs)
    mixed = 0.1 * len(pairs) <= sum(pair[1] < 128 for pair in pairs) < len(pairs)
    return mixed and covered >= 0.95 * strange and len({pair[0] for pair in pairs}) > 2


def _western_codec(sample: bytes) -> str:
    """Windows-1252 unless the letters are unlikely: a Mac's, those of DOS, the sign ¤ for €, Czech or Polish."""
    text = sample.decode("cp1252", "replace")
    if "¤" in text and "\ufffd" not in text:
        return "iso8859-15"
    best = max(_WESTERN, key=lambda codec: _share(sample, codec, _ACCENTED))
    if best == "mac_roman" and _capitals(sample, "cp1250") > _capitals(sample, best):
        return "cp1250"
    if best != "cp1252" and _share(sample, best, _ACCENTED) > 0.9 > _share(sample, "cp1252", _ACCENTED) + 0.2:
        return best
    if _central_european(text):
        return "iso8859_2" if _ISO_SIGNS.search(text) else "cp1250"
    if _turkish(text):
        return "cp1254"
    return "latin-1" if "\ufffd" in text else "cp1252"


def _share(sample: bytes, codec: str, letters: frozenset[str]) -> float:
    """The share of non-ASCII characters that are among `letters`, and no capitals within a word."""
    text = sample.decode(codec, "replace")
    strange = [(one, two) for one, two in pairwise(" " + text) if ord(two) > 127]
    likely = sum(two in letters and not (two.isupper() and one.islower()) for one, two in strange)
    return likely / max(1, len(strange))


def _capitals(sample: bytes, codec: str) -> float:
    """The share of letters that are not ASCII, at the beginning of words, that are capitals: names have them there."""
    first = re.findall(r"(?<!\w)([^\W\d_a-zA-Z])(?=[a-z])", sample.decode(codec, "replace"))
    return sum(map(str.isupper, first)) / len(first) if len(first) > 2 else 0.0


def _central_european(text: str) -> bool:
    """Whether text read as Windows-1252 has letters where no Western language has them: ì within a word is ě, ñ before
    a consonant is ń, º within a word is ş; and ő or ű amid the accents of Hungarian."""
    strange = sum(ord(char) > 127 for char in text)
    wrong = len(_NOT_WESTERN.findall(text))
    czech = "ø" in text and "ì" in text and not {"å", "æ"} & set(text)
    hungarian = len(_HUNGARIAN.findall(text)) if set("áéíó") & set(text) and not set("ãçœøåæ") & set(text) else 0
    return wrong + hungarian > 0.1 * strange or czech


def _turkish(text: str) -> bool:
    strange = [char for char in text if ord(char) > 127]
    turkish = sum(char in _TURKISH for char in strange)
    return turkish > 0.1 * len(strange) and not _NOT_TURKISH & set(strange)


def _mostly_utf8(piece: bytes) -> bool:
    """Whether more places are UTF-8 letters than broken bytes: a UTF-8 text with a few strange bytes pasted in.

    Text in Chinese and Korean codecs has pairs that happen to be UTF-8, but no byte of it stands alone.
    """
    text = piece.decode("utf-8", "replace").removesuffix("\ufffd")
    broken = text.count("\ufffd")
    whole = sum(ord(char) > 127 for char in text) - broken
    return whole >= max(1, broken) and not _EAST_ASIAN_PAIRS.fullmatch(piece)
