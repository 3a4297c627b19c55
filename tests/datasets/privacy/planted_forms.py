"""More planted personal data, all invented: the same kinds in further forms, beside other words, in other countries.

A line is as in planted.py, with one mode for each: the one in which most is shown.
"""

from __future__ import annotations

COMMON = ("James Carter", "Susan Walker", "Robert Green", "Emily Baker", "Daniel King")
RARE = ("Orsolya Brandvik", "Tarquin Mellor", "Yusra Haddad", "Bertille Fougère", "Casimir Dluzak")
RARE_INVERTED = ("BRANDVIK, Orsolya", "MELLOR, Tarquin", "HADDAD, Yusra", "FOUGERE, Bertille", "DLUZAK, Casimir")
BARE = ("Francois Lefevre", "Helene Dupre", "Rene Beaumont", "Jerome Gautier", "Zoe Marchand")

TABLE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("name of common words", "shared", "Planner|Underwriter|x|col7|Ordering provider", COMMON),
    ("name of common words, small", "shared", "Planner|rep name|x", tuple(name.lower() for name in COMMON)),
    ("name of common words, rare among others", "mixed", "Planner|x|status note", COMMON),
    ("name without its accents", "shared", "Interlocuteur|x", BARE),
    ("rare name, inverted", "shared", "x|entry2|Beneficiary|value", RARE_INVERTED),
    ("rare name by trade", "shared", "Bediener|Skipper|jockey|Entrenador|Prescriber|Rapporteur|Naam|név|jméno|성함", RARE),
    ("Dutch name", "shared", "x|k9", ("Jan de Vries", "Anneke van den Berg", "Kees Bakker", "Sanne Hoekstra")),
    ("name with hyphens, small", "shared", "owner|x", ("james-carter", "susan-walker", "robert-hartnell")),
    ("login of initial and name", "shared", "user|owner|x|col3", ("jcarter", "swalker", "ebakker", "tmellor")),
    ("name and complaint", "shared", "patient|diagnosis of|nurse",
     ("Walker Susan - flu", "Carter James - asthma", "Hartnell Robert - flu")),
    ("titled in German text", "shared", "Vorgang|Betreff|x",
     ("Rückruf Frau Brandvik", "Termin mit Herrn Mellor", "Beschwerde von Frau Haddad")),
    ("titled in French text", "shared", "objet|suivi|x",
     ("Rappeler Mme Fougère", "RDV avec M. Mellor", "Plainte de Mlle Haddad")),
    ("titled in Spanish text", "shared", "asunto|x", ("Llamar a la Sra. Haddad", "Cita con la señora Brandvik")),
    ("titled in English text", "shared", "task|outcome|x", ("Call Mr Mellor", "Visit Mrs Haddad", "Invoice Dr Dluzak", "See Mr Young")),
    ("small name in text", "shared", "info|outcome|x",
     ("called james carter twice", "refund for susan walker", "waiting on emily hartnell")),
    ("surname alone in a remark", "shared", "memo|comment|Bemerkung", ("Call Mellor back", "ask haddad first", "Okafor again")),
    ("name in Japanese text", "shared", "件名|x", ("山田太郎様より電話", "佐藤花子さん解約", "鈴木一郎氏苦情")),
    ("name in Korean text", "shared", "제목|x", ("이영희 님 환불", "박지훈씨 전화")),
    ("declined name in Russian text", "shared", "тема|x",
     ("Жалоба Ольги Петровой", "Возврат Кузнецову", "Письмо Смирнову")),
    ("phone with 00", "shared", "reach|x", ("00491701234567", "0033612345678", "00442079460958")),
    ("card, other separators", "mixed", "x|ref", ("4111/1111/1111/1111", "5500_0000_0000_0004")),
    ("taxpayer without an SSN", "mixed", "x", ("912-90-3457", "900-70-1234")),
    ("end of an SSN", "shared", "ssn4|x", ("XXX-XX-6789", "***-**-5462", "xxx-xx-9999")),
    ("Portuguese citizen's card", "mixed", "x|cartão de cidadão", ("000000000ZZ4", "00000000 0 ZZ4")),
    ("Indian voter", "mixed", "x|EPIC", ("WKH1186253", "AAA1230005")),
    ("British driver", "mixed", "x|licence", ("MORGA657054SM9IJ", "FARME100165AB5EW")),
    ("identity number by another header", "shared", "IRD number|adóazonosító", ("49-091-850", "136-410-132", "807-159-215")),
    ("account by another header", "shared", "acc no.|numer konta", ("12345678", "87654321", "11223344")),
    ("coordinates with decimal commas", "mixed", "x|pos", ("52,520008 13,404954", "40,712776 -74,005974")),
    ("coordinates with hemispheres", "mixed", "x|pos", ("52.5200N 13.4049E", "40.7128° N, 74.0060° W")),
    ("geohash", "shared", "geohash", ("u33dc0cpke4q", "dr5regw3pp6n")),
    ("birth date by another header", "shared", "nasc.|출생일|तारीख जन्म|born on", ("1977-07-07", "1985-03-12", "1990-11-30")),
    ("Indian plate", "shared", "x|vehicle", ("KA01AB1234", "MH-12-DE-1433", "DL 8 CAF 5030")),
    ("plate by another header", "shared", "tag no|regnr", ("7ABC123", "ABC 1234", "XYZ-987")),
    ("street by another header", "shared", "rue|calle|улица|morada", ("Rosenhof 3", "Long Barn 12", "Apt 12C")),
    ("Russian address", "mixed", "x", ("ул. Ленина, д. 5, кв. 12", "проспект Мира 14")),
    ("post office box", "mixed", "x", ("PO Box 114", "Postfach 12 34", "P.O. Box 1182")),
    ("secret beside its word", "mixed", "x|log",
     ("password: Rosebud77", "pwd=hunter2", "pin: 4711", "Bearer 9f8a7b6c5d4e3f2a1b0c9f8a", "api_key=9f8a7b6c5d4e3f2a1b0c")),
    ("password by another header", "shared", "senha de acesso|login data|door code", ("sommer77", "Kat7zen", "blume123")),
)  # fmt: skip

HEADERS = (
    *("田中さん", "mr_walker_hours", "patient Okonkwo", "Mrs Hartnell", "محمد", "score of james carter"),
    *("hours-james-carter", "CARTER James", "Walker, Susan"),
)
"""Names of columns that are or hold personal data themselves."""
PEOPLE = ("region", "susan", "Brandvik", "Okafor", "james", "Fougere")
"""Names of a table's columns, most of them people's: rare ones and small ones among them are people's too."""
NO_PEOPLE = (
    ("age", "sex", "cp", "chol", "thal", "slope", "oldpeak"),
    ("mpg", "cyl", "disp", "hp", "drat", "wt", "qsec", "gear", "carb"),
    ("crim", "zn", "indus", "chas", "nox", "rm", "dis", "rad", "lstat", "medv"),
    ("Paris", "Berlin", "Madrid", "Rome"),
    ("rose", "lily", "violet", "iris", "amount"),
    ("ms_max", "dr_ratio", "customer age", "driver rating", "player min"),
)
"""Names of the columns of tables without people."""

STRANGERS = {
    "why does jones sell less than okonkwo": ["okonkwo"],
    "compare mr. patel and mrs. gupta": ["patel", "gupta"],
    "as Dr. van Houten asked, total by region": ["Houten"],
    "amounts for Mr Field": ["Field"],
    "amounts for ms. may": ["may"],
    "hi this is priyanka, total by region?": ["priyanka"],
    "my name is tarquin, total by region?": ["tarquin"],
    "田中の売上": ["田中"],
    "ring 913 579 246": ["579 246"],
    "my number is 2125550143": ["2125550143"],
    "my phone is 5550143": ["5550143"],
    "paid with 4111/1111/1111/1111": ["1111/1111"],
    "at 52.5200N 13.4049E": ["52.52"],
    "PO Box 1182 orders": ["1182"],
    "orders from ул. Ленина, д. 5": ["Ленина"],
    "car KA01AB1234": ["KA01AB"],
    "number plate WX 12345": ["WX 12345"],
    "amounts of jcarter": ["carter"],
}
"""Questions about people whom the table does not hold, and what of them may not leave."""

OPEN = (
    "Frau oder Mann: wer kauft mehr?",
    "phone sales 2023 by region",
    "call volume 2023-2024",
    "mean ms per regoin",
    "revenu by prodct",
    "Is the password: expired rate rising?",
    "average amount of bearer bonds",
    "what is the mr ratio by month",
    "customers with 12 calls in 2024",
)
"""Questions about nobody that must leave as they are, for what is near to a form above."""
