from collections.abc import Iterator

import pytest

from tests.demo.shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("bookshop") / "bookshop.sqlite3") as opened:
        yield opened
