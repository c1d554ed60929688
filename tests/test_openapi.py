"""The OpenAPI document is true: every operation answers as it says, whatever a client sends."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from web.audience import is_program
from web.auth import KEY_HEADER

EXAMPLES = int(os.environ.get("GEOADDR_TEST_API_EXAMPLES", "12"))
ALWAYS_ACCEPTED = ("/suggest", "/parse", "/normalize", "/changes", "_id}", "/{serial}", "/subjects", "/{kind}")
MAY_BE_REFUSED = "positive_data_acceptance"
"""What the document allows may still be refused where a register or a file decides; look-ups accept all of it."""


@pytest.fixture
def document(web_client: FlaskClient) -> dict[str, Any]:
    answer = web_client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in document["paths"].items() for method, one in methods.items()]


def test_the_document_is_openapi_3_1_and_names_every_operation_once(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    names = [one["operationId"] for _path, _method, one in operations(document)]
    assert len(names) == len(set(names)) > 10


def test_every_operation_of_the_api_is_in_the_document(web_app: APIFlask, document: dict[str, Any]) -> None:
    for rule in web_app.url_map.iter_rules():
        if is_program(web_app, rule.endpoint.rpartition(".")[0]):
            path = rule.rule.replace("<", "{").replace(">", "}")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert method.lower() in document["paths"][path], (method, path)


def test_every_operation_says_who_may_use_it(web_app: APIFlask) -> None:
    for rule in web_app.url_map.iter_rules():
        if is_program(web_app, rule.endpoint.rpartition(".")[0]):
            assert hasattr(web_app.view_functions[rule.endpoint], "scope"), rule.endpoint


def test_every_operation_has_words_and_documents_its_problems(document: dict[str, Any]) -> None:
    for path, method, one in operations(document):
        assert one["summary"], path
        assert {"400", "401", "405", "429"} <= set(one["responses"]), (path, method)
        for status, response in one["responses"].items():
            assert response["description"], (path, status)
            if status >= "400":
                assert "application/problem+json" in response["content"], (path, status)


def test_writes_ask_for_an_idempotency_key_and_changes_for_if_match(document: dict[str, Any]) -> None:
    headers = {(path, method): {p["name"] for p in one["parameters"] if p["in"] == "header"} for path, method, one in operations(document)}
    assert "Idempotency-Key" in headers["/api/v1/addresses", "post"]
    assert {"Idempotency-Key", "If-Match"} <= headers["/api/v1/addresses/{address_id}", "patch"]
    assert "Idempotency-Key" in headers["/api/v1/plates/{serial}/visits", "post"]


@pytest.mark.slow
def test_every_operation_keeps_its_word_under_generated_requests(
    web_app: APIFlask, small_register: dict[str, str], api_key: Callable[..., str]
) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", web_app)
    key = api_key("lookup", "changes", "jobs", "write", "field")
    every = CHECKS.get_all()
    without = [check for check in every if check.__name__ != MAY_BE_REFUSED]
    assert len(without) == len(every) - 1
    tested = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @_given(operation)
        def keeps_its_word(case: schemathesis.Case) -> None:
            accepted = every if case.method == "GET" and case.operation.path.endswith(ALWAYS_ACCEPTED) else without
            case.call_and_validate(headers={KEY_HEADER: key, "Accept-Encoding": "identity"}, checks=accepted)

        keeps_its_word()
        tested += 1
    assert tested > 10


def _given(operation: Any) -> Callable[[Callable[..., None]], Callable[[], None]]:
    from hypothesis import given
    from schemathesis import GenerationMode

    strategies = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    return given(case=strategies[0] | strategies[1])
