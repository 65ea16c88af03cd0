"""Customers, and the newsletter that they may subscribe to."""

from typing import Annotated

from fastapi import APIRouter, Depends

from oagen.demo.bookshop.auth import AdminsOnly, CurrentIdentity
from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Customer, Subscription
from oagen.demo.bookshop.problems import Problem, problems
from oagen.demo.bookshop.rate_limit import Limiter
from oagen.demo.bookshop.request_checks import JsonOnly

router = APIRouter(tags=["customers"])


class CustomerRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def all(self) -> list[Customer]:
        rows = self._session.execute(
            "SELECT customers.*, (SELECT count(*) FROM orders WHERE customer = name) AS orders"
            " FROM customers ORDER BY name"
        )
        return [Customer.model_validate(dict(row)) for row in rows]


async def customer_repository(session: SessionOfRequest) -> CustomerRepository:
    return CustomerRepository(session)


@router.get(
    "/customers",
    operation_id="listCustomers",
    summary="List all customers",
    response_description="All customers",
    dependencies=[AdminsOnly],
    responses=problems(401, 403),
)
async def list_customers(
    customers: Annotated[CustomerRepository, Depends(customer_repository)],
) -> list[Customer]:
    return customers.all()


@router.post(
    "/newsletter/subscriptions",
    operation_id="subscribe",
    summary="Ask for the newsletter; a mail to confirm follows",
    response_description="The mail to confirm is on its way",
    status_code=202,
    dependencies=[JsonOnly],
    responses=problems(400, 401, 415, 422, _429="Too many requests for this address: five in two seconds are taken"),
)
async def subscribe(subscription: Subscription, identity: CurrentIdentity, limiter: Limiter) -> Subscription:
    if not limiter.admits(f"{identity.name} {subscription.email}"):
        raise Problem(429, "Too many requests", headers={"Retry-After": str(limiter.window_seconds)})
    return subscription
