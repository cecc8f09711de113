"""The shape of `truecost.yaml`."""

from typing import Annotated

from pydantic import Tag

from truecost.kernel.divisions import Division, Named
from truecost.model.schema.calendar_words import (
    ExtraWeek,
    Month,
    NamedAfter,
    Periods,
    Quarters,
    YearBegins,
    YearEnds,
)
from truecost.model.schema.currencies import CurrenciesShape
from truecost.model.schema.engine import EngineWords
from truecost.model.schema.shape import BY_FORM, LIST, TABLE, TEXT, Shape, key
from truecost.model.schema.words import (
    Amount,
    Basis,
    BillPeriod,
    ClassWord,
    ColumnName,
    CostColumn,
    Count,
    Currency,
    DateOrder,
    Delimiter,
    DeliveriesWord,
    Encoding,
    Exact,
    Expression,
    Format,
    Id,
    IdentityWord,
    Inside,
    LateLines,
    Line,
    LocaleName,
    Prose,
    QuantityColumn,
    SavingsText,
    Sign,
    SourceKind,
    Stop,
    Unallocated,
    WithoutWord,
    YesNo,
)
from truecost.model.source_types import CONTENT


class ValidShape(Shape):
    """From which month to which an entry holds, both included. Either may be left out."""

    begins: Month | None = key("The first month.", None, alias="from", shown="always")
    to: Month | None = key("The last month.", None, shown="for ever")


class FiscalYearShape(Shape):
    """When the fiscal year begins, and what it is divided into."""

    begins: YearBegins | None = key(
        "The day on which the fiscal year begins: a date, as in 6 April, or, where periods are made"
        " of weeks, a day of the week, as in Sunday nearest 1 February or last Monday of June.",
        None,
        shown="1 January",
    )
    ends: YearEnds | None = key(
        "In place of begins: the last day of the fiscal year, as in 5 April, Saturday nearest 31"
        " January or last Saturday of August.",
        None,
        shown="the day before the next begins",
    )
    periods: Periods = key(
        "What a year is divided into: calendar months (from the day of the month on which the year"
        " begins), twelve periods of whole weeks, or thirteen of four weeks.",
        Division.MONTHS,
        shown="months",
    )
    extra_week: ExtraWeek = key(
        "Only for periods of weeks: which of them has a week more in a year of 53 weeks.",
        0,
        shown="last period",
    )
    named: NamedAfter = key(
        "By which calendar year a fiscal year that lies in two is called: 2024-25, 2024 or 2025."
        " Periods of weeks are labelled with the first of the two, or with the one named here.",
        Named.BOTH,
        shown="both years",
    )
    quarters: Quarters = key(
        "How many periods each quarter has.", (), shown="3-3-3-3, and 3-3-3-4 of 13 periods"
    )


class PeriodsShape(Shape):
    """The first and the last month, both included."""

    begins: Month | None = key(
        "The first month.", None, alias="from", shown="the first that the ledger has"
    )
    to: Month | None = key("The last month.", None, shown="the last that the ledger has")


class HeldShape(Shape):
    """How much may be held back before the build stops."""

    hold_up_to: Amount = key(
        "Lines that can't be read are held back, and named in the reconciliation, while their"
        " amounts, without signs, add up to no more than this."
    )
    unreadable: Count = key(
        "How many of them may have an amount that can't be read at all.", 0, shown="0"
    )


Replacements = dict[Exact, Exact]
Clean = Annotated[Annotated[Expression, Tag(TEXT)] | Annotated[Replacements, Tag(TABLE)], BY_FORM]
Keys = Annotated[Annotated[Exact, Tag(TEXT)] | Annotated[list[Exact], Tag(LIST)], BY_FORM]
Files = Annotated[Annotated[Inside, Tag(TEXT)] | Annotated[list[Inside], Tag(LIST)], BY_FORM]
RejectsWords = Annotated[Annotated[Stop, Tag(TEXT)] | Annotated[HeldShape, Tag(TABLE)], BY_FORM]


class CommitmentsShape(Shape):
    """Whose the savings of commitments are."""

    savings: SavingsText = key(
        "to who used: every charge at its effective cost. shared: all use that is alike in"
        " shared_within costs the same share of what it would without commitments. kept by, and a"
        " service or consumer: use is charged as without commitments, and the savings are a line"
        " of theirs."
    )
    compared_with: WithoutWord = key(
        "What use costs without a commitment. Where a charge does not say it, the other counts;"
        " where it says neither, nothing is saved.",
        "ContractedCost",
        shown="ContractedCost",
    )
    shared_within: list[ColumnName] | None = key(
        "With savings: shared. The columns in which charges must be alike to share.",
        None,
        shown="service_name",
    )


class SourceShape(Shape):
    """One source: where its files are, how they are read, and what its figures are based on."""

    kind: SourceKind = key(
        "What the source is. ledger: what was posted; focus: a cloud bill. Registers of what the"
        " ledger does not have: assets and prepayments that began before it, accruals that are not"
        " posted yet and are taken back in the next month."
    )
    basis: Basis | None = key(
        "Whether a cost counts when it is paid or when it is owed; printed on statements.",
        None,
        shown="not said",
    )
    basis_note: Prose | None = key(
        "What else a reader must know about the figures, such as a threshold.", None, shown="none"
    )
    files: Files | None = key(
        "The files, relative to the workspace; * and ** stand for any part of a name. One pattern,"
        " or a list. The end of a name says what reads the file: .xlsx, .xlsm, .xls, .ods, .parquet"
        ", .csv.gz and .csv.zst; all others are delimited text.",
        None,
        shown="none, for a database",
    )
    connection: Line | None = key(
        "In place of files: the address of a PostgreSQL database. ${NAME} stands for an environment"
        " variable; a password is given in no other way.",
        None,
        shown="none",
    )
    sqlite: Inside | None = key(
        "In place of files: an SQLite file, relative to the workspace.", None, shown="none"
    )
    query: Prose | None = key(
        "With connection or sqlite: one SELECT. Its columns are what layouts map.",
        None,
        shown="none",
    )
    sheet: Line | None = key(
        "The sheet of a workbook.", None, shown="the first whose header fits a layout"
    )
    encoding: Encoding | None = key(
        "How the files are encoded.", None, shown="UTF-8, else Windows-1252"
    )
    delimiter: Delimiter | None = key(
        "What separates the columns.",
        None,
        shown="the one of comma, semicolon, tab and | by which the header fits a layout",
    )
    decimal_comma: YesNo = key(
        "Whether 1.234,50 is how the files write one thousand and so on.", default=False, shown="no"
    )
    three_decimals: YesNo = key(
        "Whether 1.234 is one and a bit, though all amounts of a file that have a point have three"
        " digits after it. Without this or decimal_comma a text file of such amounts is refused,"
        " unless its currency has three decimals.",
        default=False,
        shown="no",
    )
    sign: Sign = key(
        "Which sign a cost has in the files. Where costs are negative, as in a bank's statement or"
        " where credits are positive, every amount is turned round.",
        default=False,
        shown="costs are positive",
    )
    date_order: DateOrder = key(
        "How dates such as 03/04/2022 are read. By default only ISO dates (2022-04-03) and dates"
        " with the month in letters are.",
        "year month day",
        shown="year month day",
    )
    currency: Currency | None = key(
        "The currency of every line, unless a layout has a column currency.",
        None,
        shown="the workspace's",
    )
    layouts: list[dict[ColumnName, Line]] | None = key(
        "Only for a ledger, which needs it. Which header means what, as a list: a file uses the"
        " first layout whose required headers it has. Left our name, right the file's header; a ?"
        " after the header says that the column may be absent. Our names: date and amount (both"
        " required; instead of the amount, a pair debit and credit), account, cost_centre, entity,"
        " vendor, document, description, currency, quantity; any other lower-case name is a column"
        " of text of your own, but for service_from, service_to and in_service, which recognise:"
        " reads as dates. Of kind: assets: asset, in_service, cost and life (in months) are"
        " required, residual, disposed and proceeds may be there; of kind: prepayments: date,"
        " amount, service_from and service_to are required.",
        None,
        shown="none, for kind: focus",
    )
    beside_ledger: Prose | None = key(
        "Only for kind: assets and prepayments. Why the register may have what began since the"
        " ledger does, as when purchases are not in it; without it that is refused, since it would"
        " count twice.",
        None,
        shown="none: only what began before the ledger",
    )
    cost: CostColumn | None = key(
        "Only for kind: focus. Which cost of a charge counts.", None, shown="EffectiveCost"
    )
    period: BillPeriod | None = key(
        "Only for kind: focus. The month of a charge: the one in which its charge period begins, or"
        " that of its billing period.",
        None,
        shown="charge",
    )
    quantity: QuantityColumn | None = key(
        "Only for kind: focus. The column that is the quantity of a charge.",
        None,
        shown="none: each charge counts one",
    )
    tags: dict[ColumnName, Keys] = key(
        "Only for kind: focus. Columns of text made of tags: team: [Team, cost-owner] makes"
        " tag_team, which has the value of the first of these keys that a charge has.",
        {},
        shown="none",
    )
    columns: list[Line] = key(
        "Only for kind: focus. Further columns that conditions use and the specification does not"
        " have, as the file heads them: x_CostCentre becomes x_cost_centre.",
        [],
        shown="none",
    )
    deliveries: DeliveriesWord | None = key(
        "Only for kind: focus. Whether the files of a billing period add up, or the later ones by"
        " name (or all of the last folder) replace the earlier ones.",
        None,
        shown="add",
    )
    invoices: Inside | None = key(
        "Only for kind: focus. A CSV file with InvoiceId and BilledCost: what each invoice comes"
        " to. The build stops where the charges of an invoice do not.",
        None,
        shown="none",
    )
    commitments: CommitmentsShape | None = key(
        "Only for kind: focus, with EffectiveCost. Whose the savings of commitments are.",
        None,
        shown="to who used",
    )
    clean: dict[ColumnName, Clean] = key(
        "How columns of text are cleaned, in the order written, each seeing what those before it"
        " made: an expression, or a table of whole values and what replaces them. A new name makes"
        " a new column.",
        {},
        shown="nothing",
    )
    distinct: YesNo = key(
        "Whether equal rows inside one file count once.", default=False, shown="no: each counts"
    )
    identity: IdentityWord = key(
        "What rows are known by: what they say (content), or where they stand (position). By"
        " their position large Parquet files are read in bulk; rows that several files have then"
        " count in each.",
        CONTENT,
        shown="content",
    )
    rejects: RejectsWords = key(
        "What happens when a line can't be read: stop the build, or hold such lines back up to an"
        " amount.",
        None,
        shown="stop",
    )


class WorkspaceShape(Shape):
    """Who keeps this cost model, in which currency and calendar, and where its costs come from."""

    truecost: Format = key("The version of this format.")
    organisation: Line = key("The name of the organisation, as statements print it.")
    about: Prose | None = key(
        "What this workspace is, in a sentence or more; printed on statements.", None, shown="none"
    )
    attribution: Prose | None = key(
        "Whose data it is and under which licence; printed on statements.", None, shown="none"
    )
    currency: Currency = key("The currency of statements and of amounts in the model.")
    locale: LocaleName = key(
        "How amounts and months are written on statements, by language and country (Unicode CLDR)."
        " Sentences are English.",
        "en",
        shown="en",
    )
    currencies: CurrenciesShape | None = key(
        "How cost in other currencies becomes cost in this one. Without it each currency has"
        " statements of its own.",
        None,
        shown="not translated",
    )
    fiscal_year: FiscalYearShape = key(
        "The fiscal calendar.", FiscalYearShape(), shown="from 1 January"
    )
    periods: PeriodsShape = key(
        "Which months are computed.", PeriodsShape(), shown="all that the ledger has"
    )
    default_class: ClassWord | None = key(
        "What a line is for when no rule says it. Without it such a line is an error.",
        None,
        shown="none",
    )
    unallocated: Unallocated = key(
        "Whether cost that can't be allocated may become a named line of its own.",
        default=False,
        shown="refused",
    )
    late_lines: LateLines = key(
        "What becomes of ledger lines that come after their month was closed: they are placed in"
        " the first open month and told apart there, or the closed month is restated by a"
        " supplement.",
        default=False,
        shown="placed in the open month",
    )
    engine: EngineWords = key(
        "What computes that which is done for every single line: duckdb, in this process; spark;"
        " postgresql. No figure depends on it.",
        "duckdb",
        shown="duckdb",
    )
    sources: dict[Id, SourceShape] = key("The sources, by name.")
