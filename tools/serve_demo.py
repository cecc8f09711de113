"""The portal's demo: a synthetic group whose months are built, closed, issued; one person per role.

    python tools/serve_demo.py FOLDER           make it where it is not there, and serve it
    python tools/serve_demo.py FOLDER --make    make it only

The people are invented and share one password, which is printed: serve it on your own machine only.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("truecost")
ISSUED, REVIEWED = ("2026-01", "2026-02"), "2026-03"
PASSWORD = "an orchard in four words"  # noqa: S105  everybody may know it
#: Who there is: e-mail before the @, name, role, the part that the role is over.
PEOPLE = (
    ("admin", "Ada Admin", "admin", ""),
    ("analyst", "Ann Analyst", "analyst", ""),
    ("owner", "Owen Owner", "service owner", "service-desk"),
    ("head", "Harriet Head", "department head", "retail"),
    ("leader", "Lena Leader", "leader", ""),
    ("auditor", "Aldo Auditor", "auditor", ""),
)
HOST = "larkwhistle.example"
BRIEFING = """\
Every department pays for what it uses. **Nothing is added on top.**

## What changes, and why

- Seats follow the people who work here, month by month.
- Storage is charged by what is kept, so deleting helps.

## What you can do

Open your statement and look at *the three acts that would lower your next bill most*.
"""


def main(folder: Path, *, serve: bool) -> None:
    """Make the demo in `folder` unless it is there, and serve it."""
    made = folder / "record" / "demo"
    if not made.exists():
        if folder.exists():
            sys.exit(
                f"{folder} is there and holds no whole demo: remove it, or name another folder"
            )
        began = time.perf_counter()
        truecost("init", str(folder), "--example", "group")
        truecost("build", "-w", str(folder))
        make_record(folder)
        made.write_text("The record of the demo is whole.\n", encoding="utf-8")
        say(f"made in {time.perf_counter() - began:.0f} s")
    say("sign in as one of these, all with the password:  " + PASSWORD)
    for address, name, role, scope in PEOPLE:
        over = f" of {scope}" if scope else ""
        print(f"  {f'{address}@{HOST}':<30}{name:<16}{role}{over}")
    if serve:
        truecost("serve", str(folder))


def make_record(folder: Path) -> None:
    """Let the people in, issue the months that are past, and put the last one under review."""
    from truecost.record.opening import begin_record  # noqa: PLC0415  Django comes with it

    begin_record(folder, "Larkwhistle Group")
    from truecost.record.services import hooks, issuing, people, periods  # noqa: PLC0415  needs Django
    from truecost.record.services.acts import By  # noqa: PLC0415
    from truecost.record.services.permissions import Role  # noqa: PLC0415
    from truecost.store.runs import Store  # noqa: PLC0415

    now = dt.datetime.now(dt.UTC)
    (address, name, *_), *others = PEOPLE
    link = people.first_link(By(None, "serve", now))
    if link is None:
        sys.exit(f"the record in {folder} has an administrator already")
    first = people.accept(link, now, email=f"{address}@{HOST}", name=name, password=PASSWORD)
    acting = {"admin": By(first, "portal", now)}
    for address, name, role, scope in others:
        _, token = people.invite(acting["admin"], f"{address}@{HOST}", name, Role(role), scope)
        person = people.accept(token, now, email="", name=name, password=PASSWORD)
        acting[role] = By(person, "portal", now)
    store = Store.open(folder / "store")
    run = store.need()
    analyst = acting["analyst"]
    for label in (*ISSUED, REVIEWED):
        row = periods.review(analyst, run.calendar.parse(label), run)
        if label == REVIEWED:
            continue
        open_ones = [each for each in periods.entries(row) if not each.settled]
        chosen = [(each.item, each.subject) for each in open_ones]
        periods.decide(analyst, row, chosen, "looked at for the demo")
        periods.close(analyst, periods.get(label), history=True)
        issuing.issue(acting["leader"], periods.get(label))
        say(f"{label} is issued")
    hook = listen(acting["admin"])
    talk(acting)
    brief(acting)
    hooks.switch(acting["admin"], hook, on=False)  # nobody is called from a demo


def listen(admin: Any) -> Any:
    """Let a webhook be told of what happens to disputes."""
    from truecost.record.services import hooks  # noqa: PLC0415  needs Django
    from truecost.record.services.deliveries import Kind  # noqa: PLC0415

    kinds = [each for each in Kind if each.startswith("dispute.")]
    return hooks.make(admin, "Ticket desk", f"https://tickets.{HOST}/truecost", kinds)[0]


def talk(acting: dict[str, Any]) -> None:
    """Let the department head dispute two lines and ask about one; let the others answer."""
    from truecost.record.services import disputes, reading  # noqa: PLC0415  needs Django

    head, owner, analyst = acting["department head"], acting["service owner"], acting["analyst"]
    issued = reading.statements(head).filter(consumer="shops-south")
    last, first = issued[:2]
    line = "service service-desk"
    settled = disputes.raise_dispute(
        head, first, disputes.Reason.DUPLICATE,
        "Two of these tickets are one: the second was opened by the desk itself.",
        line=line, amount=46_50, key="demo 1",
    )  # fmt: skip
    disputes.answer(owner, settled, "True: it was counted twice.", 46_50)
    disputes.accept(analyst, settled, "a ticket was counted twice")
    waiting = disputes.raise_dispute(
        head, last, disputes.Reason.QUANTITY,
        "We closed a shop in the middle of the month, and use the desk less.",
        line=line, amount=139_50, key="demo 2",
    )  # fmt: skip
    disputes.answer(owner, waiting, "The tickets are those of the month; which shop was it?")
    disputes.raise_dispute(
        head, last, disputes.Reason.QUESTION, "Who counts as a seat here?", line="", key="demo 3"
    )
    say("a dispute is settled, another and a question are open")


def brief(acting: dict[str, Any]) -> None:
    """Let the leader publish a briefing; one reply is answered, another waits."""
    from truecost.record.services import briefings, periods, replies, rules  # noqa: PLC0415
    from truecost.record.services.acts import By  # noqa: PLC0415

    admin, leader, head = acting["admin"], acting["leader"], acting["department head"]
    now = rules.of(periods.organisation())
    rules.change(admin, replace(now, public_briefings=True))
    draft = briefings.begin(
        leader, briefings.Text("What IT costs you this quarter", BRIEFING, "Q1")
    )
    row = briefings.publish(leader, draft.key, briefings.hash_of(draft))
    said, _ = replies.write(head, row, "Does this hold for shops that close?", key="demo 1")
    replies.approve(admin, said)
    answer = "Yes: what a shop no longer uses, it no longer pays from the next month on."
    replies.write(leader, row, answer, key="demo 2", parent=said.key)
    replies.write(
        By(None, "portal", admin.now), row, "Is there a list of the old licences?",
        key="demo 3", name="Nina Newcomer", email="nina@example.org",
    )  # fmt: skip
    say("a briefing is published, one reply is answered, another waits for a moderator")


def truecost(*arguments: str) -> None:
    """Show a command and run it; end where it fails."""
    say(f"truecost {' '.join(arguments)}")
    quiet = subprocess.DEVNULL if arguments[0] != "serve" else None
    try:
        done = subprocess.run([PROGRAM, *arguments], check=False, stdout=quiet)
    except KeyboardInterrupt:  # that is how serving ends
        sys.exit(0)
    if done.returncode:
        sys.exit(done.returncode)


def say(text: str) -> None:
    """Tell the person what is being done."""
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    folders = [each for each in sys.argv[1:] if not each.startswith("-")]
    if len(folders) != 1 or not {*sys.argv[1:]} <= {*folders, "--make"}:
        sys.exit(__doc__)
    main(Path(folders[0]), serve="--make" not in sys.argv)
