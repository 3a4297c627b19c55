"""Words of headers that tell how a column's numbers add up, in the languages that headers come in (lower case)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyst.core.text import fold
from analyst.datasets.headers import words


def _set(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


AVERAGES = _set(
    """
    avg average averages averaged mean median durchschnitt durchschnittlich durchschnittliche durchschnittlicher
    mittel mittelwert mittlere moyenne moyen médiane promedio mediana media gemiddelde genomsnitt gennemsnit średnia
    průměr среднее средний средняя ortalama 平均 平均値 平均值 均值 평균
    """
)
"""Averages of something: their mean is weighted by what they are averages of."""
RATES = _set(
    """
    rate rates ratio ratios pct percent percentage percentages prozent prozentsatz anteil quote taux pourcentage
    tasa tasas porcentaje tasso percentuale taxa porcentagem percentual aandeel andel odsetek podíl доля процент
    ставка oran yüzde cpc cpm cpa cpv cpl arpu adr aov revpar rpm 割合 率 比率 比例 百分比 비율 ctr cvr nps csat gpa
    apr apy roi roas roe roa bmi probability latency bpm mpg mph ppm wpm fps decibel decibels
    likelihood percentile quantile std stddev stdev variance index indices indeks indice índice humidity
    feuchtigkeit humidité humedad umidità density dichte densité densidad densità yield elasticity
    """
)
"""Shares, rates and indices: no sum of them means anything."""
PRICES = _set(
    """
    price prices preis preise einzelpreis stückpreis prix precio precios prezzo prezzi preço preços prijs pris cena
    ceny цена fiyat 価格 単価 单价 价格 가격 단가 kurs wechselkurs kurz fx
    """
)
"""What one unit costs; "total price" is an amount."""
LEVELS = _set(
    """
    age ages alter âge edad età idade leeftijd wiek věk возраст yaş 年齢 年龄 나이 score scores rating ratings stars
    bewertung bewertungen évaluation valoración valutazione avaliação punktzahl оценка рейтинг puan 評価 评分 분수
    평점 satisfaction zufriedenheit satisfacción happiness grade grades gpa temperature temperatures temp temps
    temperatur température temperatura temperatuur teplota температура sıcaklık 気温 温度 기온 celsius fahrenheit
    latitude longitude lat lon lng long breitengrad längengrad latitud longitud latitudine longitudine широта
    долгота elevation altitude rank ranking rang position tenure seniority speed velocity geschwindigkeit vitesse
    velocidad velocità snelheid pressure luftdruck pression ph voltage
    """
)
"""States of one thing at one moment."""
BOUNDED = _set(
    """
    margin marge margen margine margem discount rabatt remise descuento sconto desconto share shares turnout
    attendance occupancy auslastung utilization utilisation efficiency accuracy precision recall conversion
    retention churn completion growth wachstum croissance crecimiento crescita unemployment arbeitslosigkeit chômage
    desempleo inflation interest zins zinsen intérêt participation penetration coverage availability uptime win
    success
    """
)
"""Shares where their values lie between 0 and 1, or have decimals up to 100; amounts or counts where not."""
AMOUNTS = _set(
    """
    total totals sum amount amounts subtotal gesamt gesamtpreis summe betrag montant importe importo valor value
    line extended net gross revenue sales turnover umsatz
    """
)
"""Beside a word for a price these make it an amount."""
STOCKS = _set(
    """
    balance balances saldo salden solde kontostand stock stocks inventory inventories bestand bestände lagerbestand
    existencias inventario estoque voorraad lager zásoby остаток остатки баланс запас запасы 残高 在庫 余额 库存
    잔액 재고 headcount headcounts staff employees fte ftes workforce mitarbeiter belegschaft personal effectif
    effectifs plantilla empleados dipendenti funcionários medewerkers сотрудники 従業員数 population populations
    inhabitants residents einwohner bevölkerung habitants población poblacion habitantes popolazione abitanti
    população inwoners befolkning ludność население nüfus 人口 인구 subscribers followers members membership
    abonnenten mitglieder abonnés membres suscriptores iscritti assets liabilities debt equity holdings portfolio
    aum reserves backlog outstanding receivables payables deposits schulden vermögen dette deuda debito ativos
    capacity kapazität fleet mrr arr onhand instock subscriptions abonnements pipeline enrollment enrollments enrolment
    enrolments wip closing ending eom yearend closingstock schülerzahl studierende occupants
    """
)
"""What there is at one moment: added up over things, but not over time."""
FLOWS = _set(
    """
    new added joined gained lost left hired hires fired sold shipped received issued change changes delta growth
    births deaths neue nouveaux nuevos nuovi novos net movement in out purchased ordered
    """
)
"""Beside a word for a stock these make it what came or went in a period."""
CUMULATIVE = _set(
    """
    cumulative cumulated cumul cum cumsum running ytd qtd mtd accumulated kumuliert kumulativ aufgelaufen cumulé
    cumulée acumulado acumulada cumulato cumulativo cumulata cumulatief kumulativt нарастающим накопленный 累計 累计
    累積 누적
    """
)
"""Running totals: the last one holds all before."""
DISTINCT = _set("unique uniques distinct reach dau wau mau eindeutige uniquement únicos unici")
"""Counts of different people: several rows may count the same one."""
PEOPLE = _set(
    """
    users visitors viewers listeners readers besucher nutzer benutzer utilisateurs visiteurs usuarios visitantes
    utenti visitatori gebruikers bezoekers пользователи посетители ユーザー 用户 訪問者 방문자 사용자
    """
)
EVENTS = _set(
    """
    sessions visits pageviews views hits impressions events clicks sitzungen besuche aufrufe seitenaufrufe séances
    visites sesiones visitas sessioni visite сеансы визиты セッション 会话 세션
    """
)
"""Beside a count of these a count of people is one of different people."""
COUNTS = _set(
    """
    headcount headcounts employees staff students pupils patients members households sample
    count counts n number num nb quantity quantities qty units orders discharges cases responses respondents
    customers clients visits sessions clicks impressions views items anzahl menge stück stückzahl quantité nombre
    cantidad número quantità quantidade aantal antal liczba ilość количество число adet 数量 件数 個数 수량
    """
)
"""What prices and averages are weighted by."""
DENOMINATORS: tuple[tuple[str, str], ...] = (
    ("ctr cpm clickthrough", "impressions impression views"),
    ("cpc", "clicks click"),
    ("cpa cpl", "conversions leads orders"),
    ("conversion cvr convert", "sessions visits visitors clicks users leads"),
    ("bounce", "sessions visits"),
    ("open", "delivered sent emails"),
    ("response reply", "sent invited contacts delivered"),
    ("churn retention", "customers subscribers users members"),
    ("return refund", "orders units sold quantity"),
    ("defect scrap error", "units produced pieces quantity"),
    ("unemployment", "labour labor workforce"),
    ("occupancy", "rooms beds capacity"),
    ("turnout", "voters electorate registered eligible"),
)
"""Words of a rate, and those of the column that it is a share of."""
ON_HAND = frozenset(("on", "hand")), frozenset(("in", "stock"))
"""Words that name a stock together only."""
_STANDING = _set("open active current offen offene aktive aktiv actifs activos attivi")
_HELD = _set(
    """
    tickets issues cases claims orders positions invoices vacancies incidents deals opportunities users customers
    accounts members loans policies contracts licenses licences kunden nutzer clients clientes clienti utilisateurs
    """
)
"""What is there at one moment, where a word says that it stands open or is in use."""
CHURN = _set(
    """
    mrr arr churn churned cancelled canceled cancellations lapsed gained lost abgänge kündigungen gekündigt
    résiliations résiliés bajas disdette
    """
)
"""What comes and goes in contracts: beside it a count of customers is of those who have one."""
_UNDER_CONTRACT = _set(
    """
    customers clients users accounts members subscribers kunden nutzer mitglieder clientes usuarios clienti utenti
    abonnés utilisateurs
    """
)
QUOTES = _set("open high low close adjclose bid ask last settle adj eröffnung schluss schlusskurs hoch tief kurs")
"""Prices of a market beside each other, or beside the name of what is traded."""
TRADED = _set("ticker symbol isin wkn cusip security securities share shares stock stocks aktie wertpapier coin pair")
"""What names a thing with such prices."""
_HEADS = ("preis", "prijs", "quote", "anteil", "bestand", "temperatur", "dichte", "index")
"""What compounds of German and Dutch end in."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""Scripts that write words together."""
_UNITS = r"h|hr|hour|kg|g|t|m2|m²|sqm|sqft|km|l|litre|liter|s|sec|min|mwh|kwh|unit|person|capita|day|night|month|head"
_PER = re.compile(rf"/\s*(?:{_UNITS})\b", re.IGNORECASE)


def header_words(header: str) -> frozenset[str]:
    """The words of a header without case and accents; of compounds also what they end in ("Verkaufspreis": preis)."""
    spoken = {fold(word) for word in words(header)}
    heads = {head for head in _HEADS for word in spoken if word.endswith(head)}
    heads |= {"durchschnitt" for word in spoken if word.startswith("durchschnitt")}
    runs = _UNSPACED.findall(header)
    parts = {run[at : at + size] for run in runs for size in (1, 2, 3, 4) for at in range(len(run) - size + 1)}
    return frozenset(spoken | heads | {fold(part) for part in parts})


def heads_stock(spoken: frozenset[str], *, churns: bool) -> bool:
    """Whether the words of a header name what there is at one moment, and not what came or went; `churns`: another
    column tells of contracts that come and go."""
    together = next((words_ for words_ in ON_HAND if words_ <= spoken), frozenset())
    standing = spoken & _STANDING and spoken & _HELD
    held = churns and spoken & _UNDER_CONTRACT and not spoken & CHURN
    return not (spoken - together) & FLOWS and bool(together or standing or held or spoken & STOCKS)


def has_quotes(headers: Iterable[str]) -> bool:
    """Whether a table with these headers holds prices of a market: three of "open", "high", "low" …, or what is traded
    beside one."""
    spoken = [header_words(header) for header in headers]
    quoted = sum(bool(words_ & QUOTES) for words_ in spoken)
    return quoted >= 3 or (quoted > 0 and any(words_ & TRADED and not words_ & QUOTES for words_ in spoken))


def is_per(header: str) -> bool:
    """Whether a header names one thing per another: "reviews_per_month", "km/h"."""
    said = words(header)
    return "per" in said[1:-1] or bool(_PER.search(header))


def is_percent(header: str) -> bool:
    """Whether a header has a percent sign that is its unit: "Margin %", not "Tax 5%"."""
    return "%" in header and not re.search(r"\d\s*%", header)


def denominator_words(said: frozenset[str]) -> frozenset[str]:
    """Words of the columns that a rate with these words may be a share of."""
    found = [_set(of) for rate, of in DENOMINATORS if _set(rate) & said]
    return frozenset().union(*found)
