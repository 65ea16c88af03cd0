"""Applications that make trouble: one operation's trouble is told, and the rest goes on."""

from __future__ import annotations

from pathlib import Path

from tests.outcomes.shops import found_for

SOURCE = """
    import smtplib
    import sys
    import threading
    import time

    from fastapi import BackgroundTasks, FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()


    def tick():
        while True:
            time.sleep(0.1)
            open("ticks.txt", "a").close()


    threading.Thread(target=tick, daemon=True).start()


    def mail(to: str) -> None:
        smtplib.SMTP("127.0.0.1", 25)


    @app.get("/exit")
    def leave() -> dict[str, int]:
        sys.exit(3)


    @app.post("/later", status_code=202)
    def later(tasks: BackgroundTasks) -> dict[str, bool]:
        tasks.add_task(mail, "alice@example.com")
        return {"queued": True}


    @app.get("/stream", response_class=StreamingResponse)
    async def stream():
        async def parts():
            for part in (b"one", b"two"):
                yield part

        return StreamingResponse(parts())


    @app.get("/ok")
    def ok() -> dict[str, bool]:
        return {"ok": True}
"""


def test_trouble_with_one_operation_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    outcomes = found_for(SOURCE, tmp_path).outcomes
    reached = {(item.operation, item.status): item for item in outcomes.witnesses}
    assert set(reached) == {("GET /ok", "200"), ("GET /stream", "200"), ("POST /later", "202")}
    assert [(item.operation, item.reason) for item in outcomes.unreached] == [("GET /exit", "the application exited")]
    assert [item.target for item in reached["POST /later", "202"].replaced] == ["shop:mail"]
