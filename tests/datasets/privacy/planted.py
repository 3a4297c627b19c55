"""Planted personal data, all invented: kind, modes, headers and values, as a table. No value may leave in a card.

Modes: `own`, every row has a value of its own; `shared`, few values that rows share; `mixed`, one row of twelve has a
value, the others a harmless word. A line with several headers (parted by `|`) is a case for each of them and each mode.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.datasets.privacy.planted_abroad import TABLE as ABROAD
from tests.datasets.privacy.planted_forms import TABLE as FORMS

PEOPLE = ("Zebulon Quixley", "Anna Kimmel", "Pavel Orlov", "Marie Dupont", "Hans Weiss")
INVERTED = ("QUIXLEY, Zebulon", "KIMMEL, Anna", "ORLOV, Pavel", "DUPONT, Marie", "WEISS, Hans")
INITIALS = ("Z. Quixley", "A. Kimmel", "P. Orlov", "M. Dupont", "H. Weiss")
SURNAMES = ("Quixley", "Kimmel", "Orlov", "Dupont", "Weissmann")
GIVEN = ("Zebulon", "Anna", "Pavel", "Marie", "Hans")
TITLED = ("Dr. Quixley", "Dr. Kimmel", "Prof. Orlov", "Mrs. Dupont", "Mr. Weissmann")
LOWER = ("zebulon quixley", "anna kimmel", "pavel orlov", "marie dupont", "hans weissmann")
CYRILLIC = ("Иван Смирнов", "Ольга Петрова", "Сергей Кузнецов", "Анна Попова", "Дмитрий Волков")
CHINESE = ("王小明", "李娜", "张伟强", "刘洋", "陈静怡")
JAPANESE = ("山田太郎", "佐藤花子", "鈴木一郎", "高橋美咲", "田中健一")
KOREAN = ("김철수", "이영희", "박지훈", "최수진", "정민호")
INDIAN = ("Rajesh Kulkarni", "Lakshmi Iyer", "Suresh Menon", "Priya Nair", "Deepak Joshi")
TURKISH = ("Mehmet Yılmaz", "Ayşe Kaya", "Mustafa Demir", "Fatma Çelik", "Emre Şahin")
ITALIAN = ("Giuseppe Esposito", "Chiara Bianchi", "Luca Ferrari", "Giulia Romano", "Marco Ricci")
SPANISH = ("María José García", "Javier Rodríguez", "Lucía Fernández", "Álvaro Jiménez", "Rocío Ortega")
ARABIC = ("محمد علي", "فاطمة حسن", "أحمد محمود", "خالد يوسف", "عمر سعيد")
POLISH = ("Wojciech Kowalczyk", "Agnieszka Zielińska", "Tomasz Wójcik", "Katarzyna Lewandowska", "Grzegorz Mazur")
USERS = ("zquixley", "annak77", "porlov", "mdupont_", "hweissm")

_ROLES = (
    "assigned to|assigned|Reviewer name|Verkäufer|rep|PIC|team member|Beneficiary|Debitor|Nurse|waiter|buyer|who|payee|owner"
    "|sold_by|created by|Kontakt|Arzt|Sachbearbeiter|ansprechpartner|vendeur|médecin|responsable|contacto|empleado|dipendente"
    "|medewerker|approver|account manager|driver|tenant|patient|teacher|customer|client|agent|coach|Physician on duty"
    "|primary contact|employee|handled_by|salesperson|technician|attorney|emergency contact|staff|cashier"
)
TABLE: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("name by header", "own shared", _ROLES, PEOPLE),
    ("name by header, inverted", "own shared", "customer|physician|assigned to|client|Kunde|name|member", INVERTED),
    ("name by header, initials", "own shared", "nurse|reviewer|owner|agent|approved by", INITIALS),
    ("surname by header", "own shared", "nurse|Nachname|surname|cognome|driver|waiter|last_name|apellido|PIC", SURNAMES),
    ("given name by header", "own shared", "first_name|Vorname|prénom|driver|who|nombre|cashier", GIVEN),
    ("name with title", "own shared", "physician|doctor|customer|name|x", TITLED),
    ("name in lower case", "own shared", "customer_name|assigned to|owner|name", LOWER),
    ("name by shape", "own shared", "name|x|column_3|label|value|nom|title of row", PEOPLE),
    ("name by shape, inverted", "own shared", "x|entry", INVERTED),
    ("name, mixed", "mixed", "assigned to|owner|handled by|nurse|customer|PIC", PEOPLE),
    ("Cyrillic name", "own shared", "имя|фамилия|name|сотрудник|клиент|x", CYRILLIC),
    ("Chinese name", "own shared", "姓名|客户|联系人|负责人|患者|name", CHINESE),
    ("Japanese name", "own shared", "氏名|担当者|名前|お客様|name", JAPANESE),
    ("Korean name", "own shared", "이름|성명|담당자|name", KOREAN),
    ("Indian name", "own shared", "customer|name|x|employee", INDIAN),
    ("Turkish name", "own shared", "müşteri|çalışan|name|x", TURKISH),
    ("Italian name", "own shared", "Cognome|cliente|paziente|x", ITALIAN),
    ("Spanish name", "own shared", "nombre|cliente|vendedor|x", SPANISH),
    ("Arabic name", "own shared", "name|customer|الاسم", ARABIC),
    ("Polish name", "own shared", "klient|pracownik|imię i nazwisko|x", POLISH),
    ("name in a sentence", "own shared", "memo|comment|notes|Bemerkung|status text",
     tuple(f"Call {name} back" for name in PEOPLE)),
    ("free text", "own", "memo|comment|feedback|remarks|commentaire|備考",
     ("met Zebulon at the lake", "Kimmel was angry again", "Orlov wants a refund", "spoke to Marie", "ask Weissmann first")),
    ("free text without a header", "own", "x|field7",
     ("met Zebulon at the lake", "Kimmel was angry again", "Orlov wants a refund now", "spoke to Marie again", "ask Weissmann first then")),
    ("e-mail", "own shared mixed", "contact|x|mail|note", tuple(f"{n}@corp{i}.example" for i, n in enumerate(USERS))),
    ("e-mail in words", "own shared mixed", "contact|x|mail",
     ("zeb (at) corp.example", "anna [at] corp.example", "paul(at)corp.example", "marie at corp dot example", "h.w (at) corp (dot) example")),
    ("e-mail with name", "own shared", "contact|x", tuple(f"{n} <{n.split()[0].lower()}@corp.example>" for n in PEOPLE)),
    ("e-mail in Unicode", "own shared", "x", ("zeb@münchen.example", "zoë@café.example", "jürgen@straße.example")),
    ("handle", "own shared mixed", "twitter|x|account", tuple(f"@{user}" for user in USERS)),
    ("login by header of people", "own shared", "operator|employee|assignee|reporter|cashier|handled_by",
     ("mvance", "tkoivu", "rdsouza", "lferro", "bnoor")),
    ("user name", "own shared", "username|handle|login|user name|Benutzername|screen_name", USERS),
    ("profile URL", "own shared mixed", "link|x",
     ("https://linkedin.com/in/zeb-quixley", "https://www.facebook.com/anna.kimmel", "https://x.com/porlov",
      "https://github.com/mdupont", "https://www.instagram.com/hweissm/")),
    ("German mobile", "own shared mixed", "x|Telefon|reach", ("0170/1234567", "0160/1112223", "0151/2345678", "0171/9876543")),
    ("German mobile, digits", "own shared", "x|Handy|reach", ("01701234567", "01601112223", "01512345678", "01719876543")),
    ("French mobile, digits", "own shared", "x|tel|portable", ("0612345678", "0611223344", "0698765432", "0745678901")),
    ("French mobile", "own shared mixed", "x|tel", ("06 12 34 56 78", "06 11 22 33 44", "06.98.76.54.32", "07-45-67-89-01")),
    ("US phone, digits", "own shared", "phone|mobile|x|home_phone", ("2125550187", "4155550123", "3125550199", "6175550142")),
    ("US phone", "own shared mixed", "x|phone", ("(212) 555-0187", "415-555-0123", "312.555.0199", "+1 617 555 0142")),
    ("phone with code", "own shared mixed", "x|reach", ("+12125550187", "+491701234567", "+33612345678", "+447911123456")),
    ("Japanese phone", "own shared mixed", "x|携帯", ("090-1234-5678", "080-2345-6789", "070-3456-7890")),
    ("Chinese mobile", "own shared", "手机|phone|x", ("13812345678", "13998765432", "15012345678", "18612345678")),
    ("phone in text", "own shared mixed", "comment|x", ("call 0170/1234567", "ring +33 6 12 34 56 78", "reach (212) 555-0187 today")),
    ("IBAN", "own shared mixed", "x|account", ("DE89 3704 0044 0532 0130 00", "FR1420041010050500013M02606", "GB82WEST12345698765432")),
    ("IBAN, lower case", "own shared mixed", "x|account", ("de89370400440532013000", "gb82west12345698765432", "fr1420041010050500013m02606")),
    ("IBAN, no-break spaces", "own shared", "x", ("DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "GB82\u00a0WEST\u00a01234\u00a05698\u00a07654\u00a032")),
    ("card", "own shared mixed", "x|paid with", ("4111 1111 1111 1111", "5500-0000-0000-0004", "4012-8888-8888-1881")),
    ("card, digits", "own shared", "x|card", ("4111111111111111", "5500000000000004", "4012888888881881")),
    ("card, dots", "own shared mixed", "x", ("4111.1111.1111.1111", "5500.0000.0000.0004", "4012.8888.8888.1881")),
    ("card, masked", "own shared mixed", "x|card", ("411111******1111", "550000******0004", "4012-****-****-1881")),
    ("US SSN", "own shared mixed", "x|ssn", ("123-45-6789", "219-09-9999", "457-55-5462")),
    ("US SSN, digits", "own shared", "ssn|Social Security Number", ("123456789", "219099999", "457555462")),
    ("UK NINO", "own shared mixed", "x", ("AB123456C", "JG 10 37 59 A", "CE 12 34 56 D")),
    ("French NIR", "own shared", "x", ("2 55 08 14 168 025 38", "255081416802538")),
    ("PESEL", "own shared", "x|PESEL", ("02070803628", "44051401359", "90090515836")),
    ("Spanish DNI", "own shared mixed", "x|DNI", ("12345678Z", "87654321X", "11111111H")),
    ("Spanish NIE", "own shared mixed", "x", ("X1234567L", "Y1234567X", "Z1234567R")),
    ("codice fiscale", "own shared mixed", "x|codice fiscale", ("RSSMRA85T10A562S", "MRTMTT91D08F205J")),
    ("personnummer", "own shared mixed", "x|personnummer", ("850709-9805", "640823-3234", "900101-2389")),
    ("BSN", "own shared", "x|BSN", ("111222333", "123456782", "100000009")),
    ("CPF", "own shared mixed", "x|CPF", ("529.982.247-25", "111.444.777-35", "123.456.789-09")),
    ("Aadhaar", "own shared", "x|Aadhaar", ("234123412346", "2341 2341 2346")),
    ("Indian PAN", "own shared mixed", "x|PAN", ("ABCPE1234F", "AFZPK7190K", "BNZPM2501F")),
    ("NHS number", "own shared", "x|NHS number", ("943 476 5919", "401 023 2137", "987 654 4321")),
    ("Chinese identity number", "own shared mixed", "x|身份证号", ("11010519491231002X", "440524188001010014")),
    ("Chinese identity number of before 1999", "own shared", "x", ("320311770706001", "110105491231002", "440524800101001")),
    ("German tax number", "own shared", "x|Steuer-ID", ("36574261809", "86095742719")),
    ("CURP", "own shared mixed", "x", ("BOXW310820HNERXN09", "HEGG560427MVZRRL04")),
    ("Finnish hetu", "own shared mixed", "x", ("131052-308T", "311280-888Y")),
    ("passport", "own shared", "passport|Passport No|Reisepass", ("C01X00T47", "K12345678", "09PX12345")),
    ("IP", "own shared mixed", "x|from", ("192.168.0.17", "10.2.33.4", "2001:db8::ff00:42:8329")),
    ("MAC", "own shared mixed", "x|device", ("aa:bb:cc:dd:ee:01", "AA-BB-CC-DD-EE-02", "aabb.ccdd.ee03")),
    ("GPS", "own shared mixed", "x|gps|where", ("48.858370,2.294481", "51.500729,-0.124625", "40.689247, -74.044502")),
    ("plate", "own shared", "x|plate|Kennzeichen|license plate", ("HH-PO 77", "B-MW 1234", "M-XY 4321", "K-AB 12")),
    ("French plate", "own shared", "x|immatriculation", ("AB-123-CD", "EF-456-GH", "IJ-789-KL")),
    ("birth date", "own shared", "dob|birthdate|Geburtsdatum|date of birth|date de naissance|生年月日|birthday",
     ("1977-07-07", "1985-03-12", "1990-11-30", "1962-01-05", "2001-09-19")),
    ("birth date in words", "own shared", "dob|born", ("7 July 1977", "12 March 1985", "30 November 1990")),
    ("API key", "own shared mixed", "x|api key|token",
     ("sk-live-9f8a7b6c5d4e3f2a1b0c", "ghp_abcdefghijklmnopqrstuvwx", "AKIAIOSFODNN7EXAMPLE")),
    ("password", "own shared", "x|password|Passwort|pwd", ("Tr0ub4dor&3", "C0rrect!Horse", "Summer#2024", "p4$$W0rd99")),
    ("password by header", "own shared", "password|Kennwort|senha", ("hunter2", "letmein77", "qwertz12", "dragonfly9")),
    ("token", "own shared", "x|auth token", ("dGhpc0lzQVNlY3JldDEyMzQ1Ng", "Zx81qPp0LmN3vBt7YhWk2RdQ", "aK9fT2mXc7Rw4Vb1Ns8Jq3Lz")),
    ("postal address", "own shared mixed", "x|address|Anschrift", ("12 Main Street", "Hauptstraße 14", "7 rue de la Paix", "221 Baker Street")),
    ("postal code", "own shared", "zip|PLZ|postcode", ("SW1A 1AA", "EC1A 1BB", "W1A 0AX", "M1 1AE")),
    ("postal code, digits", "own", "zip|PLZ|postal_code", ("10115", "20095", "80331", "50667")),
    ("Thai name", "own shared", "ลูกค้า|ชื่อ|พนักงาน", ("กิตติ รุ่งเรือง", "ปราณี สว่างวงศ์", "ธนพล เจริญสุข", "วิไล พงษ์ดี")),
    ("Vietnamese name", "own shared", "khách hàng|x", ("Đặng Thị Hoa", "Vũ Quốc Bảo", "Bùi Ngọc Lan", "Đỗ Mạnh Hùng")),
    ("name in kana", "own shared", "フリガナ|x", ("タナカ ハルカ", "コバヤシ ケンジ", "キムラ ユウタ", "モリ アヤカ")),
    ("Kanji and kana", "own shared", "依頼者|お名前", ("小川 さやか", "西村 浩二", "松本 あかり", "石井 修")),
    ("name as one word", "own shared", "owner|user|x", ("philippa_hartnell", "gregory_ashdown", "deborah_winslade", "leonard_pickering")),
    ("name with points", "own shared", "owner|x", ("philippa.hartnell", "gregory.ashdown", "deborah.winslade")),
    ("name in capitals within", "own shared", "x|assignee", ("PhilippaHartnell", "GregoryAshdown", "DeborahWinslade")),
    ("name by trade", "own shared", "barber|realtor|carer|notaire|abogado|kapper|тренер|弁護士|opiekun|พนักงาน|강사", PEOPLE),
    ("number behind the header", "own shared", "surname2|driver1|client 3", PEOPLE),
    ("name in a label", "shared", "subject|title|event", tuple(f"Re: complaint by {name}" for name in PEOPLE)),
    ("name in a file's name", "own shared", "attachment|document", ("CV_Gregory_Ashdown.pdf", "hartnell_philippa_lease.docx", "Winslade-scan.jpg")),
    ("user's folder", "own shared mixed", "path|x", ("/home/phartnell/plan.txt", "C:\\Users\\g.ashdown\\Desktop", "/Users/dwinslade/docs")),
    ("remark by its header's first word", "own", "Anmerkung zum Fall|reason|motivo", ("Hartnell nervt", "Ashdown weg", "Winslade angry")),
    ("birth in text", "own shared", "note2|x", ("born 3 May 1969", "DOB: 21/08/1991", "geb. 11.02.1980")),
    ("Singapore NRIC", "own shared mixed", "x|NRIC", ("S1234567D", "T0123456G", "F1234567N")),
    ("Hong Kong identity card", "own shared", "x|HKID", ("A123456(3)", "AB987654(3)")),
    ("Taiwan identity card", "own shared mixed", "x", ("A123456789",)),
    ("Irish PPS", "own shared", "x|PPSN", ("1234567T", "6433435F")),
    ("Chilean RUT", "own shared mixed", "x", ("12.345.678-5", "30.686.957-4")),
    ("Argentine CUIT", "own shared mixed", "x|CUIT", ("20-12345678-6", "20-05536168-2")),
    ("Korean registration number", "own shared mixed", "x", ("850101-1234567", "920315-2345678")),
    ("Mexican RFC", "own shared mixed", "x", ("GODE561231GR8", "VECJ880326XXX")),
    ("VIN", "own shared mixed", "x|VIN|chassis", ("1HGCM82633A004352", "WVWZZZ1JZ3W386752")),
    ("identity number by header", "own shared", "SA ID|contribuinte|CCCD|MRN|fødselsnummer|driver's licence no", ("079192004567", "001085012345", "501964843012")),
    ("British and Canadian postcode", "own shared mixed", "x", ("SW1A 2AA", "M13 9PL", "M5V 3L9")),
    ("plates of several countries", "shared", "x|rego|kenteken", ("AA 123 BB", "7ABC123", "CD-456-EF")),
    ("wallet", "shared mixed", "wallet|x", ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "0x52908400098527886E0F7030069857D2E4169EE7")),
    ("account number", "own shared", "account no|acct no|routing number", ("000123456789", "021000089123")),
    ("couple", "own shared", "x|tenants", ("Gregory & Philippa Hartnell", "Tom and Deborah Winslade", "Leonard und Anna Kimmel")),
    ("identity number with blanks", "own shared", "TFN|tax file number", ("123 456 782", "876 543 210")),
    ("Russian phone with 8", "own shared mixed", "x", ("8 (495) 123-45-67", "8-903-765-43-21")),
    ("secret by header", "own shared", "wifi password|PSK|passphrase|Zugangscode|kodeord|hasło", ("sunflower42", "Blau3Katze", "geheim123")),
    ("card code", "own shared", "cvv|CVC|security code", ("123", "987", "4455")),
)  # fmt: skip
FILLERS = ("open", "closed", "pending")


@dataclass(frozen=True)
class Planted:
    """A column with planted values: one of them may be in nothing that leaves."""

    kind: str
    mode: str
    header: str
    values: tuple[str, ...]

    def cells(self) -> list[str]:
        """The column's cells; all cases of a mode have equally many."""
        if self.mode == "own":
            return [self.values[row] if row < len(self.values) else "" for row in range(5)]
        if self.mode == "shared":
            return [self.values[row % len(self.values)] for row in range(60)]
        planted = iter(self.values * 5)
        return [next(planted) if row % 12 == 0 else FILLERS[row % 3] for row in range(60)]


def planted() -> Iterator[Planted]:
    """Every case."""
    for kind, modes, headers, values in (*TABLE, *ABROAD, *FORMS):
        for header in headers.split("|"):
            yield from (Planted(kind, mode, header, values) for mode in modes.split())
