"""Records of a model at work, for tests: one of two steps, one of any size, and a strategy for any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from fa2.core.model_run import ModelRun, RecordedCall, RecordedStep
from fa2.core.report import Said

START = datetime(2026, 11, 20, 3, 12, 0, 250_000, tzinfo=UTC)


def two_steps(id: str = "run-1a2b", *, started: datetime = START) -> ModelRun:
    """A run that asks a tool twice, concludes, and ends complete."""
    calls = [
        RecordedCall(
            id="c1",
            name="query_logs",
            arguments='{"query": "filter level = \\"ERROR\\""}',
            outcome="answered",
            result="E7: 12 rows",
            evidence=["e7"],
            left_out=3,
            duration_s=0.5,
        ),
        RecordedCall(
            id="c2", name="metrics", arguments="{broken", outcome="refused", result="That is no JSON.", duration_s=0.25
        ),
    ]
    return ModelRun(
        version="0.1.0",
        id=id,
        incident="low-00",
        language="en",
        mode="agent",
        models=["bedrock:quality", "bedrock:fast"],
        started=started,
        duration_s=9.0,
        steps=[
            RecordedStep(
                number=1,
                purpose="investigate",
                model="bedrock:fast",
                started=started + timedelta(seconds=1),
                duration_s=2.0,
                question="q1",
                sent="The incident: payments fail.\nSuspects: payments.",
                instructions="You investigate.",
                text="I look at the errors first.",
                calls=calls,
                stop="tools",
                input_tokens=1000,
                output_tokens=100,
                cached_tokens=200,
                usd=0.01,
                retries=2,
            ),
            RecordedStep(
                number=2,
                purpose="conclude",
                model="bedrock:quality",
                started=started + timedelta(seconds=4),
                duration_s=5.0,
                question="q2",
                sent="E7: 12 rows",
                text="payments is out of connections.",
                stop="end",
                input_tokens=1500,
                output_tokens=300,
                usd=0.02,
            ),
        ],
        ended=Said(key="runs.error.none", values={"id": "x", "folder": "f", "n": 0}),
    )


def large(bytes_sent: int, steps: int = 10) -> ModelRun:
    """A run whose steps sent so many bytes together."""
    template = two_steps().steps[0]
    lines = "2026-11-20T03:00:01Z ERROR payments 接続がありません \x1b[31m\n"
    text = lines * (bytes_sent // steps // len(lines.encode()) + 1)
    many = [template.model_copy(update={"number": n + 1, "sent": text}) for n in range(steps)]
    return two_steps().model_copy(update={"steps": many})


_text = st.text(st.characters(codec="utf-8"), max_size=30)
_moments = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
_seconds = st.floats(0, 1e6)
_counts = st.integers(0, 10**9)
_said = st.builds(Said, key=_text, values=st.dictionaries(_text, st.one_of(_text, _counts, st.none())), text=_text)
_calls = st.builds(
    RecordedCall,
    id=_text,
    name=_text,
    arguments=_text,
    outcome=st.sampled_from(["answered", "refused", "failed", "repeated", "unknown", "not_run"]),
    result=_text,
    evidence=st.lists(_text, max_size=2),
    left_out=_counts,
    duration_s=_seconds,
)
_steps = st.builds(
    RecordedStep,
    number=_counts,
    purpose=st.sampled_from(["investigate", "conclude"]),
    model=_text,
    started=_moments,
    duration_s=_seconds,
    question=_text,
    sent=_text,
    instructions=_text,
    text=_text,
    calls=st.lists(_calls, max_size=3),
    stop=_text,
    input_tokens=_counts,
    output_tokens=_counts,
    cached_tokens=_counts,
    usd=st.none() | _seconds,
    retries=_counts,
    problem=st.none() | _said,
)
any_run = st.builds(
    ModelRun,
    version=_text,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True),
    incident=_text,
    language=st.sampled_from(["en", "ja"]),
    mode=st.sampled_from(["agent", "single"]),
    models=st.lists(_text, min_size=1, max_size=2),
    started=_moments,
    duration_s=_seconds,
    steps=st.lists(_steps, max_size=3),
    ended=_said,
)
