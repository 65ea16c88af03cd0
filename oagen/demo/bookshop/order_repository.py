"""Orders and their items, as rows."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends

from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Order, OrderDraft, OrderItem, OrderState


class OrderRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def add(self, customer: str, draft: OrderDraft) -> Order:
        """Place a pending order and take its books out of stock."""
        placed_at = datetime.now(UTC)
        cursor = self._session.execute(
            "INSERT INTO orders (customer, state, gift_note, label, placed_at) VALUES (?, ?, ?, ?, ?)",
            customer,
            OrderState.PENDING,
            draft.gift_note,
            gift_label(draft.gift_note),
            placed_at.isoformat(),
        )
        order_id = cursor.lastrowid or 0
        for item in draft.items:
            self._session.execute(
                "INSERT INTO order_items (order_id, book_id, quantity, price_cents)"
                " SELECT ?, id, ?, price_cents FROM books WHERE id = ?",
                order_id,
                item.quantity,
                item.book_id,
            )
            self._session.execute("UPDATE books SET stock = stock - ? WHERE id = ?", item.quantity, item.book_id)
        return Order(
            id=order_id,
            customer=customer,
            state=OrderState.PENDING,
            items=draft.items,
            total_cents=self._total_cents(order_id),
            gift_note=draft.gift_note,
            placed_at=placed_at,
        )

    def get(self, order_id: int) -> Order | None:
        row = self._session.execute("SELECT * FROM orders WHERE id = ?", order_id).fetchone()
        if row is None:
            return None
        items = self._session.execute("SELECT book_id, quantity FROM order_items WHERE order_id = ?", order_id)
        return Order(
            id=row["id"],
            customer=row["customer"],
            state=OrderState(row["state"]),
            items=[OrderItem.model_validate(dict(item)) for item in items],
            total_cents=self._total_cents(order_id),
            gift_note=row["gift_note"],
            placed_at=datetime.fromisoformat(row["placed_at"]),
        )

    def page(self, customer: str | None, *, limit: int, offset: int) -> tuple[list[Order], int]:
        """Return one page, latest first, of a customer's orders (of all for None), and how many there are."""
        mine = "customer = coalesce(?, customer)"
        total = self._session.execute(f"SELECT count(*) FROM orders WHERE {mine}", customer).fetchone()[0]
        rows = self._session.execute(
            f"SELECT id FROM orders WHERE {mine} ORDER BY id DESC LIMIT ? OFFSET ?", customer, limit, offset
        ).fetchall()
        return [order for row in rows if (order := self.get(row["id"]))], total

    def move(self, order_id: int, state: OrderState) -> Order | None:
        """Bring the order to `state`; a cancelled one gives its books back to the stock."""
        self._session.execute("UPDATE orders SET state = ? WHERE id = ?", state, order_id)
        order = self.get(order_id)
        if order is not None and state is OrderState.CANCELLED:
            for item in order.items:
                self._session.execute("UPDATE books SET stock = stock + ? WHERE id = ?", item.quantity, item.book_id)
        return order

    def _total_cents(self, order_id: int) -> int:
        total = self._session.execute(
            "SELECT coalesce(sum(quantity * price_cents), 0) FROM order_items WHERE order_id = ?", order_id
        )
        return int(total.fetchone()[0])


def gift_label(note: str | None) -> bytes | None:
    """Return the note in the code page of the label printer."""
    return note.encode("latin-1") if note else None


async def order_repository(session: SessionOfRequest) -> OrderRepository:
    return OrderRepository(session)


Orders = Annotated[OrderRepository, Depends(order_repository)]
