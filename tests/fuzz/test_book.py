"""Each fault is one finding, told as what is worst about it."""

from __future__ import annotations

from pathlib import Path

from oagen.findings.fingerprint import Fingerprint
from oagen.findings.model import FindingKind
from oagen.fuzz.book import Book
from oagen.fuzz.oracles import Fault
from oagen.scenario.model import Request
from tests.fuzz.apps import described

_READ = Request(method="GET", path="/orders")
_REMOVE = Request(method="DELETE", path="/orders/{order_id}")


def _fault(kind: FindingKind, status: int) -> Fault:
    return Fault(kind=kind, status=status, fingerprint=Fingerprint(identity="abc", exception="KeyError", exact=True))


def test_a_fault_that_one_operation_documents_and_another_does_not_is_undocumented(tmp_path: Path) -> None:
    book = Book(described(tmp_path))
    documented, undocumented = _fault(FindingKind.DOCUMENTED_5XX, 503), _fault(FindingKind.UNDOCUMENTED_5XX, 500)

    assert book.meet(documented, _REMOVE) is not None
    worse = book.meet(undocumented, _READ)
    assert book.meet(documented, _REMOVE) is None

    assert worse is not None
    (finding,) = book.all()
    assert (finding.kind, finding.operation, finding.status) == (FindingKind.UNDOCUMENTED_5XX, "GET /orders", 500)
    assert (finding.count, finding.operations) == (3, ("DELETE /orders/{order_id}", "GET /orders"))
    assert finding.scenario.when == _READ


def test_what_was_shown_again_is_proven_and_what_was_not_is_flaky(tmp_path: Path) -> None:
    book = Book(described(tmp_path))
    book.meet(_fault(FindingKind.UNDOCUMENTED_5XX, 500), _READ)

    flaky = book.shrunk("abc", (), _READ, flaky=True)
    shown = book.shrunk("abc", (), _READ, flaky=False)

    assert [(item.flaky, item.proven) for item in (flaky, shown)] == [(True, False), (False, True)]
