"""Names of people by their form: "Anna Kimmel", "KIMMEL, Anna", "A. Kimmel", "Dr. Kimmel", 王小明.

Two words alone prove nothing ("Gross Margin", "New York"), so the words decide: known given names, words of no
dictionary, and words that no person is called.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from enum import IntEnum

from analyst.core.text import MARKS, fold
from analyst.datasets.privacy.lexicon import given_names, is_english, is_name, is_ordinary, places, surnames, words_of


class Likeness(IntEnum):
    """How like a person's name a text is; SURE: holds a known given name in the place of one, or a title."""

    NONE = 0
    LIKELY = 1
    SURE = 2


MOST_LETTERS = 60
_LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
_WORD = re.compile(rf"{_LETTER}+(?:['’`.\-]{_LETTER}+)*\.?")
_WRITTEN = re.compile(rf"{_LETTER}(?:{_LETTER}|[\s,.'’`\-()\"“”])*")
_ONE_WORD = re.compile(
    rf"{_LETTER}{{3,}}(?:[._]{_LETTER}{{2,}}){{1,2}}|[a-z]{{3,}}(?:-[a-z]{{2,}}){{1,2}}|(?:[A-Z][a-z]{{2,}}){{2,3}}"
)
_CAPITAL = rf"(?=[^\W\d_a-z]){_LETTER}+(?:['’\-]{_LETTER}+)?"
_RUN = re.compile(rf"{_CAPITAL}(?:[ _]{_CAPITAL})+")
_TITLED = re.compile(
    rf"(?<!\w)(?P<title>[^\W\d_]+)"
    rf"(?=\.? (?P<own>(?:(?:van|von|de|der|den|del|della|di|da|la|le|el) ){{0,2}}{_CAPITAL}(?: {_CAPITAL})?))"
)
_MONSIEUR = re.compile(rf"(?<=\w )M\. (?P<own>{_CAPITAL})")
_SMALL_PAIR = re.compile(r"(?<![\w'’])(?=(?P<given>[a-z]{3,}) (?P<family>[a-z]{3,})(?![\w'’]))")
_CYRILLIC = re.compile(r"[А-ЯЁІЇЄ][а-яёіїє]{3,}")
_CASES = re.compile(r"(?:ого|ому|ой|ою|ей|ым|ом|ем|[уюаяыие])$")
"""How Russian and Ukrainian end a name that is no subject: "жалоба Ольги Петровой"."""
_BASES = ("", "а", "я", "ь", "й", "ий")
_GREETED = re.compile(
    r"\b(?:Dear|Hi|Hello|Hallo|Lieber?|[Gg]eehrter? (?:Herr|Frau)|Bonjour|Cher|Chère|Estimad[oa]|Querid[oa]"
    rf"|Caro|Cara|Gentile|Beste|Kære|Hej|Prezad[oa])\s+(?:(?:Mr|Mrs|Ms|Dr)\.? )?({_CAPITAL}(?: {_CAPITAL})?)"
)
"""Whom a letter greets."""
_HAN_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦付方白邹孟熊秦邱尹薛闫段雷侯史陶黎贺顾毛郝龚邵钱严覃戴莫孔汤張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉蘇魏呂盧鍾譚陸"
)
_HANGUL_SURNAMES = frozenset("김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허남심노하곽성차주우구민진")
_HONORED = re.compile(
    r"(?P<own>[\u3400-\u9fff々]{1,4}|[\u30a1-\u30fa]{2,6})(?=さん|様|氏|くん|ちゃん|先生|女士|小姐)"
    r"|(?P<hangul>[\uac00-\ud7a3]{2,4})(?= ?(?:씨|님))"
)
_NO_NAMES = frozenset(("客", "皆", "奥", "王", "고객", "손", "선생"))
"""What is honored and is nobody by name: お客様, 皆さん."""
_OWNING = re.compile(r"(?P<own>[\u3400-\u9fff々]{2,3})(?=の)")
"""Who has something, in Japanese."""
_EAST_ASIAN = re.compile(r"[\u3400-\u9fff々]{2,}|[\uac00-\ud7a3]{3,}")
_HAN = re.compile(r"[\u3400-\u9fff々]{2,6}|[\u3400-\u9fff々]{1,3}[\u3041-\u3096]{1,4}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{3}")
_KANA = re.compile(r"[\u3041-\u3096]{2,6}[ 　][\u3041-\u3096]{2,6}|[\u30a1-\u30fa]{2,6}[ 　][\u30a1-\u30fa]{2,6}")
"""How Japanese write the sound of a name: two words of kana alone."""


def likeness(text: str) -> Likeness:
    """How like the name of one person `text` is as a whole."""
    text = spaced(text.strip())
    if not 1 < len(text) <= MOST_LETTERS or not _WRITTEN.fullmatch(text):
        return Likeness.NONE
    if east_asian(text):
        return _east_asian_likeness(text)
    words = [word.rstrip(".") for word in _WORD.findall(text)]
    titled = fold(words[0]) in words_of("titles") and len(words) > 1
    words = [word for word in (words[1:] if titled else words) if fold(word) not in words_of("suffixes")]
    core = [word for word in words if fold(word) not in words_of("particles") or len(words) < 2]
    if not 1 <= len(core) <= 4 or any(fold(word) in words_of("institutions") for word in core) or not _is_cased(core):
        return Likeness.NONE
    return _of_words(core, titled=titled, inverted=text.count(",") == 1 and len(core) > 1)


def spaced(text: str) -> str:
    """A name that is written as one word, as several: "anna_kimmel", "anna-kimmel", "AnnaKimmel"."""
    if not _ONE_WORD.fullmatch(text):
        return text
    parted = re.sub(r"[._]|(?<=[a-z])-(?=[a-z])", " ", re.sub(r"(?<=[a-z])(?=[A-Z][a-z]{2})", " ", text))
    return parted.title() if parted.islower() and parted != text else parted


def is_full(text: str) -> bool:
    """Whether a name has more than one word: a single one may be many things."""
    return len(_WORD.findall(spaced(text))) > 1 or east_asian(text)


def east_asian(text: str) -> bool:
    """Whether a text is written in Chinese characters, kana or hangul."""
    return bool(re.fullmatch(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3々・ 　]+", text.strip()))


def names_within(text: str) -> list[str]:
    """The names in running text: a given name before one or two capitalized words that no dictionary has, whom a title
    or a greeting announces, two known names in small letters, and names in scripts and cases of their own."""
    names = [name for run in _RUN.findall(text) for joint in " _" for name in _in_run(run.split(joint), joint)]
    names += [name for name in _GREETED.findall(text) if not all(is_ordinary(fold(word)) for word in name.split())]
    names += [*_titled(text), *_in_small_letters(text), *_declined(text), *honored_within(text)]
    return [*(couple for name in names if (couple := _couple(name, text))), *names]


def honored_within(text: str) -> Iterator[str]:
    """Names in Chinese, Japanese and Korean text, by what honors them or by a known surname and given name."""
    for found in _HONORED.finditer(text):
        name = found["own"] or found["hangul"]
        if name not in _NO_NAMES:
            yield name
    for owner in _OWNING.finditer(text):
        if owner["own"] in surnames() and owner["own"] not in places():
            yield owner["own"]
    for run in _EAST_ASIAN.findall(text):
        for length in (4, 3):
            parts = (run[start : start + length] for start in range(len(run) - length + 1))
            yield from (part for part in parts if likeness(part) is Likeness.SURE)


def _titled(text: str) -> Iterator[str]:
    """Whom a title announces: "Rückruf Frau Brandvik"; with the title where the name is an ordinary word."""
    for found in _TITLED.finditer(text):
        title = fold(found["title"])
        if title not in words_of("before names") or fold(found["own"]) in places():
            continue
        if not all(is_ordinary(fold(word)) for word in found["own"].split()):
            yield found["own"]
        elif title in words_of("before any name") and found["title"].istitle():
            yield text[found.start() : found.end("own")]
    for found in _MONSIEUR.finditer(text):
        if not is_ordinary(fold(found["own"])):
            yield found["own"]


def _in_small_letters(text: str) -> Iterator[str]:
    """A given name that is nothing else before a known name: "called james carter twice"."""
    for found in _SMALL_PAIR.finditer(text):
        given, family = found["given"], found["family"]
        is_given = given in given_names() and not is_ordinary(given)
        is_place = {given, family} & places() or given in words_of("place starts")
        if is_given and is_name(family) and not is_place:
            yield f"{given} {family}"


def _declined(text: str) -> Iterator[str]:
    """Names in Russian text, whatever their case; the first word of the text only before another name."""
    words = list(_CYRILLIC.finditer(text))
    named = [_is_declined_name(word[0].lower()) for word in words]
    for at, word in enumerate(words):
        if named[at] and (word.start() or named[at + 1 : at + 2] == [True]):
            yield word[0]


def _is_declined_name(word: str) -> bool:
    bases = {fold(base + end) for base in (word, _CASES.sub("", word)) for end in _BASES}
    return any(map(is_name, bases)) and not bases & places()


def _couple(name: str, text: str) -> str | None:
    """Whom a surname in `name` belongs to as well: "Tom & Jane Holloway"."""
    found = re.search(rf"({_CAPITAL}) (?:&|and|und|et|y|e|en|og|och) {re.escape(name)}", text)
    return found[0] if found and fold(found[1]) in given_names() else None


def _in_run(words: list[str], joint: str) -> list[str]:
    for start in range(len(words) - 1):
        if fold(words[start]) in given_names():
            for length in (3, 2):
                name = words[start : start + length]
                if likeness(" ".join(name)) is Likeness.SURE:
                    return [joint.join(name), *_in_run(words[start + length :], joint)]
    return []


def _of_words(core: list[str], *, titled: bool, inverted: bool) -> Likeness:
    initials = [word for word in core if len(word.replace(".", "")) == 1 or re.fullmatch(r"(\w\.)+\w", word)]
    full = [fold(word) for word in core if word not in initials]
    known = [any(map(is_name, re.split(r"[-'’`.]", word))) for word in full]
    strange = [not (is_english(word) or word in places()) for word in full]
    if not full or not all(k or s for k, s in zip(known, strange, strict=True)):
        return Likeness.NONE
    if titled or (inverted and full[-1] in given_names() and full[-1] not in places()):
        return Likeness.SURE
    if len(core) == 1:
        return _of_one(full[0])
    if full[0] in words_of("place starts") or " ".join(full) in places() or all(word in places() for word in full):
        return Likeness.NONE
    given = [word in given_names() or word.partition("-")[0] in given_names() for word in full]
    rare = [k and s for k, s in zip(known, strange, strict=True)]
    first = any(map(operator.and_, given, strange)) or (any(given) and sum(rare) > 0)
    if not any(strange):
        return Likeness.LIKELY if (first or initials) and all(known) else Likeness.NONE
    return Likeness.SURE if first or (initials and any(known)) else Likeness.LIKELY


def _of_one(word: str) -> Likeness:
    if is_ordinary(word) or word in places():
        return Likeness.NONE
    return Likeness.SURE if word in given_names() else Likeness.LIKELY


def _is_cased(core: list[str]) -> bool:
    """Whether every word is capitalized, or none is (then only known names count)."""
    if all(word[0].isupper() or word[0] == word[0].upper() for word in core):
        return True
    return all(word.islower() for word in core) and any(fold(word) in given_names() for word in core)


def _east_asian_likeness(text: str) -> Likeness:
    bare = re.sub(r"[ 　・]|(?:様|さん|氏|先生|女士)$", "", text)
    if _is_known_east_asian(bare):
        return Likeness.SURE
    if _KANA.fullmatch(text):
        return Likeness.LIKELY
    if _HANGUL.fullmatch(bare):
        return Likeness.LIKELY if bare[0] in _HANGUL_SURNAMES else Likeness.NONE
    if not _HAN.fullmatch(bare) or bare in places():
        return Likeness.NONE
    chinese = bare[0] in _HAN_SURNAMES and len(bare) <= 4
    japanese = len(bare) >= 3 and any(bare[:n] in surnames() for n in (1, 2, 3))
    return Likeness.LIKELY if chinese or japanese else Likeness.NONE


def _is_known_east_asian(bare: str) -> bool:
    """Whether a known surname stands before a known given name."""
    for surname in (1, 2, 3):
        first, rest = bare[:surname], bare[surname:]
        known = first in (_HAN_SURNAMES | _HANGUL_SURNAMES if surname == 1 else surnames())
        if known and fold(rest) in given_names() and len(rest) > 1:
            return True
    return False
