"""The services: what each is, who uses it and on what it runs."""

from __future__ import annotations

from dataclasses import dataclass

from truecost.synthetic.units import ALWAYS, Unit

# id, name, unit, behaviour, tower
_PLATFORMS = """
virtual-machines | Virtual machines | machine hour | step of 20000, notice 3 months | Compute / Servers
containers | Containers | container hour | variable, notice 1 month | Application / Container Orchestration
data-centre | Data centre rooms | rack unit | fixed, notice 24 months | Data Center / Enterprise Data Center
database-hosting | Databases | database | step of 10, notice 6 months | Data / Database
block-storage | Disks | gigabyte | step of 5000, notice 3 months | Storage / Online Storage
object-storage | Object storage | gigabyte | variable, notice 1 month | Storage / Online Storage
backup | Backup and archive | gigabyte | variable, notice 3 months | Storage / Offline Storage
wide-network | Network between sites | connected person | fixed, notice 24 months | Network / WAN
site-network | Networks of sites | connected person | fixed, notice 12 months | Network / LAN
remote-access | Remote access | person | variable, notice 1 month | Network / Network Management
telephony | Telephony | extension | variable, notice 3 months | Network / Voice & Collaboration
monitoring | Monitoring and logs | watched system | variable, notice 3 months | Delivery / Operations Center
identity | Accounts and access | account | variable, notice 3 months | Security / Identity & Access Governance
security-operations | Security operations | account | fixed, notice 12 months | Security / Digital Security
disaster-recovery | Disaster recovery | protected system | fixed, notice 12 months | Risk & Compliance / Disaster Recovery
integration | Integration of systems | thousand messages | variable, notice 3 months | Application / Middleware
build-pipeline | Building and testing of software | build hour | variable, notice 1 month | Application / Development
data-lake | Data lake | gigabyte | variable, notice 3 months | Data / Data Operations
reporting | Reports and analyses | report user | variable, notice 3 months | Data / Data Management
service-desk | Service desk | ticket | step of 900, notice 3 months | End User / Help Desk
on-site-help | Help on site | visit | step of 120, notice 3 months | End User / Deskside Support
cloud-landing | Cloud accounts and guard rails | cloud account | fixed, notice 6 months | Delivery / Operations Center
"""  # noqa: E501  a table
_WORKPLACE = """
laptop | Laptop | device | step of 100, notice 3 months | End User / Workspace
desktop | Desk computer and till | device | step of 100, notice 3 months | End User / Workspace
handheld | Hand-held scanner | device | step of 50, notice 3 months | End User / Mobile Devices
virtual-desktop | Virtual desktop | desktop | variable, notice 1 month | End User / Workspace
mobile-phone | Mobile phone | phone | variable, notice 1 month | End User / Mobile Devices
office-suite | Office programs | seat | variable, notice 12 months | Application / Licensing
mail | Mail and calendar | mailbox | variable, notice 12 months | Application / Licensing
video-meetings | Video meetings | seat | variable, notice 12 months | End User / Conferencing & AV
meeting-rooms | Meeting rooms | room | fixed, notice 12 months | End User / Conferencing & AV
printing | Printing | thousand pages | variable, notice 3 months | End User / Network Printers
file-shares | Shared files | gigabyte | variable, notice 3 months | Storage / Online Storage
intranet | Intranet | person | fixed, notice 12 months | Application / Support & Operations
e-signature | Electronic signature | signature | variable, notice 1 month | Application / Licensing
password-safe | Password safe | seat | variable, notice 12 months | Security / Digital Security
"""
# id, name, host, size, users (of a thousand people), and the months in which it is there.
# Users name units or kinds of unit; the first that fits counts, "all" fits everyone.
_APPLICATIONS = """
general-ledger | General ledger | own 5 | accounting 950 furniture-finance 950 finance 700 corporate 90 office 40
purchasing | Purchasing | own 4 | procurement 900 buying 900 office 120 plant 25 depot 25
asset-accounting | Asset accounting | own 2 | accounting 300 furniture-finance 300 facilities 200
consolidation | Group accounts | nimbus 2 | accounting 150 controlling 600 furniture-finance 250 us-office 150
treasury-desk | Treasury | saas 2 | treasury 900 accounting 40
expenses | Expenses | saas 3 | office 700 lab 650 shop 60 plant 60 depot 60
payroll-system | Payroll | own 3 | shared-payroll 980 furniture-people 500 personnel-advice 100
people-records | Personnel records | saas 4 | personnel 950 furniture-people 950 office 150 shop 60 plant 40 depot 40
recruiting | Recruiting | saas 2 | training 900 personnel 400 office 60
learning | Learning | saas 3 | all 600
time-clock | Time recording | own 3 | plant 980 depot 980 shop 950 lab 300
customer-records | Customer records | nimbus 5 | wholesale 900 furniture-sales 900 us-dealers 900 customer-care 950 aftersales 300
dealer-portal | Dealer portal | nimbus 3 | wholesale 600 us-dealers 700 furniture-sales 500
web-shop | Web shop | nimbus 5 | online 850 us-online 900 customer-care 300
site-search | Search in the web shop | stratus 3 | web-shop-trading 500 us-online 300
product-data | Product data | stratus 4 | merchandising 600 online 500 design 300 tools-design 300 furniture-design 300
loyalty | Loyalty points | nimbus 3 | loyalty-club 950 shop 200 customer-care 250
tills | Tills | own 5 | shop 900
card-payments | Card payments | saas 4 | shop 500 online 200
care-desk | Requests of customers | saas 3 | customer-care 980 us-service 900 repairs 300 returns 300
campaigns | Mail to customers | saas 2 | online 300 loyalty-club 900 us-online 400 communications 300
pricing | Prices | stratus 3 | buying 500 range-planning 800 key-accounts 400 us-dealers 200
demand-planning | Planning of demand | stratus 4 | range-planning 900 tools-planning 800 furniture-planning 800 inbound 200
warehouse-system | Warehouses | own 5 | depot 850
transport-planning | Planning of tours | saas 3 | transport 700 warehouses 60 us-warehouse 80
returns-portal | Returns portal | nimbus 2 | returns 700 customer-care 500
customs | Customs | saas 2 | inbound 900 export-sales 600 us-warehouse 40
shop-floor | Control of the works | own 5 | plant 600
machine-data | Data of machines | stratus 5 | plant 120 tools-maintenance 700 furniture-maintenance 700
laboratory | Quality laboratory | own 3 | tools-quality 900 furniture-quality 900 coating 60
machine-care | Maintenance of machines | own 3 | tools-maintenance 950 furniture-maintenance 950 facilities 300
drawing | Drawing in three dimensions | own 4 | lab 800 tools-maintenance 100
product-lifecycle | Product lifecycle | own 4 | lab 850 tools-planning 300 furniture-planning 300
simulation | Simulation | nimbus 4 | tools-design 400 furniture-design 300 outdoor-robots 900
patents | Patents | own 1 | legal 500 tools-design 60 outdoor-robots 300
contracts | Contracts | saas 2 | legal 900 procurement 600 key-accounts 300
supplier-portal | Supplier portal | nimbus 3 | procurement 800 buying 800 inbound 300
board-papers | Board papers | saas 1 | board-office 900 audit 300
carbon-records | Sustainability records | saas 2 | sustainability 950 procurement 150 facilities 250
spare-parts-shop | Spare parts shop | nimbus 3 | spare-parts 850 repairs 500 us-service 400
field-service | Planning of visits | saas 3 | installation 950 repairs 300 us-service 500
rental-booking | Booking of rentals | own 2 | rental 900 | -17
old-orders | Old order system | own 4 | wholesale 700 furniture-sales 600 customer-care 500 export-sales 800 | -14
order-hub | Order hub | nimbus 4 | wholesale 800 furniture-sales 800 customer-care 700 us-dealers 600 | 12-
robot-fleet | Fleet of mowing robots | stratus 3 | outdoor-robots 900 us-service 100 | 9-
writing-assistant | Writing assistant | stratus 4 | office 250 lab 300 customer-care 600 | 15-
"""  # noqa: E501  a table
_OWNERS = {
    "platform": "Head of Platforms",
    "workplace": "Head of Workplace",
    "own": "Head of Applications",
    "saas": "Head of Applications",
    "nimbus": "Head of Digital Products",
    "stratus": "Head of Data and Products",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A service. `host` says what it runs on: own machines, saas, or one of two clouds.

    `size` goes from 1 to 5. `users` are the units or kinds of unit that use an application, with
    how many of a thousand people there do. `span` is the first and last month of its life.
    """

    id: str
    name: str
    kind: str
    unit: str
    behaviour: str
    tower: str
    owner: str
    host: str = ""
    size: int = 0
    users: tuple[tuple[str, int], ...] = ()
    span: tuple[int, int] = ALWAYS

    def exists(self, month: int) -> bool:
        """Say whether it is there in a month."""
        return self.span[0] <= month <= self.span[1]

    def share(self, unit: Unit) -> int:
        """Give how many of a thousand people of a unit use it."""
        names = (unit.id, *reversed(unit.path), unit.kind, "all")
        return next((share for name in names for user, share in self.users if user == name), 0)


def services() -> tuple[Service, ...]:
    """Give all services: platforms, the workplace, applications."""
    return (
        *(_shared(line, "platform") for line in _PLATFORMS.strip().splitlines()),
        *(_shared(line, "workplace") for line in _WORKPLACE.strip().splitlines()),
        *(_application(line) for line in _APPLICATIONS.strip().splitlines()),
    )


def _shared(line: str, kind: str) -> Service:
    id_, name, unit, behaviour, tower = line.split(" | ")
    return Service(id_, name, kind, unit, behaviour, tower, _OWNERS[kind])


def _application(line: str) -> Service:
    id_, name, runs, users, *rest = line.split(" | ")
    host, size = runs.split()
    words = users.split()
    first, _, last = rest[0].partition("-") if rest else ("", "", "")
    return Service(
        id_,
        name,
        "application",
        "seat",
        "variable, notice 12 months" if host == "saas" else "fixed, notice 6 months",
        "Application / Licensing" if host == "saas" else "Application / Support & Operations",
        _OWNERS[host],
        host,
        int(size),
        tuple(zip(words[::2], map(int, words[1::2]), strict=True)),
        (int(first or ALWAYS[0]), int(last or ALWAYS[1])),
    )
