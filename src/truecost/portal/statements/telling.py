"""What a run answered, as pages show it: money, shares and counts as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truecost.engine.bridge import PARTS
from truecost.kernel import money
from truecost.statements import figures, locale, words
from truecost.statements.explain_bridge import PART_WORDS, sentences
from truecost.statements.explain_text import counted, decimal_text, described, rate_text

if TYPE_CHECKING:
    from decimal import Decimal

    from truecost.statements.counts import Count
    from truecost.statements.explain import Explanation, LineBehind
    from truecost.statements.explain_bridge import BridgeView
    from truecost.statements.explain_chain import Step
    from truecost.statements.peers import Beside, PerHead


def figure(found: Explanation) -> dict[str, Any]:
    """Tell an explanation: who passed the cost on, where it entered, the ledger lines."""
    currency = found.currency
    rest = found.rest
    return {
        "amount": locale.shown(found.amount, currency),
        "charged": found.charged,
        "steps": [_step(step, found) for step in found.steps],
        "more_steps": found.more_steps,
        "entries": [
            {
                "name": entry.name,
                "pool": entry.pool,
                "lines": counted(entry.lines),
                "amount": locale.shown(entry.amount, currency),
                "portion": decimal_text(entry.portion, currency),
            }
            for entry in found.entries
        ],
        "entries_rounding": decimal_text(found.entries_rounding, currency),
        "lines": None if found.lines is None else [_ledger(each, currency) for each in found.lines],
        "rest": rest
        and {
            "lines": counted(rest.lines),
            "amount": decimal_text(rest.amount, currency),
            "portion": decimal_text(rest.portion, currency),
        },
        "moved": [
            {"name": each.name, "portion": decimal_text(each.portion, currency)}
            for each in found.moved
        ],
        "rounding": decimal_text(found.rounding, currency),
        "notes": found.notes,
    }


def _step(step: Step, found: Explanation) -> dict[str, Any]:
    passed = [
        f"you had {each.words}" if not each.target else f"{each.name} took {each.words}"
        for each in step.passed
    ]
    return {
        "name": step.name,
        "cost": locale.shown(step.cost, found.currency),
        "passed": "; ".join(passed),
        "rule": next((each.rule for each in step.passed if each.rule), ""),
        "loop": words.joined(sorted(step.loop)),
    }


def _ledger(line: LineBehind, currency: str) -> dict[str, Any]:
    at = "" if line.rate is None else f"at {rate_text(line.rate)} {currency} for 1 {line.currency}"
    return {
        "day": line.day,
        "text": described(line),
        "place": f"{line.file}:{line.line}",
        "amount": decimal_text(line.amount, line.currency),
        "rate": at,
        "portion": decimal_text(line.portion, currency),
    }


def count(found: Count) -> dict[str, Any]:
    """Tell what was counted, and where."""
    share = words.percent(figures.share_percent(found.share, 2))
    quantity = total = ""
    if found.quantity is not None:
        quantity = words.counted(found.quantity, found.unit)
    if found.total is not None:
        total = words.counted(found.total, found.unit)
    return {
        "driver": found.driver,
        "quantity": quantity,
        "total": total,
        "share": share,
        "stands_for": found.stands_for,
        "month": locale.month(found.as_of),
        "file": found.file,
        "column": found.column,
        "same": found.same,
        "rows": found.rows,
        "names": [name for name, _ in found.rows[0].more] if found.rows else [],
        "measure": found.measure,
    }


def per_head(found: PerHead, currency: str) -> dict[str, Any]:
    """Tell what a head costs, beside others."""
    return {
        "driver": found.driver,
        "heads": words.number(found.heads),
        "among": found.among,
        "total": _beside(found.total, currency),
        "services": [_beside(each, currency) for each in found.services],
    }


def _beside(each: Beside, currency: str) -> dict[str, Any]:
    said = ""
    if each.low is not None and each.high is not None:
        inside = each.low <= each.mine <= each.high
        said = "within" if inside else "more" if each.mine > each.high else "less"
    return {
        "name": each.name,
        "mine": _major(each.mine, currency),
        "others": each.others,
        "low": _major(each.low, currency),
        "high": _major(each.high, currency),
        "said": said,
    }


def _major(value: Decimal | None, currency: str) -> str:
    return "" if value is None else locale.shown(money.to_minor(value, currency), currency)


def bridge(found: BridgeView) -> dict[str, Any]:
    """Tell why a bill changed between two months: in sentences, and by service."""
    made = found.bridge
    currency = made.currency

    def signed(amount: int) -> str:
        return locale.shown(amount, currency, sign=True)

    used = [at for at in range(len(PARTS)) if made.parts[at] or any(
        line.parts[at] for line in made.lines)]  # fmt: skip
    lines = sorted(made.lines, key=lambda line: (-abs(line.after - line.before), line.source))
    return {
        "against": locale.month(made.against),
        "before": locale.shown(made.before, currency),
        "after": locale.shown(made.after, currency),
        "change": signed(made.after - made.before),
        "sentences": [(signed(amount), text) for amount, text in sentences(found)],
        "heads": [words.capital(PART_WORDS[PARTS[at]]) for at in used],
        "parts": [signed(made.parts[at]) for at in used],
        "services": [
            {
                "name": found.names[line.source],
                "before": locale.shown(line.before, currency),
                "after": locale.shown(line.after, currency),
                "change": signed(line.after - line.before),
                "parts": [signed(line.parts[at]) if line.parts[at] else "" for at in used],
            }
            for line in lines
        ],
        "untold": "" if made.model_applied else made.reason,
    }
