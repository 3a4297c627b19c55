"""Other spellings of business words: German, French and Spanish, abbreviations, and words that are written in one.

`english` gives what a folded word of a header or a question means in English stems, so that "Umsatz", "chiffre",
"importe" and "amt" all meet "amount". Nothing here knows of a particular table.
"""

from __future__ import annotations

from functools import lru_cache

from embedded.tokens import stem


def _pairs(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of `word word: english english` as word → English stems."""
    found: dict[str, tuple[str, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        words, _, meant = line.partition(":")
        for word in words.split():
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *meant.split())))
    return found


_SHORT = _pairs("""
    amt: amount
    qty qnty qte: quantity
    rev: revenue
    cust cst clt: customer
    txn trx trans tx: transaction
    ord: order
    inv: invoice
    acct acc: account
    addr: address
    avg: average
    bal: balance
    bdate dob: birth date
    cat catg ctgry: category
    cd: code
    cnt ct: count
    ctry cntry: country
    curr ccy: currency
    dept dpt: department
    desc descr: description
    disc dsc: discount
    dist: distance
    dest: destination
    orig: origin
    dt dte: date
    dur: duration
    emp empl: employee
    exp: experience expense
    freq: frequency
    grp: group
    hr hrs: hour
    sec secs s: second
    ms: millisecond
    min mins: minute
    mth mths mo mos mnth: month
    wk wks: week
    yr yrs: year
    lvl: level
    loc: location
    loy: loyalty
    mfr mfg: manufacturer
    mthd meth: method
    mgr: manager
    mkt mktg: market
    nbr num no nr nb: number
    nbhd: neighborhood
    pmt pymt pay: payment
    pct perc prc: percent
    prod prd: product
    pub: publisher
    rgn reg: region
    rep: representative
    rtn ret: return
    sal: salary
    sat csat: satisfaction
    nps: nps promoter score
    seg: segment
    shpmt: shipment
    sku: product
    sqft: square foot area size
    sqm: square meter area size
    sbp dbp bp: pressure blood
    bmi: mass body
    std: standard
    subj: subject
    temp tmp: temperature
    tot ttl: total
    univ: university
    util: utilization
    val: value
    vol: volume
    wt wgt: weight
    wh: warehouse
    whse: warehouse
    veh: vehicle
    ctr: clickthrough
    impr imps: impression
    conv: conversion
    sess: session
    usr: user
    ref: reference
    flg: flag
    pos: position
    stat: status
    los: stay length
    hp: horsepower
    mpg: mileage
    gpa: grade
    ltv clv: lifetime value
    cogs: cost
    gmv: revenue
    uom: unit
    eta: arrival
    pax: passenger
    fte: headcount
""")
_GERMAN = _pairs("""
    umsatz umsatze erlos erlose: revenue
    betrag summe wert: amount
    gesamt gesamtbetrag insgesamt: total
    preis preise einzelpreis stuckpreis: price
    kosten: cost
    ausgabe ausgaben: expense
    gewinn ertrag: profit
    marge: margin
    rabatt nachlass: discount
    steuer: tax
    gebuhr gebuhren: fee
    miete: rent
    gehalt lohn: salary
    einkommen: income
    menge anzahl stuck stuckzahl: quantity
    einheit einheiten: unit
    gewicht: weight
    lange: length
    breite: width
    hohe: height
    grosse: size
    entfernung strecke: distance
    dauer: duration
    wartezeit: wait
    verspatung: delay
    temperatur: temperature
    verbrauch: consumption
    kunde kunden kundin: customer
    mitarbeiter mitarbeiterin beschaftigte personal: employee
    krankheit krankheits krank: sick illness
    krankheitstage fehltage: sick day absence
    uberstunden: overtime hour
    arbeit: work
    teilzeit: part parttime
    vollzeit: full fulltime
    eintritt eintritts: joined entry
    austritt austritts: exit left
    kauf: purchase
    verkauf verkaufs: sale
    einkauf: purchase
    versand: shipping
    tage: day
    kilometer: km
    schaden: damage claim
    versicherung: insurance
    beitrag: premium contribution
    prufung: exam test
    noten: grade
    verein: club
    mitglied mitglieder: member
    gast gaste: guest
    zimmer: room
    ubernachtung ubernachtungen: night
    tor tore: goal
    spiel spiele: match game
    zuschauer: spectator attendance
    patient patienten: patient
    lieferant: supplier
    verkaufer verkauferin: seller
    vertreter: representative
    spieler: player
    schuler: student
    lehrer: teacher
    arzt arztin: doctor
    artikel produkt produkte ware waren: product
    gruppe: group
    kategorie: category
    art typ sorte: type
    klasse: class
    farbe: color
    marke: brand
    filiale filialen niederlassung laden geschaft: branch store
    lager: warehouse
    standort: location site
    abteilung: department
    stadt ort: city
    land lander: country
    bundesland: state
    region gebiet bezirk: region
    strasse: street
    postleitzahl plz: postcode
    auftrag auftrage bestellung bestellungen bestell: order
    rechnung rechnungs rechnungen: invoice
    buchung buchungs: booking
    lieferung liefer: delivery
    zahlung zahlungs zahlungsart: payment
    retoure retouren ruckgabe rucksendung: return
    storno storniert stornierung: cancelled
    reklamation: complaint
    vertrag vertrags: contract
    kanal vertriebsweg: channel
    kampagne: campaign
    fahrzeug: vehicle
    fahrer: driver
    fahrt: trip
    maschine: machine
    ausschuss: scrap
    schicht: shift
    datum tag: date day
    monat monate: month
    jahr jahre jahren: year
    woche wochen: week
    quartal: quarter
    uhrzeit zeit: time
    stunde stunden: hour
    beginn anfang start: start
    ende: end
    geburtsdatum: birth
    eintrittsdatum: joined
    alter: age
    geschlecht: gender
    nummer: number
    kennung: id
    bewertung note: rating
    zufriedenheit: satisfaction
    punkte: score
    bemerkung kommentar: comment
    bezeichnung name: name
    zustand: status
    zahl: count
    anteil: share
    quote rate: rate
    durchschnitt: average
""")
_FRENCH = _pairs("""
    chiffre vente ventes recette recettes: revenue
    montant somme: amount
    prix: price tarif
    cout couts frais: cost
    depense depenses: expense
    benefice benefices: profit
    marge: margin
    remise rabais reduction: discount
    taxe tva: tax
    salaire: salary
    revenu revenus: income
    loyer: rent
    quantite qte nombre: quantity
    unite unites: unit
    poids: weight
    longueur: length
    largeur: width
    hauteur: height
    taille: size
    surface: area
    distance: distance
    duree: duration
    attente: wait
    retard: delay
    temperature: temperature
    consommation: consumption
    client clients cliente: customer
    employe employes salarie: employee
    fournisseur: supplier
    vendeur vendeuse: seller
    eleve etudiant: student
    medecin: doctor
    veterinaire: vet veterinarian
    conducteur chauffeur: driver
    produit produits article: product
    categorie: category
    genre: genre gender
    sexe: gender sex
    type: type
    couleur: color
    marque: brand
    espece: species
    race: breed
    magasin boutique: store
    agence: agency branch
    entrepot: warehouse
    service: department service
    ville: city
    pays: country
    departement: department
    rue: street
    entree: admission entry
    sortie: discharge exit
    total totale: total
    commande commandes: order
    facture factures: invoice
    reservation: booking reservation
    livraison: delivery
    paiement: payment
    retour retours: return
    annule annulee annulation: cancelled
    contrat: contract
    canal: channel
    campagne: campaign
    vehicule: vehicle
    trajet: trip
    visite visites: visit
    sejour: stay
    chambre: room
    nuit nuits nuitee nuitees: night
    equipe: team shift
    jour jours: day
    mois: month
    annee annees an: year
    semaine semaines: week
    trimestre: quarter
    heure heures: hour
    debut: start
    fin: end
    naissance: birth
    age: age
    numero num: number
    note: rating score
    avis: review
    statut: status
    nom: name
    prenom: firstname
    vaccine vaccinee vaccin: vaccinated
    moyen moyenne: average
    taux: rate
""")
_SPANISH = _pairs("""
    ventas venta ingreso ingresos facturacion: revenue
    importe monto: amount
    precio: price
    coste costo costes costos: cost
    gasto gastos: expense
    beneficio ganancia: profit
    margen: margin
    descuento: discount
    impuesto iva: tax
    salario sueldo: salary
    propina propinas: tip
    alquiler: rent
    cantidad unidades: quantity unit
    peso: weight
    longitud: length
    anchura: width
    altura: height
    tamano: size
    superficie: area
    distancia: distance
    duracion: duration
    espera: wait
    retraso: delay
    temperatura: temperature
    consumo: consumption
    cliente clientes: customer
    empleado empleados empleada: employee
    proveedor: supplier
    vendedor vendedora: seller
    camarero camarera: waiter server
    comensal comensales: guest diner
    alumno estudiante: student
    medico: doctor
    conductor: driver
    producto productos articulo: product
    categoria: category
    sexo genero: gender sex
    tipo: type
    color: color
    marca: brand
    tienda tiendas sucursal: store branch
    almacen: warehouse
    departamento: department
    ciudad: city
    pais: country
    provincia: province state
    calle: street
    pedido pedidos: order
    factura facturas: invoice
    reserva reservas: booking reservation
    entrega envio: delivery shipment
    pago metodo: payment
    devolucion devuelto: return
    cancelado cancelada: cancelled
    contrato: contract
    campana: campaign
    vehiculo: vehicle
    viaje: trip
    visita visitas: visit
    estancia: stay
    habitacion: room
    noche noches: night
    mesa mesas: table
    turno turnos: shift
    plato platos: dish
    fecha dia: date day
    mes meses: month
    ano anos: year
    semana semanas: week
    trimestre: quarter
    hora horas: hour
    inicio: start
    nacimiento: birth
    edad: age
    numero: number
    puntuacion valoracion calificacion: rating score
    satisfaccion: satisfaction
    estado: status state
    nombre: name
    media promedio medio: average
    tasa: rate
""")
_THINGS = _pairs("""
    chat chats katze katzen gato gatos: cat
    chien chiens hund hunde perro perros: dog
    lapin lapins kaninchen conejo conejos: rabbit
    oiseau oiseaux vogel pajaro pajaros: bird
    cheval chevaux pferd caballo: horse
    homme hommes mann manner hombre hombres: man
    femme femmes frau frauen mujer mujeres: woman
    enfant enfants kind kinder nino ninos: child
    especes bargeld bar efectivo: cash
    carte karte tarjeta: card
    virement uberweisung transferencia: transfer
    comida dejeuner mittagessen almuerzo: lunch
    cena diner abendessen: dinner
    desayuno fruhstuck: breakfast
    rouge rot rojo: red
    bleu blau azul: blue
    vert grun verde: green
    noir schwarz negro: black
    blanc weiss blanco: white
    mobel meubles muebles: furniture
    beleuchtung eclairage iluminacion: lighting
    textil textilien textiles: textile
    kleidung vetements ropa: clothing
    lebensmittel alimentation: food
    getranke boissons bebidas: drink
    bucher livres libros: book
    spielzeug jouets juguetes: toy
    neu nouveau nuevo: new
    gebraucht occasion usado: used
    gekundigt resilie: cancelled
    geliefert livre entregado: delivered
    bezahlt paye pagado: paid
    offen ouvert abierto: open
    geschlossen ferme cerrado: closed
    lundi montag lunes: monday
    mardi dienstag martes: tuesday
    mercredi mittwoch miercoles: wednesday
    jeudi donnerstag jueves: thursday
    vendredi freitag viernes: friday
    samedi samstag sabado: saturday
    dimanche sonntag domingo: sunday
    ete sommer verano: summer
    hiver winter invierno: winter
    nord norden norte: north
    sud suden sur: south
    est osten este: east
    ouest westen oeste: west
""")
_DICTIONARY: dict[str, tuple[str, ...]] = {}
for _part in (_SHORT, _GERMAN, _FRENCH, _SPANISH, _THINGS):
    for _word, _meant in _part.items():
        for _form in {_word, stem(_word)}:
            _DICTIONARY[_form] = tuple(dict.fromkeys((*_DICTIONARY.get(_form, ()), *_meant)))
_JOINTS = ("", "s", "n", "en", "es")
"""What German puts between the two parts of a compound."""


@lru_cache(maxsize=8192)
def english(word: str) -> tuple[str, ...]:
    """English stems for a folded word, without the word itself; nothing for a word that is not in the dictionary."""
    return tuple(meant for meant in _DICTIONARY.get(word, ()) if meant != word)


@lru_cache(maxsize=8192)
def compound(word: str) -> tuple[str, ...]:
    """The two known parts of a word written in one (`kundennr` → kunden, nr); nothing when it is no such word."""
    if len(word) < 6 or word in _DICTIONARY:
        return ()
    for cut in range(len(word) - 2, 2, -1):
        first, second = word[:cut], word[cut:]
        if second not in _DICTIONARY:
            continue
        for joint in _JOINTS:
            bare = first.removesuffix(joint) if joint else first
            if (not joint or first.endswith(joint)) and len(bare) > 2 and bare in _DICTIONARY:
                return bare, second
    return ()


QUESTION_WORDS = {
    word: meant
    for meant, words in {
        "by": "nach por",
        "per": "pro je par cada",
        "what": "wie hoch lautet quel quelle quels quelles cual cuales",
        "which": "welche welcher welches welchen",
        "is": "ist sind est sont es son war waren",
        "how": "wieviel wieviele combien cuanto cuanta cuantos cuantas",
        "many": "viele viel",
        "the": "der die das den dem des le la les el los las un une una ein eine einer eines del du",
        "of": "von vom de",
        "in": "im en dans am",
        "and": "und et y",
        "or": "oder ou o",
        "for": "fur pour para",
        "with": "mit avec con",
        "without": "ohne sans sin",
        "average": "durchschnitt durchschnittlich durchschnittliche durchschnittlicher durchschnittlichen mittelwert moyen moyenne "
        "media medio promedio",
        "total": "gesamt gesamte gesamter insgesamt summe totale totales",
        "number": "anzahl nombre numero",
        "highest": "hochste hochsten hochster meisten meiste plus mayor mas",
        "lowest": "niedrigste niedrigsten geringste wenigsten moins menor menos",
        "share": "anteil part proporcion",
        "month": "monat monate mois mes meses",
        "year": "jahr annee ano",
        "week": "woche semaine semana",
        "quarter": "quartal trimestre",
        "day": "tag jour dia",
        "last": "letzten letzter letztes dernier derniere ultimo ultima",
        "over": "uber",
        "under": "unter",
        "more": "mehr",
        "than": "als que",
        "has": "hat a",
        "january": "januar janvier enero",
        "february": "februar fevrier febrero",
        "march": "marz mars marzo",
        "april": "avril abril",
        "may": "mai mayo",
        "june": "juni juin junio",
        "july": "juli juillet julio",
        "august": "aout agosto",
        "september": "septembre septiembre",
        "october": "oktober octobre octubre",
        "november": "novembre noviembre",
        "december": "dezember decembre diciembre",
    }.items()
    for word in words.split()
}
"""Function words of questions in German, French and Spanish, and the English ones in whose place they stand."""
_SURE = frozenset(
    """
    wie welche welcher welches wieviel wieviele und im fur ohne anzahl nach summe durchschnitt durchschnittliche ist
    combien quel quelle quels quelles par dans avec sans pour moyen moyenne les
    cuanto cuantos cuantas cual cuales por para sin promedio los las el cada
    """.split()
)
"""Words of QUESTION_WORDS that no English question holds."""


_BEGINNINGS = {
    "durchschnittlich": "average", "hochste": "highest", "niedrigste": "lowest", "gesamt": "total", "geringste": "lowest",
    "monatlich": "monthly", "jahrlich": "yearly", "wochentlich": "weekly", "taglich": "daily",
}  # fmt: skip
"""Beginnings of German words with many endings."""
_ENGLISH = frozenset(
    "the of what which how by is are was were with for and or does did do per each who when why".split()
)


def is_foreign(words: list[str]) -> bool:
    """Whether a question is German, French or Spanish, by its function words; one with English ones is not."""
    told = _SURE | {"pro"}
    foreign = any(word in told or in_english(word) for word in words)
    return foreign and _ENGLISH.isdisjoint(words)


def in_english(word: str) -> str | None:
    """The English word that a German word with one of many endings stands for, or None."""
    return next(
        (meant for start, meant in _BEGINNINGS.items() if word.startswith(start) and len(word) <= len(start) + 3), None
    )
