"""The names, streets, jobs and prices of the demo company; invented, none belongs to anybody."""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = """Ashdown Baxendale Carrow Dunmore Ellery Fairbrother Garland Hathersage Inchbald Jessop Kettlewell Larkin
Marchbank Norcross Ormerod Pemberton Quayle Rushworth Sedgwick Thackray Underhill Varley Wetherby Yarrow Zeller
Müller Østergård Nguyễn Łukasiewicz Žižka García-Peña Åkerblom Çelik D'Angelo O'Shaughnessy Þorsteinsson
Papadimitriou Иванова 山田 陳 Fernández-Høgh""".split()

FIRST_NAMES = """Ada Bram Cora Dilys Ewan Freya Gwen Hugo Imogen Jonas Keira Lorcan Maud Nils Oona Percy Rosa Silas
Tilda Una Vito Wilma Xanthe Yara Zeno Chloë Łucja Søren Þóra Åse Émile Nguyệt Ольга 美咲""".split()

TRADES = "Bakery Surgery Nursery Brewery Dental Joinery Kennels Motors Optics Stables Vets Vineyard".split()
TEAMS = "Rowing Club,Cricket Club,Allotment Society,Village Hall Committee,Residents' Association".split(",")
STREETS = "Mill Lane,Chapel Row,Orchard Close,Quay Street,Station Road,Church Walk,The Green,Elm Grove".split(
    ","
)

TOWNS: tuple[tuple[str, str, float, float], ...] = (
    ("Barnsford", "BF1 2AA", 51.462, -2.594),
    ("Millhaven", "MH3 4QT", 51.381, -2.359),
    ("Eastwick", "EW2 8DP", 51.347, -2.977),
    ("Harbourne", "HB7 1LN", 51.488, -2.768),
)
"""Town, postcode, latitude and longitude of its middle."""

ACCESS = (
    ("Mrs Dale next door", "Key safe by the back gate, code with the office"),
    ("Letting agent", "Ring a day before; tenant works nights"),
    ("The caretaker", "Dog in the yard, friendly once called Rufus"),
)
"""Who opens the door and what to know, for sites that have it [P9]."""

TAGS = (
    "vip",
    "slow payer",
    "protected tree",
    "yearly visit",
    "referred",
    "landlord",
    "no ladder access",
    "winter only",
)
NOTES = (
    "Prefers to be called after five.",
    "Has asked for a quote for the back hedge in spring.",
    "Pays by cheque, posts it on Fridays.",
    "Keep the side gate shut: two terriers.",
    "Wants photos before and after every visit.",
)
TASKS = (
    "Call back about the gutter",
    "Send the tree report",
    "Ask for the signed method statement",
    "Book the stump grinder",
)


@dataclass(frozen=True)
class Job:
    """Something the brand sells: unit price in cents, most units in one job, days until it comes again."""

    words: str
    cents: int
    most: int
    again_after: int


@dataclass(frozen=True)
class BrandStory:
    """One brand of the demo: its identity, its terms in days, its tax in percent, what it sells."""

    key: str
    name: str
    phone: str
    terms: int
    accent: str
    share: int
    jobs: tuple[Job, ...]
    asset: str


BRANDS: tuple[BrandStory, ...] = (
    BrandStory(
        "north",
        "North Tree Care",
        "+44 117 496 0101",
        30,
        "#1f6f43",
        5,
        (
            Job("Crown reduction, oak", 64000, 2, 720),
            Job("Deadwooding", 28050, 3, 540),
            Job("Hedge trim, per side", 9575, 6, 180),
            Job("Stump grinding", 14500, 4, 900),
            Job("Tree survey and report", 22500, 1, 365),
        ),
        "tree",
    ),
    BrandStory(
        "harbour",
        "Harbour Roofing",
        "+44 117 496 0102",
        14,
        "#0b5fa5",
        4,
        (
            Job("Slipped slates, refix", 18999, 3, 700),
            Job("Gutter clearance", 8500, 2, 365),
            Job("Flat roof renewal, square metre", 11240, 40, 1500),
            Job("Lead flashing, metre", 7333, 12, 1200),
        ),
        "roof",
    ),
    BrandStory(
        "orchard",
        "Orchard Property Care",
        "+44 117 496 0103",
        14,
        "#7a4b00",
        2,
        (
            Job("Boiler service", 9900, 1, 365),
            Job("Call-out fee", 6500, 1, 400),
            Job("Handyman, hour", 4250, 16, 210),
            Job("Landlord safety inspection", 12000, 2, 365),
        ),
        "boiler",
    ),
)
