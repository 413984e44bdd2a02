"""Reminding people where they are, by mail and chat: a digest becomes a letter, sent once a day.

Each letter is noted as begun before it is handed over and as sent after it was taken, each in a
transaction of its own. A run that was killed in between does not know whether the last letter
arrived: the next run sends it again, a mail under the same Message-ID.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from dealflow.errors import AlreadyRunning
from dealflow.frozen import Frozen
from dealflow.model import Rep
from dealflow.named import NamedTuple
from dealflow.output.text import clean
from dealflow.questions import digest as digests
from dealflow.questions.digest import Digest, Ladder
from dealflow.reminding import sending
from dealflow.reminding.channels import Channel
from dealflow.reminding.letters import EMAIL, Letter, post
from dealflow.reminding.sending import NotSent
from dealflow.store import reminders
from dealflow.store.database import Database
from dealflow.store.reminders import Name

DIGEST = "digest"
"""The kind of reminder that a day's digest is."""
SENT, ALREADY, NOWHERE, FAILED = "sent", "sent before", "no address", "failed"
WOULD = "would be sent"


class Job(Frozen):
    """A letter on a channel, for one rep."""

    rep: Rep
    letter: Letter
    channel: Channel
    again: bool = False

    @property
    def name(self) -> Name:
        return Name(DIGEST, self.channel.name, self.rep.id, self.letter.day)

    @property
    def to(self) -> str:
        """The address as it may be shown; '' where there is none."""
        if self.channel.name == EMAIL:
            return self.rep.email or ""
        url = self.channel.secrets(self.rep.handle).get("url", "")
        return url.partition("://")[2].partition("/")[0]

    def identity(self, now: int) -> str:
        """What names the message: the same for as long as it is the same reminder."""
        told = f"{self.rep.uid.hex()} {self.letter.day} {now if self.again else ''}"
        return sha256(told.encode()).hexdigest()[:32]


class Outcome(NamedTuple):
    job: Job
    state: str
    why: str = ""


def letter(digest: Digest, steps: Ladder) -> Letter:
    """The digest with everything that could act on a reader's screen written out."""
    return Letter(
        rep=digest.rep.handle,
        day=digest.day,
        subject=digests.subject(digest),
        lines=tuple(map(clean, digests.lines(digest, steps))),
        data={
            "rep": digest.rep.handle,
            "day": digest.day,
            "subject": digests.subject(digest),
            **{
                part: [item._asdict() for item in getattr(digest, part)]
                for part in ("late", "due", "team", "pool")
            },
        },
    )


def payload(job: Job, now: int) -> str:
    """Exactly what would be handed over, secrets of the address left out; '' without an address."""
    if not job.to:
        return ""
    if job.channel.name == EMAIL:
        return sending.mail_for(job.letter, job.channel, job.to, job.identity(now), now).as_string()
    ready = post(job.channel.name, job.letter, job.channel.secrets(job.rep.handle), now)
    return ready.body.decode()


def readable(job: Job, now: int) -> str:
    """The payload as a person reads it: a mail's text is not encoded for the way."""
    made = payload(job, now)
    if not made or job.channel.name != EMAIL:
        return made
    head = made.replace("\r\n", "\n").partition("\n\n")[0]
    return "\n".join([head, "", *job.letter.lines])


def send(
    db: Database, jobs: Sequence[Job], now: Callable[[], int], pause: Callable[[float], None]
) -> Iterator[Outcome]:
    """Send what was not sent before, one after another, at the pace of each robot."""
    last: dict[str, str] = {}
    with db.reading() as conn:
        known = {
            (kind_day, *key): at
            for kind_day in {job.letter.day for job in jobs}
            for key, at in reminders.known(conn, DIGEST, kind_day).items()
        }
    for job in jobs:
        if not job.to:
            yield Outcome(job, NOWHERE)
        elif known.get((job.letter.day, job.channel.name, job.rep.id)) and not job.again:
            yield Outcome(job, ALREADY)
        else:
            pace = sending.PACE.get(job.channel.name, 0.0)
            if last.get(job.channel.name) and pace:
                pause(pace)
            last[job.channel.name] = job.rep.handle
            yield _send_one(db, job, now, pause)


def _send_one(
    db: Database, job: Job, now: Callable[[], int], pause: Callable[[float], None]
) -> Outcome:
    content = sha256(json.dumps(job.letter.data, sort_keys=True).encode()).hexdigest()
    with db.noting() as conn:
        reminders.begin(conn, job.name, content, now())
    try:
        sending.deliver(_carrier(job, now), pause)
    except NotSent as exc:
        unsure = "" if exc.sure else "; it may have arrived"
        return Outcome(job, FAILED, exc.why + unsure)
    with db.noting() as conn:
        reminders.sent(conn, job.name, now())
    return Outcome(job, SENT)


def _carrier(job: Job, now: Callable[[], int]) -> Callable[[], None]:
    """What hands the letter over, made anew for each attempt: signatures grow old."""

    def mail() -> None:
        at = now()
        ready = sending.mail_for(job.letter, job.channel, job.to, job.identity(at), at)
        sending.send_mail(job.channel, ready)

    def hook() -> None:
        secrets = job.channel.secrets(job.rep.handle)
        sending.send_post(job.channel.name, post(job.channel.name, job.letter, secrets, now()))

    return mail if job.channel.name == EMAIL else hook


@contextmanager
def alone(folder: str) -> Iterator[None]:
    """One run of this user at a time. Error: AlreadyRunning."""
    if os.name != "posix":
        yield
        return
    import fcntl

    os.makedirs(folder, mode=0o700, exist_ok=True)
    held = os.open(
        os.path.join(folder, "remind.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning from None
        yield
    finally:
        os.close(held)


def counted(outcomes: Sequence[Outcome]) -> Mapping[str, int]:
    """How many letters came to each state."""
    found: dict[str, Any] = {}
    for outcome in outcomes:
        found[outcome.state] = found.get(outcome.state, 0) + 1
    return found
