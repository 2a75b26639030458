"""The examples on the manual's pages of each command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from fa2.core.windows import TimeWindow

if TYPE_CHECKING:
    from conftest import Answered, Asked

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class TestFields:
    EVENTS = ('{"foo-bar":"x","action":"go","f3":3,"f4":10,"Operation":"PUT","StatusCode":200}',)

    def test_a_name_in_backticks_and_a_function(self, rows: Asked) -> None:
        assert rows("fields `foo-bar`, action, abs(f3-f4)", self.EVENTS) == [
            {"foo-bar": "x", "action": "go", "abs(f3 - f4)": 7}
        ]

    def test_a_field_of_ones_own(self, rows: Asked) -> None:
        query = "fields concat(Operation, '-', StatusCode) as opStatus"
        assert rows(query, self.EVENTS) == [{"opStatus": "PUT-200"}]

    def test_presence_is_1_or_0(self, rows: Asked) -> None:
        events = ['{"resolverArn":"x"}', '{"a":1}']
        assert rows("fields ispresent(resolverArn) as isRes | sort isRes", events) == [{"isRes": 0}, {"isRes": 1}]

    def test_several_fields_commands_add_up_and_display_has_the_last_word(self, rows: Asked) -> None:
        assert list(rows("fields action | fields f3", self.EVENTS)[0]) == ["action", "f3"]
        assert list(rows("display action | display f3 | fields f4", self.EVENTS)[0]) == ["f3"]

    def test_an_alias_of_a_function(self, rows: Asked) -> None:
        found = rows("fields abs(f3-f4) as AbsoluteValue, action", self.EVENTS)
        assert found == [{"AbsoluteValue": 7, "action": "go"}]


class TestFilter:
    EVENTS = (
        '{"duration":2500,"f1":10,"f3":1,"statusCode":204,"Type":"foo","range":3500,"accountId":"123456789012"}',
        '{"duration":100,"f1":"an Exception","f3":26,"statusCode":300,"Type":"1","range":10}',
        '{"duration":1,"f1":"exception","f3":2,"statusCode":500,"Type":"baz","range":4000,"accountId":7}',
    )

    @pytest.mark.parametrize(
        ("condition", "kept"),
        [
            ("(duration>2000)", [0]),
            ("(f1=10 or f3>25)", [0, 1]),
            (r"statusCode like /2\d\d/", [0]),
            ("statusCode in [300,400,500]", [1, 2]),
            ('Type not in ["foo","bar",1]', [2]),
            ("f1 like /Exception/", [1]),
            ("f1 =~ /Exception/", [1]),
            ('f1 like "Exception"', [1]),
            ("f1 like /(?i)Exception/", [1, 2]),
            ("f1 =~ /^(?i)Exception$/", [2]),
            ("(range>3000)", [0, 2]),
            ("(range>3000 and accountId=123456789012)", [0]),
            ("not (range>3000) ", [1]),
        ],
    )
    @pytest.mark.parametrize("word", ["filter", "where", "filterIndex"])
    def test_conditions(self, rows: Asked, condition: str, kept: list[int], word: str) -> None:
        found = rows(f"fields @message | {word} {condition} | sort @timestamp", self.EVENTS)
        assert [row["@message"] for row in found] == [self.EVENTS[n] for n in kept]


class TestSort:
    def test_by_a_field_and_limit_before_display(self, rows: Asked) -> None:
        events = [f'{{"f1":{n},"f2":{n % 3}}}' for n in range(30)]
        assert [r["f1"] for r in rows("fields f1, f2 | sort f1 desc", events)][:2] == ["29", "28"]
        found = rows("sort @timestamp desc | limit 25 | display f1, f2", events)
        assert len(found) == 25
        assert found[0] == {"f1": "29", "f2": "2"}

    def test_by_several_fields(self, rows: Asked) -> None:
        events = ['{"a":1,"b":1}', '{"a":2,"b":9}', '{"a":2,"b":10}']
        found = rows("fields a, b | sort a desc, b asc", events)
        assert [(r["a"], r["b"]) for r in found] == [("2", "9"), ("2", "10"), ("1", "1")]

    def test_text_comes_before_numbers_and_what_is_missing_last(self, rows: Asked) -> None:
        events = ['{"a":10}', '{"a":"x"}', '{"b":1}', '{"a":9}', '{"a":"c"}']
        assert [r["a"] for r in rows("fields a | sort a", events)] == ["c", "x", "9", "10", None]
        assert [r["a"] for r in rows("fields a | sort a desc", events)] == ["10", "9", "x", "c", None]


class TestStats:
    EVENTS = tuple(
        (minute, f'{{"f1":{value},"f2":"{name}"}}')
        for minute, value, name in ((0, 1, "a"), (1, 3, "a"), (6, 10, "b"), (7, 20, "b"), (12, 100, "a"))
    )

    def test_an_average_for_each_value(self, rows: Asked) -> None:
        assert rows("stats avg (f1) by f2 | sort f2 desc", self.EVENTS) == [
            {"f2": "b", "avg(f1)": 15},
            {"f2": "a", "avg(f1)": pytest.approx(104 / 3)},
        ]

    def test_an_alias_to_sort_by(self, rows: Asked) -> None:
        assert rows("stats avg(f1) as myAvgF1 | sort myAvgF1 desc", self.EVENTS) == [{"myAvgF1": 26.8}]

    def test_an_alias_of_a_group_to_sort_by(self, rows: Asked) -> None:
        assert [r["size"] for r in rows("stats count(*) by f1 as size | sort size desc", self.EVENTS)] == [
            *("100", "20", "10", "3", "1")
        ]

    def test_the_column_itself_to_sort_by(self, rows: Asked) -> None:
        assert [r["f2"] for r in rows("stats count(*) by f2 | sort count(*) desc", self.EVENTS)] == ["a", "b"]

    @pytest.mark.parametrize(
        ("call", "value"),
        [
            ("count()", 5),
            ("count(*)", 5),
            ("count(f1)", 5),
            ("count(missing)", 0),
            ("count_distinct(f2)", 2),
            ("sum(f1)", 134),
            ("avg(f1)", 26.8),
            ("min(f1)", 1),
            ("max(f1)", 100),
            ("max(f2)", "b"),
            ("min(@timestamp)", at(0)),
            ("pct(f1, 50)", 10),
            ("percentile(f1, 100)", 100),
            ("median(f1)", 10),
            ("stddev(f1)", pytest.approx(41.5896621769)),
            ("earliest(f1)", "1"),
            ("latest(f1)", "100"),
            ("sortsFirst(f2)", "a"),
            ("sortsLast(f1)", "100"),
            ("max(f1) - min(f1)", 99),
            ("COUNT(*)", 5),
        ],
    )
    def test_functions(self, rows: Asked, call: str, value: object) -> None:
        assert rows(f"stats {call} as x", self.EVENTS) == [{"x": value}]

    def test_a_time_series_of_several_functions(self, rows: Asked) -> None:
        query = "stats avg(f1), min(f1), max(f1) by bin(5m)"
        assert rows(query, self.EVENTS) == [
            {"bin(5m)": at(10), "avg(f1)": 100, "min(f1)": 100, "max(f1)": 100},
            {"bin(5m)": at(5), "avg(f1)": 15, "min(f1)": 10, "max(f1)": 20},
            {"bin(5m)": at(0), "avg(f1)": 2, "min(f1)": 1, "max(f1)": 3},
        ]

    def test_stats_of_stats(self, rows: Asked) -> None:
        query = """FIELDS strlen(@message) AS message_length
            | STATS sum(message_length) as bytes BY bin(5m)
            | STATS max(bytes) AS peak, min(bytes) AS low, avg(bytes) AS middle"""
        lengths = [len(message) for _, message in self.EVENTS]
        sums = [lengths[0] + lengths[1], lengths[2] + lengths[3], lengths[4]]
        assert rows(query, self.EVENTS) == [
            {"peak": max(sums), "low": min(sums), "middle": pytest.approx(sum(sums) / 3)}
        ]

    def test_a_second_stats_over_wider_bins(self, rows: Asked) -> None:
        query = "stats count(*) as n by bin(5m) as t, f2 | stats max(n) as busiest by bin(10m)"
        assert rows(query, self.EVENTS) == [
            {"bin(10m)": at(10), "busiest": 1},
            {"bin(10m)": at(0), "busiest": 2},
        ]

    @pytest.mark.parametrize(
        ("period", "start"),
        [
            ("500ms", at(7)),
            ("30s", at(7)),
            ("2 * 1".replace(" * 1", "m"), at(6)),
            ("5min", at(5)),
            ("1hr", at(0)),
            ("2hours", datetime(2026, 11, 20, 2, tzinfo=UTC)),
            ("1d", datetime(2026, 11, 20, tzinfo=UTC)),
            ("1w", datetime(2026, 11, 16, tzinfo=UTC)),
            ("1mo", datetime(2026, 11, 1, tzinfo=UTC)),
            ("1q", datetime(2026, 10, 1, tzinfo=UTC)),
            ("1yr", datetime(2026, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_units_of_bins(self, rows: Asked, period: str, start: datetime) -> None:
        assert [*rows(f"stats count(*) by bin({period}) as t", [(7, "x")])[0].values()] == [start, 1]


class TestParse:
    LINE = "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException"
    TAKEN: ClassVar = {"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}

    @pytest.mark.parametrize(
        "command",
        [
            'parse @message "[*] * The error was: *" as level, config, exception',
            r"parse @message /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: (?<exception>\S+)/",
            r"parse /\[(\S+)\]\s+(\{.*\})\s+The error was: (\S+)/ as level, config, exception",
        ],
    )
    def test_a_glob_and_a_regular_expression(self, rows: Asked, command: str) -> None:
        found = rows(f"{command} | display level, config, exception", [self.LINE])
        assert found == [self.TAKEN]

    def test_a_line_that_does_not_match_stays_without_the_fields(self, rows: Asked) -> None:
        found = rows('parse @message "a=*" as a | display a, @message', ["b=1"])
        assert found == [{"a": None, "@message": "b=1"}]

    def test_flattened_json(self, rows: Asked) -> None:
        line = "{'fieldsA': 'logs', 'fieldsB': [{'fA': 'a1'}, {'fA': 'a2'}]}"
        query = "parse @message \"'fieldsA': '*', 'fieldsB': ['*']\" as fld, array"
        assert rows(f"{query} | display fld", [line]) == [{"fld": None}]
        query = "parse @message \"'fieldsA': '*', 'fieldsB': [*]\" as fld, array"
        assert rows(f"{query} | display fld, array", [line]) == [{"fld": "logs", "array": "{'fA': 'a1'}, {'fA': 'a2'}"}]

    def test_a_network_interface(self, rows: Asked) -> None:
        query = "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface, @message"
        line = "2 123456789010 eni-1235b8ca 172.31.16.139"
        assert rows(query, [line]) == [{"NetworkInterface": "eni-1235b8ca", "@message": line}]

    def test_a_log_stream(self, rows: Asked) -> None:
        query = 'parse @logStream "*/*/*/*" as env, service, instance, shard | stats count(*) by env, service'
        events = [{"message": "x", "stream": f"prod/web/i-{n}/0"} for n in range(3)]
        assert rows(query, events) == [{"env": "prod", "service": "web", "count(*)": 3}]

    def test_one_parse_after_the_other(self, rows: Asked) -> None:
        query = """parse @message "url=*" as url
            | parse url "/api/*/users/*" as apiVersion, userId
            | display apiVersion, userId"""
        assert rows(query, ["GET url=/api/v2/users/42"]) == [{"apiVersion": "v2", "userId": "42"}]

    def test_pairs_of_logfmt(self, rows: Asked) -> None:
        lines = ['level=info msg="it \\"works\\" = fine" ms=12 path=/a=b level=warn', "nothing here"]
        query = "parse @message logfmt as lf | sort @timestamp | display lf.level, lf.msg, lf.ms * 2 as twice, lf.path"
        assert rows(query, lines) == [
            {"lf.level": "info", "lf.msg": 'it "works" = fine', "twice": 24, "lf.path": "/a=b"},
            {"lf.level": None, "lf.msg": None, "twice": None, "lf.path": None},
        ]

    def test_an_event_for_each_match(self, rows: Asked) -> None:
        query = r"parse @message /(?<ip>\d+\.\d+\.\d+\.\d+):(?<port>\d+)/ multi | stats count(*) as n by ip, port"
        assert rows(query, ["10.0.0.1:80 to 10.0.0.2:443", "10.0.0.1:80", "none"]) == [
            {"ip": "10.0.0.1", "port": "80", "n": 2},
            {"ip": "10.0.0.2", "port": "443", "n": 1},
            {"ip": None, "port": None, "n": 1},
        ]

    def test_what_was_parsed_is_shown(self, rows: Asked) -> None:
        assert list(rows('fields @message | parse @message "a=*" as a', ["a=1"])[0]) == ["@message", "a"]


class TestDisplay:
    def test_only_what_it_names(self, rows: Asked) -> None:
        query = """fields @message
            | parse @message "[*] *" as loggingType, loggingMessage
            | filter loggingType = "ERROR"
            | display loggingMessage"""
        assert rows(query, ["[ERROR] broken", "[INFO] fine"]) == [{"loggingMessage": "broken"}]


class TestLimitAndComments:
    def test_a_commented_command_is_left_out(self, rows: Asked) -> None:
        query = """fields @timestamp, @message
            # | filter @message like /delay/
            | limit 20"""
        assert len(rows(query, ["a", "b"])) == 2

    def test_a_comment_ends_with_its_line_and_not_in_text(self, rows: Asked) -> None:
        found = rows("fields @message # which\n| filter @message like '#'", ["a # b", "c"])
        assert found == [{"@message": "a # b"}]

    def test_head_is_limit_and_the_default_is_ten_thousand(self, answer: Answered) -> None:
        assert len(answer("head 2", ["a", "b", "c"]).rows) == 2
        many = answer("fields @message", [str(n) for n in range(10_050)])
        assert (len(many.rows), many.cut) == (10_000, 10_050)

    def test_newest_first_where_nothing_is_said(self, rows: Asked) -> None:
        assert [r["@message"] for r in rows("fields @message", ["old", "new"])] == ["new", "old"]
        assert list(rows("filter @message = 'old'", ["old", "new"])[0]) == ["@timestamp", "@message"]


class TestDedup:
    def test_missing_values_are_no_duplicates(self, rows: Asked) -> None:
        events = ['{"s":"a"}', '{"s":"a"}', "x", "y"]
        found = rows("fields s, @message | dedup s", events)
        assert [r["@message"] for r in found] == ["y", "x", '{"s":"a"}']


class TestUnnest:
    EVENTS = ('{"events":[{"name":"exception"},{"name":"user action"}]}',)

    def test_an_event_for_each_element(self, rows: Asked) -> None:
        query = """fields jsonParse(@message) as json_message
            | unnest json_message.events into event
            | display event.name"""
        assert rows(query, self.EVENTS) == [{"event.name": "exception"}, {"event.name": "user action"}]

    def test_elements_can_be_filtered(self, rows: Asked) -> None:
        query = """fields jsonParse(@message) as js
            | unnest js.accounts into account
            | filter account.type = "internal"
            | display account.id"""
        events = ['{"accounts":[{"type":"internal","id":1},{"type":"other","id":2}]}', '{"accounts":[]}']
        assert rows(query, events) == [{"account.id": "1"}]

    def test_elements_can_be_aggregated(self, rows: Asked) -> None:
        query = """fields jsonParse(trimmedData) as accounts
            | unnest accounts into account
            | stats sum(account.droppedSpans) as n by account.accountId
            | sort n desc
            | limit 10"""
        inner = r"[{\"accountId\":\"a\",\"droppedSpans\":2},{\"accountId\":\"b\",\"droppedSpans\":5}]"
        events = [f'{{"trimmedData":"{inner}"}}'] * 2
        assert rows(query, events) == [{"account.accountId": "b", "n": 10}, {"account.accountId": "a", "n": 4}]

    def test_what_is_no_list_is_one_element_and_what_is_missing_none(self, rows: Asked) -> None:
        events = ['{"a":{"b":1}}', '{"a":"text"}', "no json"]
        found = rows("unnest a into x | fields x | sort x", events)
        assert [r["x"] for r in found] == ["text", '{"b":1}']


MINUTES = [(n / 10, f"GET /items/{n} took {n % 50} ms") for n in range(-300, 300)]
FAILED = [(20 + n / 10, f"ERROR disk sd{'abcdefgh'[n % 8]} number {n} failed") for n in range(40)]
HALF_HOUR = TimeWindow(at(0), at(30))


class TestPattern:
    def test_patterns_of_messages(self, rows: Asked) -> None:
        found = rows("fields @timestamp, @message | pattern @message", [*MINUTES, *FAILED])
        assert [(r["@sampleCount"], r["@severityLabel"]) for r in found] == [(600, "NONE"), (40, "ERROR")]
        assert found[0]["@ratio"] == pytest.approx(600 / 640)
        assert str(found[0]["@pattern"]).startswith("GET <")

    def test_patterns_of_what_was_filtered_and_sorted(self, rows: Asked) -> None:
        found = rows("filter @message like /ERROR/ | pattern @message | sort @sampleCount desc", [*MINUTES, *FAILED])
        assert [(r["@sampleCount"], r["@ratio"]) for r in found] == [(40, 1)]

    def test_patterns_of_a_parsed_field(self, rows: Asked) -> None:
        events = [*MINUTES, *FAILED]
        query = 'parse @message "took *" as took | filter ispresent(took) | pattern took | display @pattern, @patternId'
        (found,) = rows(query, events)
        assert str(found["@pattern"]).endswith("ms")
        assert str(found["@patternId"]).startswith("P")

    def test_details_can_be_asked_for(self, rows: Asked) -> None:
        query = "pattern @message | filter @severityLabel = 'ERROR' | display @tokens.0.inferredTokenName as t, @logSamples.0 as s, @regexString like /ERROR/ as r, @visualization"
        (found,) = rows(query, [*MINUTES, *FAILED])
        assert found["s"] == FAILED[0][1]
        assert found["r"] == 1
        assert str(found["@visualization"]).count(":") >= 2


class TestDiff:
    @pytest.mark.parametrize("query", ["diff", "pattern @message | diff", "logcompare timeshift 30m"])
    def test_the_period_before(self, rows: Asked, query: str) -> None:
        found = rows(query, [*MINUTES, *FAILED], window=HALF_HOUR)
        told = [(r["@sampleCount"], r["@diffEventCount"], r["@differenceDescription"]) for r in found]
        assert told == [(40, 40, "NEW"), (300, 0, "SAME")]

    @pytest.mark.parametrize(("shift", "days"), [("previousDay", 1), ("previousWeek", 7), ("previousMonth", 31)])
    def test_an_earlier_day_week_or_month(self, rows: Asked, shift: str, days: int) -> None:
        then = [(minute - days * 1440, message) for minute, message in FAILED]
        query = (
            f"filter @message like /disk/ | diff {shift} | fields @sampleCount, @previousCount, @differenceDescription"
        )
        found = rows(query, [*MINUTES, *FAILED, *then[:10]], window=HALF_HOUR)
        told = [(r["@sampleCount"], r["@previousCount"], r["@differenceDescription"]) for r in found]
        assert told == [(40, 10, "MORE")]

    def test_what_came_no_more_is_gone(self, rows: Asked) -> None:
        gone = [(minute - 50, message) for minute, message in FAILED]
        found = rows("diff | filter @differenceDescription = 'GONE'", [*MINUTES, *gone], window=HALF_HOUR)
        assert [(r["@sampleCount"], r["@diffEventCount"]) for r in found] == [(0, -40)]

    def test_without_a_window_the_later_half_is_compared_and_it_is_said(self, answer: Answered) -> None:
        found = answer("diff", [*MINUTES, *FAILED])
        assert [note.key for note in found.notes] == ["query.note.halves"]
        assert found.rows[0][1:3] == (40, 40)


class TestAnomaly:
    def test_a_new_pattern(self, rows: Asked) -> None:
        found = rows("fields @timestamp, @message\n| pattern @message\n| anomaly", [*MINUTES, *FAILED])
        assert [(r["@anomalyType"], r["@anomalyTime"]) for r in found] == [("NEW_PATTERN", at(20)), (None, None)]

    def test_an_unusual_frequency(self, rows: Asked) -> None:
        burst = [(10 + n / 1000, f"GET /items/{n} took {n} ms") for n in range(200)]
        found = rows(
            "filter @message like /GET/ | pattern @message | anomaly | sort @timestamp desc", [*MINUTES, *burst]
        )
        assert [r["@anomalyType"] for r in found] == ["PATTERN_FREQUENCY"]

    def test_a_new_value_of_a_token(self, rows: Asked) -> None:
        zones = [(n / 10, f"started in zone={'eu-1' if n < 200 or n % 3 else 'us-9'} ok") for n in range(300)]
        (found,) = rows("pattern @message | anomaly", zones)
        assert found["@anomalyType"] == "TOKEN_VARIATION"
        assert "us-9" in str(found["@anomalyDetail"])

    def test_http_errors(self, rows: Asked) -> None:
        calls = [(n / 10, f"GET / status={200 if n < 200 or n % 3 else 503}") for n in range(300)]
        (found,) = rows("pattern @message | anomaly", calls)
        assert found["@anomalyType"] == "HTTP_ERROR"

    def test_numbers_that_moved(self, rows: Asked) -> None:
        calls = [(n / 10, f"query took {n % 40 + (500 if n > 250 else 0)}.5 ms") for n in range(400)]
        (found,) = rows("pattern @message | anomaly", calls)
        assert found["@anomalyType"] == "NUMERIC_TOKEN"

    def test_counters_are_no_news(self, rows: Asked) -> None:
        counted = [(n / 10, f"request number {n} done in {n * 7 % 50} ms") for n in range(400)]
        assert [r["@anomalyType"] for r in rows("pattern @message | anomaly", counted)] == [None]

    def test_steady_logs_have_none(self, rows: Asked) -> None:
        found = rows("pattern @message | anomaly", MINUTES)
        assert [r["@anomalyType"] for r in found] == [None]
