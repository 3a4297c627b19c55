"""Columns that look personal and are not: a header and values that rows share; each must stay open, as a table."""

from __future__ import annotations

TABLE = """
subject: Billing question | Refund request | Shipping delay | Login trouble | Feedback
event: login | purchase | refund | page_view | add_to_cart
color name: MidnightBlue | RosyBrown | DarkOliveGreen | LightCoral | DimGray
feature flag: dark_mode | new_checkout | fast_search | beta_program | old_menu
component: auth.service | billing.worker | mail.queue | web.front | api.gate
courier: DHL | UPS | FedEx | Hermes | GLS
reason: price | moved | service | quality | other
credit history: critical account | paid back duly | no credits taken | delayed | all paid
deal: MS Office | Dr Pepper | Lead Time | Net Price | Sr Role
note: call back later | left a message | no answer | wants refund | paid cash
size code: xsmall | xlarge | medium | small | large
task: refund request | price change | order check | stock count | store visit
ratio: 12,3 / 4,5 | 13,1 / 4,4 | 11,9 / 4,8 | 12,2 / 4,6 | 12,8 / 4,1
pass type: day pass | week pass | month pass | year pass | trial pass
license: MIT | Apache-2.0 | GPL-3.0 | BSD-3 | Proprietary
state of order: open | packed | sent | returned | lost
тема: Возврат товара | Жалоба на доставку | Вопрос по счёту | Новый заказ | Обмен
件名: 返品 | 配送の遅れ | 商品の質問 | 請求書 | その他
제목: 환불 요청 | 배송 지연 | 상품 문의 | 결제 오류 | 기타
Betreff: Rückgabe | Frage zur Rechnung | Lieferung zu spät | Neue Bestellung | Umtausch
商品名: チョコレート | ポテトチップス | アイスクリーム | ケーキ | クッキー
product: Apple iPhone | Samsung Galaxy | Sony Bravia | Dell Inspiron | Bose Soundlink
product: Thermo Bottle | Desk Lamp | Trail Backpack | Rain Jacket | Camp Stove
product name: Calvin Klein Jeans | Ralph Lauren Polo | Hugo Boss Suit | Paul Smith Shirt | Tommy Hilfiger Cap
item: Jack Daniels | Jim Beam | Johnnie Walker | Captain Morgan | Grey Goose
item_name: Margherita Pizza | Caesar Salad | Eggs Benedict | Chicken Alfredo | Peach Melba
brand: Hugo Boss | Paul Smith | Calvin Klein | Ralph Lauren | Marc Jacobs
brand: Toyota | Ford | Honda | Mercedes | Chevrolet
marca: Seat | Fiat | Renault | Alfa Romeo | Lancia
city: New York | Los Angeles | San Jose | San Diego | Santa Maria
city: Charlotte | Austin | Jackson | Madison | Savannah
city: Paris | Lyon | Nice | Orleans | Tours
Stadt: Berlin | Hamburg | Frankfurt am Main | Bad Homburg | Sankt Augustin
ciudad: San Sebastián | Santiago de Compostela | Santa Cruz | Vitoria | León
ville: Saint-Denis | Aix-en-Provence | Le Mans | Villeurbanne | Sainte-Marie
x: New York | Los Angeles | Chicago | Houston | Salt Lake City
x: Berlin | Paris | London | Madrid | Rome
name: New York | Los Angeles | San Diego | Las Vegas | Fort Worth
country: Northern Ireland | South Korea | Costa Rica | Sierra Leone | Saudi Arabia
country: Georgia | Jordan | Chad | Malta | Cyprus
Land: Deutschland | Frankreich | Italien | Spanien | Polen
x: United States | United Kingdom | New Zealand | South Africa | Sri Lanka
state: Virginia | Georgia | Carolina | Montana | Dakota
x: Virginia | Georgia | Texas | Florida | Washington
region: North | South | East | West | Central
region: Rhine Valley | Bay Area | Gulf Coast | Great Plains | New England
territory: Victoria | Tasmania | Queensland | Alberta | Manitoba
district: St. Pancras | Chelsea | Kensington | Camden | Hackney
department: Human Resources | Research & Development | Customer Care | Legal | Finance
department: Sales | Marketing | Engineering | Operations | Support
Abteilung: Einkauf | Vertrieb | Buchhaltung | Personal | Lager
team: Anna | Paul | Hans | Marie | Pavel
team: Boston Celtics | Chicago Bulls | Dallas Mavericks | Utah Jazz | Miami Heat
club: Real Madrid | Manchester City | Bayern Munich | Juventus | Ajax
school: Martin Luther King | John Adams | Thomas Jefferson | George Washington | Lincoln
store: Main Street | Harbor Mall | Old Town | River Park | King Square
hotel: Grand Hyatt | Four Seasons | Holiday Inn | Marriott | Hilton
restaurant: Olive Garden | Red Lobster | Pizza Hut | Taco Bell | Wendy
company: Goldman Sachs | Morgan Stanley | Wells Fargo | Johnson Controls | Eli Lilly
company: Acme Inc | Globex Corp | Initech LLC | Umbrella Ltd | Soylent GmbH
customer: Acme Inc | Globex Corp | Initech LLC | Umbrella Ltd | Soylent GmbH
client: Volt Energy | Blue Ocean Foods | Nordic Steel | Prime Logistics | Solar Grid
supplier: Northwind Traders | Exotic Liquids | Tokyo Traders | Grandma Kitchen | Nord Fisch
account: Checking | Savings | Brokerage | Retirement | Escrow
customer: Retail | Wholesale | Online | Government | Education
customer type: New | Returning | Loyal | Inactive | Trial
customer segment: Consumer | Corporate | Home Office | Small Business | Enterprise
customer_status: active | churned | paused | trial | blocked
client_tier: Gold | Silver | Bronze | Platinum | Diamond
user_type: admin | guest | member | editor | viewer
user agent: Chrome | Safari | Firefox | Edge | Opera
driver_type: long haul | city | night | weekend | regional
patient_group: control | treatment | placebo | crossover | screening
employee_level: Junior | Senior | Lead | Principal | Staff
owner_type: bank | private | public | trust | fund
owner: bank | private | public | trust | fund
member_tier: basic | plus | premium | family | student
contact_method: phone | email | chat | letter | visit
contact: phone | email | chat | letter | visit
staff: full time | part time | temporary | intern | contractor
agent: chatbot | human | hybrid | none | other
author_type: staff | freelance | agency | guest | wire
title: Gone with the Wind | The Great Gatsby | War and Peace | Brave New World | Animal Farm
title: Anna Karenina | Jane Eyre | Moby Dick | Oliver Twist | Silas Marner | The Trial | Dracula | Emma Woodhouse | Dubliners | The Sea
book: Harry Potter | David Copperfield | Anna Karenina | Robinson Crusoe | Jane Eyre
movie: Forrest Gump | Mary Poppins | Erin Brockovich | Jerry Maguire | Donnie Darko
song: Billie Jean | Eleanor Rigby | Hey Jude | Sweet Caroline | Roxanne
game: Lara Croft | Super Mario | Max Payne | Duke Nukem | Crash Bandicoot
genre: Drama | Comedy | Science Fiction | True Crime | Film Noir
job title: Data Analyst | Account Manager | Sales Rep | Store Clerk | Chief Engineer
job_title: Nurse | Teacher | Driver | Cook | Barista
occupation: carpenter | baker | mason | potter | smith
profession: Lawyer | Doctor | Engineer | Artist | Writer
role: Manager | Director | Analyst | Assistant | Trainee
species: Iris setosa | Iris virginica | Iris versicolor | Rosa canina | Acer rubrum
species: cat | dog | horse | rabbit | hamster
breed: German Shepherd | Jack Russell | King Charles | Saint Bernard | Great Dane
animal: bear | fox | wolf | lynx | eagle
category: Home & Garden | Beauty | Sports | Toys | Office Supplies
category: Furniture | Technology | Office Supplies | Art | Books
sub_category: Book Cases | Chairs | Labels | Phones | Paper
Kategorie: Haushalt | Garten | Spielzeug | Bücher | Kleidung
catégorie: Boissons | Épicerie | Fruits | Légumes | Viande
channel: Google Ads | Facebook | Organic Search | Email | Direct
source: Newsletter | Referral | Paid Social | Affiliate | Display
campaign: Spring Sale | Black Friday | Summer Love | Holiday Joy | Cherry Blossom
payment: Credit Card | Bank Transfer | Cash | Gift Card | Apple Pay
payment_method: Visa | Mastercard | PayPal | Amex | Discover
card type: Visa | Mastercard | Amex | Maestro | Diners
status: open | closed | pending | on hold | cancelled
status: Assigned | In Progress | Resolved | Reopened | Won't Fix
priority: high | medium | low | urgent | none
assigned: yes | no | later | never | unknown
approved: yes | no | pending | withdrawn | expired
closed: won | lost | open | stalled | dead
sold: yes | no | reserved | pending | returned
sorted by: date | price | size | color | weight
shipped to: home | office | locker | store | depot
ship_mode: First Class | Second Class | Standard Class | Same Day | Express
size: small | medium | large | extra large | one size
color: Rose | Violet | Olive | Ruby | Amber
colour: Red | Green | Blue | Black | White
flavor: Cherry | Ginger | Rosemary | Vanilla | Mint
plan: Basic | Standard | Premium | Family | Business
contract: Month-to-month | One year | Two year | Prepaid | Trial
internet: Fiber optic | DSL | Cable | Satellite | None
gender: Male | Female | Other | Unknown | Diverse
marital status: Single | Married | Divorced | Widowed | Separated
race: White | Black | Asian | Hispanic | Native
education: Bachelor | Master | Doctorate | High School | College
blood type: A+ | B+ | AB- | 0+ | 0-
diagnosis: Diabetes | Asthma | Flu | Migraine | Anemia
disease: Parkinson | Crohn | Down | Huntington | Addison
medication: Aspirin | Ibuprofen | Paracetamol | Metformin | Insulin
ward: Cardiology | Surgery | Pediatrics | Oncology | Intensive Care
month: January | February | March | April | May
month: Jan | Feb | Mar | Apr | May | Jun | Jul | Aug
weekday: Monday | Tuesday | Wednesday | Thursday | Friday
season: Summer | Winter | Autumn | Spring | Dawn
quarter: Q1 2024 | Q2 2024 | Q3 2024 | Q4 2024 | Q1 2025
shift: morning | evening | night | dawn | noon
holiday: Christmas | Easter | Thanksgiving | Labor Day | New Year
language: English | German | French | Spanish | Chinese
currency: EUR | USD | GBP | JPY | CHF
unit: kg | piece | liter | box | hour
airline: Delta | United | Lufthansa | Air France | Emirates
airport: JFK | LAX | John Wayne | Charles de Gaulle | Leonardo da Vinci
route: Main Line | Red Line | Harbor Loop | Valley Express | Coast Route
vehicle: Ford Focus | Honda Civic | Toyota Corolla | Kia Ceed | Tesla Roadster
model: Mercedes Benz | Aston Martin | Alfa Romeo | Rolls Royce | Land Rover
ship: Queen Mary | Santa Maria | Prince William | Nina | Pinta
river: Rio Grande | Red River | Colorado | Potomac | Hudson
street type: avenue | road | lane | drive | way
office: Berlin | London | Dublin | Austin | Paris
location: Warehouse A | Warehouse B | Dock 3 | Yard | Gate 7
station: King's Cross | Victoria | Waterloo | Euston | Charing Cross
device: mobile | desktop | tablet | tv | watch
browser: Chrome | Safari | Firefox | Opera | Edge
os: Windows | macOS | Linux | Android | iOS
version: 1.2.3 | 1.10.0 | 2.0.1 | 3.4.5 | 4.0.0
version: 1.2.3.4 | 1.10.0.7 | 2.0.1.1 | 3.3.3.3 | 4.1.2.5
error: Timeout | Not Found | Bad Gateway | Forbidden | Unavailable
event: Click | View | Purchase | Sign Up | Log Out
industry: Health Care | Real Estate | Consumer Goods | Energy | Mining
sector: Public | Private | Non Profit | Mixed | Military
currency pair: EUR/USD | GBP/USD | USD/JPY | AUD/USD | USD/CHF
ticker: AAPL | MSFT | AMZN | GOOG | TSLA
fund: Vanguard Growth | Fidelity Value | Templeton Global | Franklin Income | Schroder Bond
sku: A-1001 | A-1002 | B-2001 | B-2002 | C-3001
code: X100 | X200 | Y100 | Y200 | Z900
account code: 4000-10 | 4000-20 | 5000-10 | 5000-20 | 6000-10
room: A-101 | A-102 | B-201 | B-202 | C-301
size range: 10-20 | 20-30 | 30-40 | 40-50 | 50-60
score: 32 - 32 | 57 - 54 | 80 - 66 | 71 - 70 | 44 - 61
age group: 18-24 | 25-34 | 35-44 | 45-54 | 55-64
period: 2010-2014 | 2015-2019 | 2020-2024 | 2025-2029 | 2030-2034
rating: Excellent | Good | Fair | Poor | Bad
sentiment: positive | negative | neutral | mixed | unclear
answer: yes | no | maybe | often | never
reason: Too expensive | Bad quality | Late delivery | Wrong item | Changed mind
comment: ok | fine | late | broken | great
material: Cotton | Wool | Linen | Silk | Jade
gem: Ruby | Jade | Pearl | Opal | Amber
drink: Bloody Mary | Tom Collins | Shirley Temple | Old Fashioned | Manhattan
dish: Caesar Salad | Eggs Benedict | Beef Wellington | Peach Melba | Carpaccio
software: Adobe Photoshop | Microsoft Word | Google Docs | Slack | Zoom
framework: Django | Flask | Rails | Spring | Laravel
project: Apollo | Mercury | Gemini | Artemis | Voyager
server: web-01 | web-02 | db-01 | db-02 | cache-01
party: Labour | Conservative | Green | Liberal | Independent
religion: Christian | Muslim | Hindu | Buddhist | Jewish
税率: 8% | 10% | 5% | 3% | 0%
商品: 牛乳 | パン | 卵 | 米 | 茶
城市: 北京 | 上海 | 广州 | 深圳 | 成都
部门: 销售部 | 市场部 | 财务部 | 人事部 | 研发部
город: Москва | Казань | Самара | Омск | Пермь
товар: Молоко | Хлеб | Сыр | Масло | Чай
ürün: Süt | Ekmek | Peynir | Çay | Yumurta
produit: Lait | Pain | Fromage | Beurre | Thé
x: red | green | blue | black | white
x: yes | no | maybe | often | never
x: Very satisfied | Satisfied | Neutral | Dissatisfied | Very dissatisfied
x: Gold Member | Silver Member | Basic Plan | Free Tier | Student Plan
group: Alpha | Beta | Gamma | Delta | Omega
group: Treatment | Control | Placebo | Screening | Baseline
label: spam | ham | unsure | promo | social
type: Savings | Checking | Joint | Student | Business
name: Savings Account | Gold Card | Home Loan | Car Loan | Mortgage
name: Acme Inc | Meyer GmbH | Smith Ltd | Jones LLC | Brown Corp
name: Trail Backpack | Desk Lamp | Thermo Bottle | Rain Jacket | Camp Stove
name: total_sales | avg_price | unit_cost | margin | discount
"""


def harmless() -> list[tuple[str, tuple[str, ...]]]:
    """Every (header, values)."""
    lines = [line.partition(": ") for line in TABLE.strip().splitlines()]
    return [(header, tuple(value.strip() for value in values.split(" | "))) for header, _, values in lines]
