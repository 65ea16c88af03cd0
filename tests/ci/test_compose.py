"""An API that a Compose file serves; `docker` is played by a script."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx
import pytest

from oagen.ci.serving import served
from oagen.config.settings import ApiSettings, CiSettings, Settings
from oagen.errors import TargetError
from tests.ci.test_bad_input import APP, free_port

DOCKER = """\
#!/bin/sh
echo "$*" >> calls
case " $* " in
  *" up "*)
    [ -f refused ] && {{ echo "no such image: shop" >&2; exit 1; }}
    [ -f silent ] || {{ {python} app.py {port} > /dev/null 2>&1 & echo $! > process; }} ;;
  *" logs "*) echo "the API says hello"; exec sleep 60 ;;
  *" down "*) [ -f process ] && kill "$(cat process)" ;;
esac
exit 0
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    port = free_port()
    folder = tmp_path / "My Shop"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(DOCKER.format(python=sys.executable, port=port))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    return Settings(
        root=folder,
        api=ApiSettings(base_url=f"http://127.0.0.1:{port}"),
        ci=CiSettings(compose=Path("compose.yaml"), wait=10),
    )


def calls(settings: Settings) -> list[str]:
    return (settings.root / "calls").read_text().splitlines()


def test_it_is_up_for_as_long_as_it_is_needed_and_its_log_is_at_hand(settings: Settings) -> None:
    with served(settings) as log:
        assert httpx.get(str(settings.api.base_url)).status_code == 200
        assert log is not None

    assert [call.partition("compose.yaml ")[2].split()[0] for call in sorted(calls(settings))] == ["down", "logs", "up"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(str(settings.api.base_url))


def test_volumes_of_the_developer_are_not_touched(settings: Settings) -> None:
    with served(settings):
        pass

    assert all(call.startswith("compose --project-name oagen-my-shop --file compose.yaml ") for call in calls(settings))


def test_what_compose_says_is_passed_on_and_what_was_begun_is_taken_down(settings: Settings) -> None:
    (settings.root / "refused").touch()

    with pytest.raises(TargetError, match="ended with 1: no such image: shop"), served(settings):
        pytest.fail("it is not up")

    assert calls(settings)[-1].endswith("down --volumes --remove-orphans")


def test_one_that_does_not_come_up_is_told_with_its_last_words(settings: Settings) -> None:
    (settings.root / "silent").touch()
    impatient = CiSettings(compose=settings.ci.compose, wait=1)

    with (
        pytest.raises(TargetError, match=r"was not healthy within 1 s.*the API says hello"),
        served(Settings(root=settings.root, api=settings.api, ci=impatient)),
    ):
        pytest.fail("it is not up")

    assert calls(settings)[-1].endswith("down --volumes --remove-orphans")
