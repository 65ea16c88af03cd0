"""What each technique makes of a document, status by status."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.scenario import tree
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import BodyCheck, Capture, HeaderRule, Literal, Step, Unique
from oagen.spec.model import ApiDescription, ParameterLocation
from tests.scenario.shop import answers, argument, describe, designed, path_parameter, shop_document, takes
from tests.spec.documents import document, read


@pytest.fixture
def shop(tmp_path: Path) -> ApiDescription:
    return read(tmp_path, shop_document())


class TestSuccess:
    def test_a_creation_refers_to_what_it_needs_and_can_be_read(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /books", "201")
        assert [step.name for step in scenario.steps] == ["author"]
        assert scenario.when.body is not None
        assert tree.at(scenario.when.body.value, ("author_id",)) == Capture("author", pointer="/id")
        (effect,) = scenario.then.effects
        assert effect.reason == "what was created can be read"
        assert argument(effect.request, "book_id").value == Capture("response", pointer="/id")
        assert {check.pointer for check in effect.body} == {"/author_id", "/isbn", "/stock"}

    def test_identifiers_inside_arrays_are_captured(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders", "201")
        assert scenario.when.body is not None
        assert tree.at(scenario.when.body.value, ("items", 0, "book_id")) == Capture("book", pointer="/id")

    def test_an_action_follows_the_one_its_summary_presupposes(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders/{order_id}/shipment", "200")
        assert [step.name for step in scenario.steps][-2:] == ["order", "payment"]

    def test_an_update_sends_other_texts_than_the_creation(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "PUT /books/{book_id}", "200")
        created = next(step for step in scenario.steps if step.name == "book").request.body
        assert created is not None
        assert scenario.when.body is not None
        before, after = (tree.at(body.value, ("isbn",)) for body in (created, scenario.when.body))
        assert isinstance(after, Unique)
        assert before != after

    def test_a_write_sends_the_tag_it_just_read(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "PUT /books/{book_id}", "200")
        assert argument(scenario.when, "If-Match").value == Capture("book_read", header="ETag")

    def test_a_deleted_resource_is_gone(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "DELETE /authors/{author_id}", "204")
        assert [effect.statuses for effect in scenario.then.effects] == [("404", "410")]

    def test_a_soft_deletion_is_not_expected_to_hide_anything(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/authors/{author_id}"]["delete"]["summary"] = "Archive an author"
        description = read(tmp_path, shop_document() | {"paths": paths})
        (scenario,) = designed(description, "DELETE /authors/{author_id}", "204")
        assert scenario.then.effects == ()

    def test_put_with_a_key_of_the_client_creates_and_then_replaces(self, tmp_path: Path) -> None:
        paths = {
            "/notes/{key}": {
                "parameters": [path_parameter("key", "string")],
                "put": {"requestBody": takes("Note"), "responses": answers("200", "201")},
            }
        }
        note = {"type": "object", "properties": {"text": {"type": "string"}}}
        description = describe(tmp_path, paths, {"Note": note})
        (fresh,) = designed(description, "PUT /notes/{key}", "201")
        (replaced,) = designed(description, "PUT /notes/{key}", "200")
        assert fresh.given == ()
        assert isinstance(argument(fresh.when, "key").value, Unique)
        (step,) = replaced.steps
        assert argument(step.request, "key").value == argument(replaced.when, "key").value


class TestRefusedInput:
    def test_one_code_stands_for_syntax_and_schema(self, shop: ApiDescription) -> None:
        (syntax,) = designed(shop, "POST /authors", "400")
        assert syntax.technique == "broken-syntax"
        violated = designed(shop, "POST /authors", "422")
        assert {item.technique for item in violated} == {"violated-constraint"}
        assert violated[0].title == "422 when name is missing"
        assert len(violated) <= 3

    def test_400_alone_stands_for_both(self, tmp_path: Path) -> None:
        paths = {"/things": {"post": {"requestBody": takes("Thing"), "responses": answers("201", "400")}}}
        thing = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer", "minimum": 1}}}
        found = designed(describe(tmp_path, paths, {"Thing": thing}), "POST /things", "400")
        assert [item.title for item in found[:2]] == ["400 when size is missing", "400 when the body is no JSON text"]

    def test_a_violated_path_parameter_needs_no_resource(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/books/{book_id}"]["get"]["responses"] |= answers("422")
        description = read(tmp_path, shop_document() | {"paths": paths})
        (scenario,) = designed(description, "GET /books/{book_id}", "422")
        assert scenario.given == ()
        assert scenario.title == "422 when book_id is not an integer"

    def test_a_text_body_has_no_wrong_type(self, tmp_path: Path) -> None:
        text = {"content": {"text/plain": {"schema": {"type": "string", "maxLength": 5}}}}
        paths = {"/notes": {"post": {"requestBody": text, "responses": answers("201", "422")}}}
        found = designed(describe(tmp_path, paths), "POST /notes", "422")
        assert [item.title for item in found] == ["422 when the body is too long"]

    def test_a_wrong_path_counts_where_nothing_else_can_be_wrong(self, tmp_path: Path) -> None:
        read_one = {"responses": answers("422"), "parameters": [path_parameter("thing_id", format="int32")]}
        limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
        listed = {"responses": answers("422"), "parameters": [*read_one["parameters"], limit]}
        paths = {"/things/{thing_id}": {"get": read_one}, "/things/{thing_id}/parts": {"get": listed}}
        description = describe(tmp_path, paths)
        (first, *_) = designed(description, "GET /things/{thing_id}", "422")
        assert first.title == "422 when thing_id is not an integer"
        titles = [item.title for item in designed(description, "GET /things/{thing_id}/parts", "422")]
        assert "422 when limit is not an integer" in titles
        assert not any("thing_id" in title for title in titles)


class TestIdentities:
    def test_401_without_and_with_unknown_credentials(self, shop: ApiDescription) -> None:
        first, second = designed(shop, "POST /authors", "401")
        assert (first.when.identity, second.when.identity) == (None, None)
        assert argument(second.when, "Authorization").value == Literal("Bearer unknown-token-of-nobody")
        assert first.auth
        (check,) = first.then.headers
        assert (check.rule, check.values, check.required) == (HeaderRule.CHALLENGE, ("bearer",), True)

    def test_a_challenge_that_is_not_documented_is_demanded_once(self, shop: ApiDescription) -> None:
        (later,) = designed(shop, "DELETE /authors/{author_id}", "401")
        assert [check.required for check in later.then.headers] == [False]

    def test_a_refused_write_changes_nothing(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "DELETE /authors/{author_id}", "401")
        assert [step.name for step in scenario.steps] == ["author", "author_before"]
        (effect,) = scenario.then.effects
        assert effect.body == (BodyCheck(pointer="", value=Capture("author_before", pointer="")),)

    def test_a_login_has_a_wrong_password(self, tmp_path: Path) -> None:
        login = {
            "type": "object",
            "required": ["email", "password"],
            "properties": {"email": {"type": "string", "format": "email"}, "password": {"type": "string"}},
        }
        paths = {
            "/login": {"post": {"security": [], "requestBody": takes("Login"), "responses": answers("200", "401")}},
            "/me": {"get": {"responses": answers("200")}},
        }
        components = {"schemas": {"Login": login}, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
        description = read(tmp_path, document(paths, components=components, security=[{"bearer": []}]))
        (scenario,) = designed(description, "POST /login", "401")
        assert scenario.title == "401 with a wrong password"

    def test_403_for_somebody_elses_resource(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "GET /orders/{order_id}", "403")
        assert scenario.title == "403 for another user's order"
        assert scenario.when.identity == "bob"
        assert scenario.steps[-1].request.identity == "alice"

    def test_403_below_the_role_that_a_creation_needs(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /authors", "403")
        assert (scenario.title, scenario.when.identity) == ("403 for an ordinary user", "alice")
        (success,) = designed(shop, "POST /authors", "201")
        assert success.when.identity == "root"

    def test_a_403_unlike_its_neighbours_is_about_the_role(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders/{order_id}/shipment", "403")
        assert scenario.technique == "lower-role"

    def test_a_role_of_its_own_is_a_privileged_one(self, tmp_path: Path) -> None:
        people = (IdentityInfo("mia", "member"), IdentityInfo("max", "member"), IdentityInfo("lib", "librarian"))
        paths = {"/stock": {"get": {"responses": answers("200", _403="Librarian only")}}}
        components = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
        description = read(tmp_path, document(paths, components=components, security=[{"bearer": []}]))
        (success,) = designed(description, "GET /stock", "200", people)
        (refused,) = designed(description, "GET /stock", "403", people)
        assert (success.when.identity, refused.when.identity) == ("lib", "mia")

    def test_an_administrator_alone_leaves_the_other_to_a_stand_in(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "GET /orders/{order_id}", "403", (IdentityInfo("root", "admin"),))
        assert scenario.when.identity == "other"


class TestMissing:
    def test_404_for_an_unknown_identifier_in_path_and_body(self, shop: ApiDescription) -> None:
        (unknown, deleted) = designed(shop, "GET /authors/{author_id}", "404")
        assert argument(unknown.when, "author_id").value == Literal(2**31 - 1)
        assert unknown.given == ()
        assert deleted.title == "404 after the author was deleted"
        (body,) = designed(shop, "POST /books", "404")
        assert body.title == "404 when author_id is unknown"

    @pytest.mark.parametrize(
        ("schema", "expected"),
        [
            ({"type": "integer", "maximum": 99}, 99),
            ({"type": "string", "format": "uuid"}, "00000000-0000-4000-8000-000000000000"),
            ({"type": "string"}, "2147483647"),  # fits a number that is documented as text, too
            ({"type": "string", "example": "ember"}, "no-such-thing"),
            ({"type": "string", "example": "507f1f77bcf86cd799439011"}, "f" * 24),
        ],
    )
    def test_unknown_identifiers_keep_to_the_schema(self, tmp_path: Path, schema: object, expected: object) -> None:
        parameter = {"name": "thing_id", "in": "path", "required": True, "schema": schema}
        paths = {"/things/{thing_id}": {"parameters": [parameter], "get": {"responses": answers("404")}}}
        (scenario,) = designed(describe(tmp_path, paths), "GET /things/{thing_id}", "404")
        assert argument(scenario.when, "thing_id").value == Literal(expected)

    def test_404_for_each_resource_that_the_response_speaks_of(self, tmp_path: Path) -> None:
        changed = shop_document()
        responses = changed["paths"]["/books/{book_id}"]["put"]["responses"]
        responses |= answers(_404="There is no such book or author")
        titles = [item.title for item in designed(read(tmp_path, changed), "PUT /books/{book_id}", "404")]
        assert "404 when author_id is unknown" in titles
        responses |= answers(_404="There is no such book")
        titles = [item.title for item in designed(read(tmp_path, changed), "PUT /books/{book_id}", "404")]
        assert "404 when author_id is unknown" not in titles

    def test_410_after_a_deletion(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/authors/{author_id}"]["get"]["responses"] |= answers("410")
        description = read(tmp_path, shop_document() | {"paths": paths})
        (scenario,) = designed(description, "GET /authors/{author_id}", "410")
        assert [step.name for step in scenario.steps] == ["author", "author_deleted"]


class TestSetUp:
    def test_what_the_request_no_longer_refers_to_is_not_made(self, shop: ApiDescription) -> None:
        (unknown,) = designed(shop, "POST /books", "404")
        assert unknown.given == ()
        (taken,) = designed(shop, "POST /books", "409")
        assert [step.name for step in taken.steps] == ["author", "book"]  # the book stands in the way

    def test_one_resource_by_its_id_and_by_its_name(self, tmp_path: Path) -> None:
        group = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
        paths = {
            "/groups": {"post": {"requestBody": takes("Group"), "responses": answers("201", schema="Group")}},
            "/groups/{group_id}": {
                "put": {"parameters": [path_parameter("group_id", "string")], "responses": answers("204")}
            },
            "/groups/{group_name}": {
                "get": {"parameters": [path_parameter("group_name", "string")], "responses": answers("200")}
            },
        }
        description = describe(tmp_path, paths, {"Group": group})
        (by_id,) = designed(description, "PUT /groups/{group_id}", "204")
        (by_name,) = designed(description, "GET /groups/{group_name}", "200")
        assert argument(by_id.when, "group_id").value == Capture("group", pointer="/id")
        assert argument(by_name.when, "group_name").value == Capture("group", pointer="/name")

    @pytest.mark.parametrize(("kind", "expected"), [("string", "/name"), ("integer", "/id")])
    def test_a_text_in_the_path_is_the_name_rather_than_the_number(
        self, tmp_path: Path, kind: str, expected: str
    ) -> None:
        repo = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
        paths = {
            "/repos": {"post": {"requestBody": takes("Repo"), "responses": answers("201", schema="Repo")}},
            "/repos/{repo}": {"get": {"parameters": [path_parameter("repo", kind)], "responses": answers("200")}},
        }
        (scenario,) = designed(describe(tmp_path, paths, {"Repo": repo}), "GET /repos/{repo}", "200")
        assert argument(scenario.when, "repo").value == Capture("repo", pointer=expected)


class TestConflict:
    def test_created_twice(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /books", "409")
        assert scenario.title == "409 when the isbn is taken"
        assert scenario.steps[-1].request == scenario.when

    def test_deleted_in_use(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "DELETE /authors/{author_id}", "409")
        assert scenario.title == "409 while the author has a book"

    def test_changed_to_what_another_one_has(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "PUT /books/{book_id}", "409")
        second = next(step for step in scenario.steps if step.name == "book_2").request.body
        assert second is not None
        assert scenario.when.body is not None
        assert tree.at(scenario.when.body.value, ("isbn",)) == tree.at(second.value, ("isbn",))

    def test_done_before_and_too_early(self, shop: ApiDescription) -> None:
        titles = [item.title for item in designed(shop, "POST /orders/{order_id}/shipment", "409")]
        assert titles == ["409 before the payment", "409 when the shipment has been done before"]

    def test_more_than_there_is(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders", "409")
        assert scenario.when.body is not None
        assert tree.at(scenario.when.body.value, ("items", 0, "quantity")) == Literal(100)


class TestHeaders:
    def test_405_for_a_method_that_no_matching_path_has(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "GET /books/{book_id}", "405")
        assert (scenario.when.method, scenario.title) == ("PATCH", "405 for PATCH")
        assert [check.rule for check in scenario.then.headers] == [HeaderRule.METHODS]

    def test_412_and_428(self, shop: ApiDescription) -> None:
        (false,) = designed(shop, "PUT /books/{book_id}", "412")
        assert argument(false.when, "If-Match").value == Literal('"no-such-version"')
        (missing,) = designed(shop, "PUT /books/{book_id}", "428")
        assert all(item.where is not ParameterLocation.HEADER for item in missing.when.arguments)

    def test_415_sends_another_media_type(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders", "415")
        assert scenario.when.body is not None
        assert (scenario.when.body.media_type, scenario.when.body.raw) == ("text/plain", True)

    def test_304_repeats_the_read(self, tmp_path: Path) -> None:
        description = describe(tmp_path, {"/news": {"get": {"responses": answers("200", "304")}}})
        (scenario,) = designed(description, "GET /news", "304")
        (step,) = [item for item in scenario.given if isinstance(item, Step)]
        assert argument(scenario.when, "If-None-Match").value == Capture(step.name, header="ETag")

    def test_429_is_a_bounded_burst(self, tmp_path: Path) -> None:
        responses = answers("200", _429="At most 40 requests a minute")
        (scenario,) = designed(describe(tmp_path, {"/news": {"get": {"responses": responses}}}), "GET /news", "429")
        assert scenario.repeat == 45

    def test_413_goes_beyond_the_limit_that_is_named(self, tmp_path: Path) -> None:
        text = {"content": {"text/plain": {"schema": {"type": "string"}}}}
        paths = {"/notes": {"put": {"requestBody": text, "responses": answers("204", _413="More than 2 KiB")}}}
        (scenario,) = designed(describe(tmp_path, paths), "PUT /notes", "413")
        assert scenario.when.body is not None
        assert scenario.when.body.value == Literal("a" * 2049)


class TestRanges:
    def test_a_range_expects_what_is_not_documented_by_itself(self, shop: ApiDescription, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/authors/{author_id}"]["get"]["responses"] |= answers("4XX", "default")
        description = read(tmp_path, shop_document() | {"paths": paths})
        (scenario,) = designed(description, "GET /authors/{author_id}", "4XX")
        assert scenario.then.excluded == ("404",)
        assert scenario.title.startswith("4XX ")

    def test_default_alone_is_the_success(self, tmp_path: Path) -> None:
        (scenario,) = designed(
            describe(tmp_path, {"/x": {"get": {"responses": answers("default")}}}), "GET /x", "default"
        )
        assert scenario.technique == "valid-request"

    def test_5xx_asks_for_a_state(self, shop: ApiDescription) -> None:
        (scenario,) = designed(shop, "POST /orders/{order_id}/payment", "503")
        assert [state.name for state in scenario.states] == [
            "POST /orders/{order_id}/payment answers 503: The bank is down"
        ]

    def test_an_example_named_after_a_failure_draws_it(self, tmp_path: Path) -> None:
        body = takes("Card")
        body["content"]["application/json"]["examples"] = {
            "accepted": {"value": {"token": "tok_visa"}},
            "outage": {"value": {"token": "tok_outage"}},
        }
        paths = {"/pay": {"post": {"requestBody": body, "responses": answers("200", "503")}}}
        card = {"type": "object", "properties": {"token": {"type": "string"}}}
        (scenario,) = designed(describe(tmp_path, paths, {"Card": card}), "POST /pay", "503")
        assert scenario.when.body is not None
        assert scenario.when.body.value == Literal({"token": "tok_outage"})


class TestAccounts:
    def test_a_login_uses_what_was_registered(self, tmp_path: Path) -> None:
        def credentials(*names: str) -> dict[str, object]:
            return {"type": "object", "required": [*names], "properties": {name: {"type": "string"} for name in names}}

        schemas = {
            "Registration": credentials("email", "name", "password"),
            "Login": credentials("username", "password"),
        }
        paths = {
            "/auth/register": {"post": {"requestBody": takes("Registration"), "responses": answers("201")}},
            "/auth/token": {"post": {"requestBody": takes("Login"), "responses": answers("200", "401")}},
        }
        (scenario,) = designed(describe(tmp_path, paths, schemas), "POST /auth/token", "200")
        (step,) = scenario.steps
        assert step.name == "account"
        assert step.request.body is not None
        assert scenario.when.body is not None
        registered, sent = step.request.body.value, scenario.when.body.value
        assert tree.at(sent, ("username",)) == tree.at(registered, ("email",))
        assert tree.at(sent, ("password",)) == tree.at(registered, ("password",))

    def test_a_login_that_nobody_can_register_asks_for_the_account(self, tmp_path: Path) -> None:
        login = {"type": "object", "properties": {"user": {"type": "string"}, "password": {"type": "string"}}}
        paths = {"/login": {"post": {"requestBody": takes("Login"), "responses": answers("200", "401")}}}
        description = describe(tmp_path, paths, {"Login": login})
        (success,) = designed(description, "POST /login", "200")
        assert [state.name for state in success.states] == ["the account exists"]
        (refused,) = designed(description, "POST /login", "401")
        assert refused.states == ()


class TestMeaning:
    def test_422_beside_400_is_about_what_its_description_says(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/books"]["post"]["responses"] = answers("201", "400", _422="The author does not exist")
        description = read(tmp_path, shop_document() | {"paths": paths})
        assert [item.title for item in designed(description, "POST /books", "422")] == ["422 when author_id is unknown"]
        assert [item.technique for item in designed(description, "POST /books", "400")] == ["broken-syntax"]

    def test_400_may_be_about_what_is_taken(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/books"]["post"]["responses"] = answers("201", _400="The isbn is taken")
        description = read(tmp_path, shop_document() | {"paths": paths})
        assert designed(description, "POST /books", "400")[0].title == "400 when the isbn is taken"

    def test_what_is_made_below_a_resource_conflicts_after_another_action(self, tmp_path: Path) -> None:
        paths = shop_document()["paths"]
        paths["/orders/{order_id}/notes"] = {
            "parameters": [path_parameter("order_id")],
            "post": {"responses": answers("201", _409="The order is no longer open")},
        }
        description = read(tmp_path, shop_document() | {"paths": paths})
        titles = [item.title for item in designed(description, "POST /orders/{order_id}/notes", "409")]
        assert titles == ["409 after the payment"]
