"""The tree of units: who works for whom, in which company, and who comes and goes."""

from __future__ import annotations

from dataclasses import dataclass

# A department: company, kind, people at the start, how many of a thousand come each month, and,
# where it was not always there, its first and last month by number.
_TREE = """
retail: Retail
  shops: Shops
    shops-north: Shops in the North | uk shop 824 1
    shops-midlands: Shops in the Midlands | uk shop 734 0
    shops-south: Shops in the South | uk shop 910 2
    shops-scotland: Shops in Scotland | uk shop 376 -3
    shops-germany: Shops in Germany | de shop 428 4
  online: Online
    web-shop-trading: Web shop trading | uk office 128 12
    content-studio: Photographs and texts | uk office 76 5
    marketplaces: Marketplaces | uk office 34 18
  merchandising: Merchandising
    range-planning: Range planning | uk office 82 0
    buying: Buying | uk office 104 1
    visual-display: Windows and displays | uk office 46 -2
  customers: Customers
    customer-care: Customer care | uk office 286 3
    loyalty-club: Loyalty club | uk office 28 6
wholesale: Wholesale
  key-accounts: Key accounts | uk office 72 1
  dealers-north: Dealers in the North | uk office 58 0
  dealers-south: Dealers in the South | uk office 50 0 -11
  export-sales: Export | uk office 62 4
  tenders: Tenders and public gardens | uk office 24 0
tools: Garden tools
  tools-works: Works
    forge: Forge and blades | uk plant 572 -1
    handles: Handles and assembly | uk plant 482 0
    coating: Coating line | uk plant 236 0
    tools-maintenance: Maintenance of machines | uk plant 88 1
  tools-office: Office of the works
    tools-design: Design of tools | uk lab 94 3
    tools-quality: Quality of tools | uk lab 66 0
    tools-planning: Planning of tools | uk office 56 0
  outdoor-robots: Mowing robots | uk lab 38 25 9-
furniture: Garden furniture
  furniture-works: Works in Germany
    sawmill: Sawmill | de plant 264 -1
    joinery: Joinery | de plant 654 1
    upholstery: Cushions and covers | de plant 312 2
    furniture-maintenance: Maintenance of machines in Germany | de plant 62 0
  furniture-office: Office in Germany
    furniture-design: Design of furniture | de lab 72 2
    furniture-quality: Quality of furniture | de lab 48 0
    furniture-planning: Planning of furniture | de office 44 0
    furniture-finance: Finance in Germany | de office 54 0
    furniture-people: Personnel in Germany | de office 32 0
    furniture-sales: Sales in Germany and Austria | de office 116 3
america: North America
  us-dealers: Dealers in America | us office 94 6
  us-online: Web shop in America | us office 52 28
  us-warehouse: Warehouse in Ohio | us depot 184 8
  us-service: Service in America | us office 68 5
  us-office: Office in America | us office 42 2
logistics: Logistics
  warehouses: Warehouses
    warehouse-east: Warehouse East | uk depot 476 2
    warehouse-west: Warehouse West | uk depot 352 1
    warehouse-germany: Warehouse in Germany | de depot 242 3
  inbound: Inbound and customs | uk office 66 1
  transport: Transport | uk depot 168 0
  returns: Returns | uk depot 114 5
aftersales: After sales
  repairs: Repairs | uk plant 144 1
  spare-parts: Spare parts | uk depot 96 2
  installation: Installation in gardens | uk office 78 4
  rental: Rental of machines | uk shop 132 -4 -17
corporate: Corporate
  finance: Finance
    accounting: Accounting | uk office 156 -2
    controlling: Controlling | uk office 68 1
    treasury: Treasury and tax | uk office 30 0
    shared-payroll: Payroll office | uk office 36 0
  personnel: Personnel
    personnel-advice: Personnel advice | uk office 84 0
    training: Training and recruiting | uk office 46 2
  legal: Law and patents | uk office 42 1
  procurement: Procurement | uk office 74 0
  facilities: Buildings and safety | uk office 90 -1
  communications: Communications | uk office 38 0
  audit: Internal audit and risk | uk office 26 2
  sustainability: Sustainability | uk office 18 15
  board-office: Office of the board | uk office 22 0
  group-it: Information technology | uk office 0 0
"""
_HEADS = (
    "A. Abara", "B. Brandl", "C. Calloway", "D. Dietz", "E. Eklund", "F. Farrow", "G. Gatley",
    "H. Holm", "I. Ikeda", "J. Jansen", "K. Kettle", "L. Lowry", "M. Marsh", "N. Nyberg",
    "O. Okafor", "P. Pryce", "Q. Quist", "R. Rowan", "S. Sorrel", "T. Thorne", "U. Ubani",
    "V. Vance", "W. Weir", "Y. Yarrow", "Z. Zeller",
)  # fmt: skip
ALWAYS = (-100, 1000)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the organisation; `kind` is empty where it has units of its own.

    `path` holds the ids of all above it, the nearest last. `span` is the first and last month in
    which it exists.
    """

    id: str
    name: str
    path: tuple[str, ...]
    head: str
    company: str = ""
    kind: str = ""
    people: int = 0
    growth: int = 0
    span: tuple[int, int] = ALWAYS
    centre: str = ""

    def exists(self, month: int) -> bool:
        """Say whether it is there in a month."""
        return self.span[0] <= month <= self.span[1]


def tree() -> tuple[Unit, ...]:
    """Give all units, each after the one above it."""
    found: list[Unit] = []
    path: list[str] = []
    for number, line in enumerate(_TREE.strip().splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        id_, _, rest = line.strip().partition(": ")
        name, _, facts = rest.partition(" | ")
        path = [*path[:depth], id_]
        head = _HEADS[number * 7 % len(_HEADS)]
        above = ("group", *path[:-1])
        if not facts:
            found.append(Unit(id_, name, above, head))
            continue
        company, kind, people, growth, *span = facts.split()
        first, _, last = span[0].partition("-") if span else ("", "", "")
        there = (int(first or ALWAYS[0]), int(last or ALWAYS[1]))
        centre = f"{company.upper()}-{1000 + 10 * number}"
        found.append(
            Unit(id_, name, above, head, company, kind, int(people), int(growth), there, centre)
        )
    return tuple(found)
