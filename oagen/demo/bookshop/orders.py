"""Orders: pending, then paid, then shipped; or cancelled before that."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from starlette.responses import JSONResponse

from oagen.demo.bookshop.auth import AdminsOnly, CurrentIdentity
from oagen.demo.bookshop.book_repository import Books
from oagen.demo.bookshop.models import Order, OrderDraft, OrderPage, OrderState, Payment
from oagen.demo.bookshop.order_repository import Orders
from oagen.demo.bookshop.payments import PaymentProvider, ProviderUnavailableError
from oagen.demo.bookshop.problems import Problem, problems
from oagen.demo.bookshop.request_checks import JsonOnly, PathIdentifier

OF_ANOTHER = "The order is somebody else's"
UNKNOWN = "There is no such order"

router = APIRouter(prefix="/orders", tags=["orders"])


async def payment_provider() -> PaymentProvider:
    return PaymentProvider()


@router.post(
    "",
    operation_id="createOrder",
    summary="Order books",
    response_description="The order, pending",
    status_code=201,
    dependencies=[JsonOnly],
    responses={
        201: {"links": {"order": {"operationId": "getOrder", "parameters": {"order_id": "$response.body#/id"}}}},
        **problems(
            *(400, 401, 415, 422),
            _404="There is no such book",
            _409="A book's stock is smaller than the quantity ordered",
        ),
    },
)
async def create_order(draft: OrderDraft, identity: CurrentIdentity, books: Books, orders: Orders) -> Order:
    wanted: Counter[int] = Counter()
    for item in draft.items:
        wanted[item.book_id] += item.quantity
    for book_id, quantity in wanted.items():
        book = books.get(book_id)
        if book is None:
            raise Problem(404, "Book not found", detail=f"There is no book {book_id}.")
        if book.stock < quantity:
            raise Problem(409, "Out of stock", detail=f"There are {book.stock} copies of book {book_id}.")
    return orders.add(identity.name, draft)


@router.get(
    "",
    operation_id="listOrders",
    summary="List one's own orders; an administrator's list has everybody's",
    response_description="One page of orders, latest first",
    responses=problems(401, 422),
)
async def list_orders(
    identity: CurrentIdentity,
    orders: Orders,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> OrderPage:
    customer = None if identity.is_admin else identity.name
    items, total = orders.page(customer, limit=limit, offset=offset)
    return OrderPage(items=items, total=total)


@router.get(
    "/{order_id}",
    operation_id="getOrder",
    summary="Read an order",
    response_description="The order",
    response_model=Order,
    responses=problems(401, 422, _403=OF_ANOTHER, _404=UNKNOWN),
)
async def get_order(order_id: PathIdentifier, identity: CurrentIdentity, orders: Orders) -> Any:
    order = orders.get(order_id)
    if order is None:
        raise Problem(404, "Order not found")
    if not identity.may_see(order.customer):
        raise Problem(403, "Order of somebody else")
    if order.state is OrderState.CANCELLED:  # its books are back in stock, so it has no items
        return JSONResponse(order.model_dump(mode="json", exclude={"items"}))
    return order


@router.post(
    "/{order_id}/payment",
    operation_id="payOrder",
    summary="Pay a pending order",
    response_description="The order, paid",
    dependencies=[JsonOnly],
    responses=problems(
        *(400, 401, 415, 422),
        _403=OF_ANOTHER,
        _404=UNKNOWN,
        _409="The order is not pending",
        _503="The payment provider does not answer",
    ),
)
async def pay_order(
    order_id: PathIdentifier,
    payment: Annotated[
        Payment,
        Body(
            openapi_examples={
                "accepted": {"summary": "A card that is charged", "value": {"card_token": "tok_visa"}},
                "outage": {"summary": "The provider is down", "value": {"card_token": "tok_outage"}},
            }
        ),
    ],
    identity: CurrentIdentity,
    orders: Orders,
    provider: Annotated[PaymentProvider, Depends(payment_provider)],
) -> Order | None:
    order = orders.get(order_id)
    if order is None:
        raise Problem(404, "Order not found")
    if not identity.may_see(order.customer):
        raise Problem(403, "Order of somebody else")
    if order.state is not OrderState.PENDING:
        raise Problem(409, f"Order is {order.state}")
    try:
        provider.charge(payment.card_token, order.total_cents)
    except ProviderUnavailableError:
        raise Problem(503, "Payment provider unavailable", headers={"Retry-After": "30"}) from None
    return orders.move(order_id, OrderState.PAID)


@router.post(
    "/{order_id}/shipment",
    operation_id="shipOrder",
    summary="Send a paid order on its way",
    response_description="The order, shipped",
    dependencies=[AdminsOnly],
    responses=problems(401, 403, 422, _404=UNKNOWN, _409="The order is not paid, or has been shipped"),
)
async def ship_order(order_id: PathIdentifier, orders: Orders) -> Order | None:
    order = orders.get(order_id)
    if order is None:
        raise Problem(404, "Order not found")
    if order.state is not OrderState.PAID:
        raise Problem(409, f"Order is {order.state}")
    return orders.move(order_id, OrderState.SHIPPED)


@router.post(
    "/{order_id}/cancellation",
    operation_id="cancelOrder",
    summary="Cancel an order that has not been shipped",
    response_description="The order, cancelled",
    responses=problems(401, 422, _403=OF_ANOTHER, _404=UNKNOWN, _409="The order has been shipped or cancelled before"),
)
async def cancel_order(order_id: PathIdentifier, identity: CurrentIdentity, orders: Orders) -> Order | None:
    order = orders.get(order_id)
    if order is None:
        raise Problem(404, "Order not found")
    if not identity.may_see(order.customer):
        raise Problem(403, "Order of somebody else")
    if order.state in {OrderState.SHIPPED, OrderState.CANCELLED}:
        raise Problem(409, f"Order is {order.state}")
    return orders.move(order_id, OrderState.CANCELLED)
