"""The same as a server that others wrote has it: fakellm, which speaks OpenAI's and Anthropic's language.

It cannot be told of a Retry-After, of streams that break off, or of stop reasons: typed_servers does that.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from model_questions import AGENT, PLAIN, Ear, ask, impatient

from fa2.core.language_model import LanguageModel, Message, ModelFailed, ToolResult
from fa2.models.choosing import parse_choice
from fa2.models.hosted import HostedModel
from fa2.models.opening import open_model

pytestmark = pytest.mark.end_to_end

RULES = """
version: 1
rules:
  - name: overloaded
    when: {messages_contain: "be overloaded"}
    respond: {status: 529, error: "Overloaded"}
  - name: denied
    when: {messages_contain: "be strict"}
    respond: {status: 401, error: "no key"}
  - name: ends
    when: {tool_result_contains: "17 errors"}
    respond: {content: "cart failed 17 times."}
  - name: looks
    when: {messages_contain: "investigate", tools_include: count_logs}
    respond:
      tool_calls:
        - {name: count_logs, arguments: {service: cart, most: 3}}
        - {name: count_logs, arguments: {service: "決済"}}
  - name: talks
    respond: {content: "カートが壊れました。 The cart broke."}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the rules, on a free port of loopback."""
    rules: Path = tmp_path_factory.mktemp("fakellm") / "fakellm.yaml"
    rules.write_text(RULES)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from fakellm.cli import main; main()", "serve", "--port", str(port), "--config"]
    with subprocess.Popen([*command, str(rules)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(f"http://127.0.0.1:{port}/_fakellm/stats", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "fakellm ended"
        try:
            with urlopen(url, timeout=5):  # noqa: S310 (loopback)
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError("fakellm does not answer")


@pytest.fixture(params=["openai:some/model:8b", "anthropic:claude-sonnet-4-6"])
def model(url: str, request: pytest.FixtureRequest) -> LanguageModel:
    """Give a model at that server."""
    below = "/v1" if request.param.startswith("openai") else ""
    return open_model(parse_choice(request.param, base_url=url + below), environment={}, patience=impatient())


def test_text_streams_in_both_languages(model: LanguageModel) -> None:
    ear = Ear()
    answer = ask(model, ear=ear)
    assert answer.text == "".join(ear.pieces) == "カートが壊れました。 The cart broke."
    assert (answer.stop, answer.tokens.input > 0, answer.tokens.output > 0) == ("end", True, True)


def test_an_investigation_calls_tools_and_ends_with_their_results(model: LanguageModel) -> None:
    question = replace(AGENT, messages=(Message("user", f"Please investigate {model.name}."),))
    answer = ask(model, question)
    assert [call.name for call in answer.calls] == ["count_logs", "count_logs"]
    assert answer.calls[0].arguments.replace(" ", "") == '{"service":"cart","most":3}'
    assert "決済" in answer.calls[1].arguments or "\\u6c7a" in answer.calls[1].arguments
    results = tuple(ToolResult(call.id, call.name, "17 errors") for call in answer.calls)
    more = (Message("model", answer.text, answer.calls), Message("user", results=results))
    assert ask(model, replace(question, messages=question.messages + more)).text == "cart failed 17 times."


def test_errors_are_understood(model: LanguageModel) -> None:
    assert isinstance(model, HostedModel)
    model.streams = False  # fakellm streams no errors
    ear = Ear()
    with pytest.raises(ModelFailed) as raised:
        ask(model, replace(PLAIN, messages=(Message("user", "be overloaded"),)), ear=ear)
    assert (raised.value.reason, len(ear.waits)) == ("outage", 7)
    with pytest.raises(ModelFailed) as raised:
        ask(model, replace(PLAIN, messages=(Message("user", "be strict"),)))
    assert raised.value.reason == "denied"
