"""When the target suffers: it hangs, dies, or refuses everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial

from oagen.errors import TargetError
from oagen.findings.model import FindingKind
from oagen.fuzz.book import Book
from oagen.fuzz.caution import Gate, others_of
from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.events import CampaignOptions, Stop
from oagen.fuzz.health import Health, LockOut
from oagen.fuzz.ownership import Ownership
from oagen.fuzz.pacing import PacedTarget
from oagen.fuzz.passwords import changed_back, sets_password
from oagen.fuzz.restoring import Need, Restorer
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.silence import NOBODY, Silences, refuses_credentials
from oagen.fuzz.slots import slots_of
from oagen.fuzz.undoing import Write, undoing
from oagen.scenario.model import Request
from oagen.target.haste import TOO_MANY
from oagen.target.model import Answer, FailureKind

_WAIT_FOR_TARGET = 10.0
_UNDONE = 6  # writes that are undone, at most
_TRIES = 16  # requests that may undo them
_NAMED = 3
_WAIT_FOR_ADMISSION = 30.0
_ADMISSION = 5.0  # seconds without an operation that answers 429 and names none
_THROTTLED = 6  # requests in a row that stayed 429
_FIRST_LOOKS = (40, 120, 300)  # requests after which a wrong base URL, or wrong credentials, show
_UNAUTHORIZED = 401
_UNAVAILABLE = 503
_TELLING = frozenset({FailureKind.OVERSIZE, FailureKind.PROTOCOL, FailureKind.TLS})
"""What came back, where it was no answer, says more than that there was none."""

_PASSING = frozenset({TOO_MANY, _UNAVAILABLE})


class Watch:
    """Asks after the target's health, and brings it back where that is possible.

    Args:
        sender: Asks.
        paced: Knows whether the target refuses for haste.
        health: Knows what succeeded before.
        ownership: Knows what stands for the caller.
        gate: Keeps from being sent again what did harm.
        tracks: Operations that are asked too often are left alone for a while.
        book: Findings that are consequences are struck.
        clock: Of the campaign.
        notice: Tells the user.
        restorer: Brings the target back, where there are means.

    Attributes:
        silences: Looks into requests without an answer.
    """

    def __init__(
        self,
        sender: Sender,
        paced: PacedTarget,
        health: Health,
        tracks: Mapping[str, Track],
        book: Book,
        *,
        ownership: Ownership,
        gate: Gate,
        clock: Clock,
        notice: Callable[[str], None],
        restorer: Restorer,
    ) -> None:
        self._sender = sender
        self._paced = paced
        self._looks = list(_FIRST_LOOKS)
        self._told_of_haste = False
        self._told_of_refusal = False
        self._health = health
        self._tracks = tracks
        self._book = book
        self._clock = clock
        self._notice = notice
        self._restorer = restorer
        self._ownership = ownership
        self._gate = gate
        self.silences = Silences(sender, health, tracks, clock, notice)

    def knock(self, identity: str | None) -> None:
        """Ask whether anybody is there; raises TargetError where nobody is."""
        sent = self._sender.send(Request(method="GET", path="/", identity=identity), again=True)
        if sent is not None and sent.failure is not None and sent.failure.kind in NOBODY:
            tls = sent.failure.kind is FailureKind.TLS
            hint = "Check --ca-bundle and --client-cert." if tls else "Start the API, or check its base URL."
            raise TargetError(sent.failure.message, hint=hint)

    def meet_others(self, options: CampaignOptions) -> None:
        """Ask who the other identities are: what stands for them is left alone too, until they risk it themselves."""
        asked = [
            Request(method="GET", path=path, identity=name)
            for path in sorted(self._ownership.own_paths)
            for name in others_of(options)
        ]
        for request in asked if self._paced.ledger.left() > len(asked) else ():
            answer = self.ask(request)
            if answer is not None:
                self._ownership.learn(request, answer)

    def first_look(self) -> Stop | None:
        """Tell what the first answers say of a wrong base URL or wrong credentials."""
        if not self._looks or self._paced.ledger.count < self._looks[0]:
            return None
        first = self._looks.pop(0) == _FIRST_LOOKS[0]
        if first and set(self._paced.ledger.statuses()) == {"404"}:
            self._notice("every request is answered 404: does the base URL lack the API's path?")
        refused = refuses_credentials(self._paced.ledger.responses, self._tracks)
        if refused is None or self._told_of_refusal:
            return None
        self._notice(f"what wants credentials answers {refused} to them: are they right?")
        if refused == str(_UNAUTHORIZED):
            self._strike(_UNAUTHORIZED, since=0)
            return Stop.UNAUTHORIZED
        self._told_of_refusal = True
        return None

    def after_silence(self, sent: Sent) -> Stop | None:
        """Wait for a target that answers nothing any more; return why to stop where it does not come back."""
        request = sent.request
        if self._is_alive():
            return None
        self._gate.deadly(request)
        what = f"nothing is answered any more after {request.operation}"
        if sent.failure is not None and sent.failure.kind in _TELLING:
            what = f"{what} ({sent.failure.message})"
        restored = self._restored(Need.GONE)
        if self._comes_back():
            self._notice(f"{what}: the target was {'started' if restored else 'not gone for long, it answers'} again")
            return None
        hint = "" if self._restorer.can(Need.GONE) else "; with --restart-command the campaign would go on"
        self._notice(f"{what}{hint}")
        return Stop.DEAD

    def _after_haste(self, sent: Sent) -> Stop | None:
        """Leave an operation alone that answers 429; where all do, wait, and return why to stop if that has no end."""
        asked = self._paced.asked_to_wait
        track = self._tracks.get(sent.request.operation)
        if track is not None:
            pause = min(_WAIT_FOR_ADMISSION, _ADMISSION if asked is None else asked)
            track.resting_until = self._clock.seconds() + pause
        if self._paced.throttled < _THROTTLED and not self.all_rest():
            return None
        if not self._told_of_haste:
            self._told_of_haste = True
            named = f", and asks to wait {asked:.0f} s" if asked is not None else ""
            self._notice(f"every request is answered 429{named}: --rate-limit sends fewer")
        restored = self._restored(Need.SPOILT)
        until = min(time.monotonic() + _WAIT_FOR_ADMISSION, self._clock.ends_at or float("inf"))
        pause = 0.0 if restored else 1.0
        while time.monotonic() + pause < until:
            time.sleep(pause)
            answer = self.ask(self._health.reader or Request(method="GET", path="/"))
            if answer is not None and answer.status != TOO_MANY:
                self._paced.slow_down()
                for item in self._tracks.values():
                    item.resting_until = min(item.resting_until, self._clock.seconds())
                return None
            pause = min(2 * pause or 1.0, 8.0)
        return Stop.LOCKED_OUT

    def after_answer(self, sent: Sent) -> Stop | None:
        """Look for a lock-out; return why to stop where it can't be ended."""
        if self._paced.throttled:
            return self._after_haste(sent)
        if sent.answer is not None and sent.answer.status < 300 and self._gate.is_risky(sent.request):  # noqa: PLR2004
            self._health.watch(sent.request)
            self._keep_password(sent.request)
        lock_out = self._health.check(self.ask)
        if lock_out is None:
            return None
        self._strike(lock_out.status, since=lock_out.since)
        suspects = sorted(lock_out.writes, key=self._suspicion, reverse=True)
        what = f"what succeeded before is answered {lock_out.status}"
        undone = self._undone(lock_out, suspects)
        if undone is not None:
            write, by = undone
            self._gate.forbid(write.request)
            self._notice(f"{what} since {_named(write)}: undone by {by.method} {by.path}, and left alone from now on")
            return None
        likeliest = suspects[:_NAMED]
        for write in likeliest:
            self._gate.forbid(write.request)
        what = f"{what} {_since(likeliest)}"
        if self._restorer.can(Need.SPOILT):
            if self._restored(Need.SPOILT) and self._comes_back() and self._ends(lock_out, _WAIT_FOR_TARGET):
                self._notice(f"{what}: the target was restored, and these are left alone from now on")
                return None
            self._notice(f"{what}, and restoring the target does not end that")
            return Stop.LOCKED_OUT
        passing = lock_out.status in _PASSING or self._restorer.others_may
        if passing and self._ends(lock_out, _WAIT_FOR_TARGET):
            self._notice(f"{what}: that has passed")
            return None
        self._notice(f"{what}, and nothing ends that; with --restart-command or --reset-command it would go on")
        return Stop.LOCKED_OUT

    def _ends(self, lock_out: LockOut, patience: float) -> bool:
        until = time.monotonic() + patience
        while not self._health.has_ended(lock_out, self.ask):
            if time.monotonic() >= until:
                return False
            time.sleep(0.5)
        return True

    def _strike(self, status: int, *, since: int) -> None:
        """Strike the findings that only say that the target refuses everything."""
        for finding in self._book.met_since(since):
            unavailable = finding.status == _UNAVAILABLE and not finding.exact
            if finding.status == status and (unavailable or finding.kind is FindingKind.UNDOCUMENTED_STATUS):
                self._book.strike(finding.fingerprint)

    def _restored(self, need: Need) -> bool:
        """Bring the target back where there are means; return whether that may have helped."""
        if not self._restorer.can(need):
            return False
        done = self._restorer.restore(need)
        self._sender.forget_answers()
        return done

    def started_afresh(self) -> bool:
        """Bring the target into its first state; return whether that was done."""
        return self._restored(Need.SPOILT) and self._comes_back()

    def _comes_back(self) -> bool:
        """Wait for any answer; False where none comes."""
        until = time.monotonic() + _WAIT_FOR_TARGET
        while not self._is_alive():
            if time.monotonic() >= until:
                return False
            time.sleep(0.25)
        return True

    def _undone(self, lock_out: LockOut, suspects: list[Write]) -> tuple[Write, Request] | None:
        """Undo the likeliest causes one after the other; return the one that was it, and what has undone it."""
        tries, logins = 0, self._restorer.logins
        for write in suspects[:_UNDONE]:
            if logins is not None and sets_password(write.request):
                ended = partial(self._health.has_ended, lock_out, self.ask)
                if (by := changed_back(write.request, logins, self.ask, ended)) is not None:
                    return write, by
            for request in undoing(write, self._tracks):
                tries += 1
                if tries > _TRIES:
                    return None
                answer = self.ask(request)
                if answer is not None and answer.status < 400 and self._health.has_ended(lock_out, self.ask):  # noqa: PLR2004
                    return write, request
        return None

    def _keep_password(self, request: Request) -> None:
        """Change a password back that the campaign's own identity has changed; else say so, and leave it alone."""
        logins, name = self._restorer.logins, request.identity
        if logins is None or name is None or not sets_password(request) or not self._ownership.is_own(request):
            return
        if logins.password(name) is None or logins.still_logs_in(name):
            return
        by = changed_back(request, logins, self.ask, partial(logins.still_logs_in, name))
        self._gate.forbid(request)
        what = f"{request.operation} has changed the password that {name!r} logs in with"
        if by is not None:
            self._notice(f"{what}: undone by {by.method} {by.path}, and left alone from now on")
        else:
            self._notice(f"{what}, and it can't be changed back: the operation is left alone from now on")

    def _suspicion(self, write: Write) -> float:
        switches = any(isinstance(slot.value, bool) for slot in slots_of(write.request))
        return self._ownership.suspicion(write.request) + (0.5 if switches else 0)

    def all_rest(self) -> float:
        """Return the seconds until the first operation may be asked again; 0 where one may be now, or none ever."""
        resting = [track.resting_until for track in self._tracks.values() if not track.set_aside]
        return max(min(resting, default=0.0) - self._clock.seconds(), 0.0)

    def ask(self, request: Request) -> Answer | None:
        """Send a request again, and return its answer."""
        sent = self._sender.send(request, again=True)
        return sent.answer if sent is not None else None

    def _is_alive(self) -> bool:
        """Ask something cheap: any answer will do."""
        return self.silences.is_alive()


def _named(write: Write) -> str:
    path = write.target.partition("?")[0] or write.request.path
    shown = "".join(character for character in path[:120] if character.isprintable())
    return f"{write.request.method} {shown} (request {write.number})"


def _since(writes: list[Write]) -> str:
    if not writes:
        return "for no reason that could be found"
    return f"since {' or '.join(map(_named, writes))}"
