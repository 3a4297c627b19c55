from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analyst.protocol.table import OpenedTable

TEXTS = {
    "Japanese": (
        "名前,都市,n\n田中,東京,1\n鈴木,大阪,2\n山田太郎,横浜市,3\nりんご,青森県,4\n",
        ["cp932", "euc_jp", "utf-16", "utf-8-sig"],
    ),
    "Chinese": ("名称,城市,n\n张三,北京,1\n李四,上海,2\n中国移动通信集团,北京市,30\n", ["gb18030", "utf-16"]),
    "Traditional Chinese": ("名稱,城市,n\n張三,臺北,1\n王小明,臺中市,12\n臺灣電路公司,新竹,30\n", ["big5"]),
    "Traditional Chinese of few words": ("班級,分數\n一班,75\n二班,73\n", ["big5"]),
    "Chinese pairs that are UTF-8 too": ("学号,班级,分数\n某女,C01,80\n某男,C02,75\n", ["gb18030"]),
    "Japanese without kana": ("氏名,学年,得点\n佐藤健一,三年,82\n高橋美咲,二年,91\n", ["euc_jp", "cp932"]),
    "Japanese prices without kana": ("商品分類,在庫数\n文房具,12\n家電製品,5\n食料品,33\n", ["euc_jp"]),
    "Chinese marks": ("学校,班级,成绩\n第一中学,三班,88\n实验小学,二班,92\n", ["gb18030"]),
    "Chinese stock": ("药品,库存\n阿司匹林,30\n青霉素,12\n", ["gb18030"]),
    "Czech in capitals": ("MĚSTO,n\nŽATEC,1\nŠUMPERK,2\nČÁSLAV,3\n", ["iso8859_2", "cp1250"]),
    "Czech words that begin in signs": ("věc,n\nšaty,1\nťuhýk,2\nždár,3\n", ["iso8859_2", "cp1250"]),
    "Slovak": ("obec,n\nĽubica,1\nŽilina,2\nŤahanovce,3\nŠaľa,4\n", ["cp1250", "iso8859_2"]),
    "Japanese of few words": ("店,金額\n渋谷,2\n新宿,3\n", ["cp932"]),
    "Korean": ("이름,도시,n\n김철수,서울,1\n이영희,부산,2\n", ["cp949"]),
    "Russian": ("имя,город,n\nИван,Москва,1\nОльга,Казань,2\n", ["cp1251", "koi8_r", "cp866"]),
    "Czech": ("jméno,město,n\nJiří,Plzeň,1\nŽofie,Třebíč,2\n", ["cp1250"]),
    "Polish": ("imię,miasto,n\nŁukasz,Łódź,1\nZając,Kraków,2\nSpółka,Gdańsk,3\n", ["cp1250"]),
    "Polish words that begin or end in a sign": ("miasto,n\nŁódź,1\nKraków,2\nŁuków,3\n", ["cp1250"]),
    "Czech with ě alone": ("okres,n\nDěčín,1\nMěsto,2\nVěrovany,3\n", ["cp1250"]),
    "Polish without ł": ("miasto,n\nŚwidnica,1\nPoznań,2\nToruń,3\n", ["cp1250", "iso8859_2"]),
    "Polish with ą and ś": ("miasto,n\nŚląsk,1\nWąbrzeźno,2\nCzęstochowa,3\n", ["cp1250", "iso8859_2"]),
    "Hungarian": ("megye,n\nGyőr,1\nHódmezővásárhely,2\n", ["cp1250"]),
    "Romanian": ("oraş,n\nBraşov,1\nConstanţa,2\n", ["cp1250"]),
    "Slovene": ("občina,n\nKočevje,1\nŠkofja Loka,2\nBrežice,3\n", ["cp1250"]),
    "Croatian": ("prezime,n\nMilošević,1\nĐurić,2\nŽupan,3\n", ["cp1250"]),
    "Italian": ("città,n\nForlì,1\nCefalù,2\nperò,3\n", ["cp1252"]),
    "Catalan": ("ciutat,n\nHistòria,1\nallò,2\nBarça,3\n", ["cp1252"]),
    "Estonian": ("linn,n\nPõlva,1\nVõru,2\nTüri,3\n", ["cp1252"]),
    "Portuguese": ("cidade,n\nSão Paulo,1\nCamões,2\nvocê,3\n1º,4\n", ["cp1252"]),
    "French with œ and ï": ("mot,n\ncœur,1\nŒuvre,2\nnaïf,3\nère,4\noù,5\n", ["cp1252"]),
    "Greek": ("πόλη,n\nΑθήνα,1\nΘεσσαλονίκη,2\nΠάτρα,3\n", ["cp1253"]),
    "Turkish": ("şehir,n\nMuğla,1\nİzmir,2\nEskişehir,3\nIğdır,4\n", ["cp1254"]),
    "Hebrew": ("עיר,n\nתל אביב,1\nירושלים,2\n", ["cp1255"]),
    "Arabic": ("المدينة,n\nالقاهرة,1\nالرياض,2\n", ["cp1256"]),
    "Thai": ("เมือง,n\nกรุงเทพ,1\nเชียงใหม่,2\n", ["cp874"]),
    "Icelandic": ("nafn,n\nÞórður,1\nÁsdís,2\nGuðný,3\n", ["cp1252"]),
    "pounds": ("price\n£5 café\n£7 crème\n", ["cp1252"]),
    "German": ("name,stadt,n\nMüller,Zürich,1\nGröße,Köln,2\n", ["cp1252", "latin-1", "mac_roman", "utf-32"]),
    "French": ("prénom,ville,n\nÉlodie,Besançon,1\nHélène,Orléans,2\n", ["cp1252", "mac_roman", "cp850"]),
    "Spanish": ("nombre,n\nMuñoz,1\nLogroño,2\nÁvila,3\n¿Qué?,4\n", ["cp1252"]),
    "Danish": ("navn,n\nSørensen,1\nÅrhus,2\nKjær,3\n", ["cp1252"]),
    "with signs": ("a,n\n5 €,1\n„ja“ – nein,2\n", ["cp1252"]),
    "with the euro of Latin-9": ("prix,n\ndès 5 €,1\ndès 6 €,2\n", ["iso8859-15"]),
}


@pytest.mark.parametrize("text", ["name,n\nMüller,1\nGröße,2\n", "город,n\nМосква,1\n", "a,n\n5 €,1\n„ja“,2\n"])
def test_letters_that_were_encoded_twice_are_decoded_again(text: str, opened: Any, rows: Any) -> None:
    twice = "".join(
        chr(b) if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([b]).decode("cp1252") for b in text.encode()
    )
    table = opened(twice)
    assert [row[0] for row in rows(table)] == [line.split(",")[0] for line in text.splitlines()[1:]]
    assert [note.kind for note in table.notes] == ["encoding"]


@pytest.mark.parametrize("text", ["nom,n\nÃ,1\nPÃO,2\nSÃO PAULO,3\n", "name,n\nÅsa,1\nÂge,2\n"])
def test_capitals_with_accents_are_no_letters_encoded_twice(text: str, opened: Any, rows: Any) -> None:
    assert [row[0] for row in rows(opened(text))] == [line.split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("language", "codec"), [(language, codec) for language, (_, cs) in TEXTS.items() for codec in cs]
)
def test_a_text_is_read_by_the_encoding_that_it_was_written_in(
    language: str, codec: str, opened: Callable[..., OpenedTable], rows: Callable[[OpenedTable], list[tuple[Any, ...]]]
) -> None:
    text = TEXTS[language][0]
    table = opened(text.encode(codec))
    first, *others = (line.split(",") for line in text.splitlines())
    assert list(table.columns) == first
    assert [[str(cell) for cell in row] for row in rows(table)] == others


def test_an_accent_after_a_megabyte_of_ascii_is_read_too(
    opened: Callable[..., OpenedTable], rows: Callable[[OpenedTable], list[tuple[Any, ...]]]
) -> None:
    table = opened(("a,b\n" + "plain,1\n" * 150_000 + "東京都港区,2\n").encode("cp932"))
    assert rows(table)[-1] == ("東京都港区", 2)
