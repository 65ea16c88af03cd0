import os
from pathlib import Path

import httpx
import pytest

from oagen.demo.serving import serve_bookshop
from oagen.errors import TargetError


def test_serves_on_loopback_and_stops(tmp_path: Path) -> None:
    log_file = tmp_path / "server.log"

    with serve_bookshop(log_file=log_file, environment={"BOOKSHOP_BOB_TOKEN": "builder"}) as shop:
        headers = {"Authorization": "Bearer builder"}
        orders = httpx.get(f"{shop.base_url}/orders", headers=headers, trust_env=False)
        fault = httpx.get(f"{shop.base_url}/books", params={"published_year": 0}, trust_env=False)

        assert shop.base_url.startswith("http://127.0.0.1:")
        assert orders.json() == {"items": [], "total": 0}
        assert shop.database.is_file()
        assert fault.status_code == 500

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{shop.base_url}/health", trust_env=False)
    with pytest.raises(ProcessLookupError):
        os.kill(shop.process_id, 0)
    assert not shop.database.exists()
    assert "ValueError: year 0 is out of range" in log_file.read_text(encoding="utf-8")


def test_two_shops_do_not_share_their_books() -> None:
    with serve_bookshop() as one, serve_bookshop() as other:
        headers = {"Authorization": "Bearer root-demo-token"}
        author = {"name": "Jane Austen", "country": "GB"}
        httpx.post(f"{one.base_url}/authors", json=author, headers=headers, trust_env=False)

        assert httpx.get(f"{one.base_url}/authors/1", trust_env=False).status_code == 200
        assert httpx.get(f"{other.base_url}/authors/1", trust_env=False).status_code == 404


def test_a_server_that_fails_says_why(tmp_path: Path) -> None:
    unusable = {"BOOKSHOP_DATABASE": str(tmp_path / "nowhere" / "bookshop.sqlite3")}

    with pytest.raises(TargetError, match="stopped at once") as raised, serve_bookshop(environment=unusable):
        pytest.fail("a bookshop without a database was served")

    assert raised.value.hint is not None
    assert "unable to open database file" in raised.value.hint or "startup failed" in raised.value.hint


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "uvicorn" else name)

    with pytest.raises(TargetError, match="needs uvicorn") as raised, serve_bookshop():
        pytest.fail("a bookshop without uvicorn was served")

    assert raised.value.hint == 'Install the extra: pip install "oagen[demo]"'
