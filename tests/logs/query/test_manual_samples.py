"""The sample queries of the manual of CloudWatch Logs Insights, on lines as the services write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Asked

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


class TestGeneralQueries:
    def test_the_25_events_added_last(self, rows: Asked) -> None:
        found = rows("fields @timestamp, @message | sort @timestamp desc | limit 25", [f"line {n}" for n in range(40)])
        assert [row["@message"] for row in found] == [f"line {n}" for n in range(39, 14, -1)]

    def test_the_number_of_exceptions_per_hour(self, rows: Asked) -> None:
        events = [(0, "an Exception"), (61, "Exception a"), (62, "Exception b"), (63, "fine"), (125, "exception")]
        query = """filter @message like /Exception/
            | stats count(*) as exceptionCount by bin(1h)
            | sort exceptionCount desc"""
        assert rows(query, events) == [
            {"bin(1h)": at(60), "exceptionCount": 2},
            {"bin(1h)": at(0), "exceptionCount": 1},
        ]

    def test_events_that_are_no_exceptions(self, rows: Asked) -> None:
        found = rows("fields @message | filter @message not like /Exception/", ["an Exception", "fine"])
        assert found == [{"@message": "fine"}]

    SERVERS = (
        '{"server":"a","severity":1,"message":"old"}',
        '{"server":"b","severity":1,"message":"only"}',
        '{"server":"a","severity":2,"message":"other"}',
        '{"server":"a","severity":1,"message":"new"}',
    )

    def test_the_latest_event_of_each_server(self, rows: Asked) -> None:
        query = "fields @timestamp, server, severity, message | sort @timestamp desc | dedup server"
        assert [(r["server"], r["message"]) for r in rows(query, self.SERVERS)] == [("a", "new"), ("b", "only")]

    def test_the_latest_event_of_each_server_and_severity(self, rows: Asked) -> None:
        query = "fields @timestamp, server, severity, message | sort @timestamp desc | dedup server, severity"
        assert [r["message"] for r in rows(query, self.SERVERS)] == ["new", "other", "only"]


def report(duration: float, used: int, request: str = "8f5a6b7c-0000-4000-8000-123456789abc") -> str:
    return (
        f"REPORT RequestId: {request}\tDuration: {duration} ms\tBilled Duration: {int(duration) + 1} ms\t"
        f"Memory Size: 128 MB\tMax Memory Used: {used} MB\t\n"
    )


class TestLambdaQueries:
    EVENTS = (
        (0, "START RequestId: 8f5a6b7c-0000-4000-8000-123456789abc Version: $LATEST"),
        (1, report(10.5, 60)),
        (2, report(30.5, 100)),
        (6, report(2000.25, 80, "8f5a6b7c-0000-4000-8000-123456789abd")),
        (7, report(1500.25, 80, "8f5a6b7c-0000-4000-8000-123456789abd")),
    )

    def test_overprovisioned_memory(self, rows: Asked) -> None:
        query = """filter @type = "REPORT"
            | stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB,
                min(@maxMemoryUsed / 1000 / 1000) as smallestMemoryRequestMB,
                avg(@maxMemoryUsed / 1000 / 1000) as avgMemoryUsedMB,
                max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB,
                provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB"""
        assert rows(query, self.EVENTS) == [
            {
                "provisonedMemoryMB": 128,
                "smallestMemoryRequestMB": 60,
                "avgMemoryUsedMB": 80,
                "maxMemoryUsedMB": 100,
                "overProvisionedMB": 28,
            }
        ]

    def test_a_latency_report(self, rows: Asked) -> None:
        query = 'filter @type = "REPORT" | stats avg(@duration), max(@duration), min(@duration) by bin(5m)'
        assert rows(query, self.EVENTS) == [
            {"bin(5m)": at(5), "avg(@duration)": 1750.25, "max(@duration)": 2000.25, "min(@duration)": 1500.25},
            {"bin(5m)": at(0), "avg(@duration)": 20.5, "max(@duration)": 30.5, "min(@duration)": 10.5},
        ]

    def test_slow_invocations_without_retries(self, rows: Asked) -> None:
        query = """fields @timestamp, @requestId, @message, @logStream
            | filter @type = "REPORT" and @duration > 1000
            | sort @timestamp desc
            | dedup @requestId
            | limit 20"""
        found = rows(query, self.EVENTS)
        assert [(r["@timestamp"], r["@requestId"]) for r in found] == [(at(7), "8f5a6b7c-0000-4000-8000-123456789abd")]


def flow(source: str, target: str, packets: int, size: int, protocol: int = 6, status: str = "OK") -> str:
    if status != "OK":
        return f"2 123456789010 eni-0123456789abcdef0 - - - - - - - 1431280876 1431280934 - {status}"
    return (
        f"2 123456789010 eni-0123456789abcdef0 {source} {target} 443 49152 {protocol} {packets} {size} "
        "1418530010 1418530070 ACCEPT OK"
    )


class TestVpcFlowLogQueries:
    EVENTS = (
        (0, flow("192.0.2.1", "10.0.0.1", 5, 500)),
        (1, flow("192.0.2.1", "10.0.0.1", 7, 700)),
        (2, flow("192.0.2.200", "10.0.0.2", 1, 5000)),
        (3, flow("198.51.100.1", "10.0.0.1", 20, 90, protocol=17)),
        (70, flow("", "", 0, 0, status="SKIPDATA")),
    )

    def test_most_packets_across_hosts(self, rows: Asked) -> None:
        query = """stats sum(packets) as packetsTransferred by srcAddr, dstAddr
            | sort packetsTransferred  desc
            | limit 15"""
        found = rows(query, self.EVENTS)
        assert [(r["srcAddr"], r["dstAddr"], r["packetsTransferred"]) for r in found] == [
            ("198.51.100.1", "10.0.0.1", 20),
            ("192.0.2.1", "10.0.0.1", 12),
            ("192.0.2.200", "10.0.0.2", 1),
            (None, None, None),
        ]

    def test_most_bytes_from_a_subnet(self, rows: Asked) -> None:
        query = """filter isIpv4InSubnet(srcAddr, "192.0.2.0/24")
            | stats sum(bytes) as bytesTransferred by dstAddr
            | sort bytesTransferred desc
            | limit 15"""
        assert rows(query, self.EVENTS) == [
            {"dstAddr": "10.0.0.2", "bytesTransferred": 5000},
            {"dstAddr": "10.0.0.1", "bytesTransferred": 1200},
        ]

    def test_who_uses_udp(self, rows: Asked) -> None:
        found = rows("filter protocol=17 | stats count(*) by srcAddr", self.EVENTS)
        assert found == [{"srcAddr": "198.51.100.1", "count(*)": 1}]

    def test_skipped_records(self, rows: Asked) -> None:
        query = 'filter logStatus="SKIPDATA" | stats count(*) by bin(1h) as t | sort t'
        assert rows(query, self.EVENTS) == [{"t": at(60), "count(*)": 1}]

    def test_one_record_for_each_connection(self, rows: Asked) -> None:
        query = """fields @timestamp, srcAddr, dstAddr, srcPort, dstPort, protocol, bytes
            | filter @logStream = 'vpc-flow-logs' and interfaceId = 'eni-0123456789abcdef0'
            | sort @timestamp desc
            | dedup srcAddr, dstAddr, srcPort, dstPort, protocol
            | limit 20"""
        events = [
            {"timestamp": at(minute), "message": message, "stream": stream}
            for minute, message, stream in (
                (0, flow("192.0.2.1", "10.0.0.1", 5, 500), "vpc-flow-logs"),
                (1, flow("192.0.2.1", "10.0.0.1", 5, 700), "vpc-flow-logs"),
                (2, flow("192.0.2.9", "10.0.0.1", 5, 900), "other"),
            )
        ]
        assert [(r["srcAddr"], r["bytes"]) for r in rows(query, events)] == [("192.0.2.1", "700")]


def dns(
    minute: float, name: str, kind: str = "A", code: str = "NOERROR", resolver: str = "192.168.1.1"
) -> tuple[float, str]:
    return minute, f"1.0 2017-12-13T08:16:02.130Z Z123412341234 {name} {kind} {code} UDP FRA6 {resolver} -"


class TestRoute53Queries:
    EVENTS = (
        dns(0, "example.com"),
        dns(1, "www.example.com", resolver="192.168.3.1"),
        dns(2, "example.com", kind="AAAA", code="SERVFAIL"),
        dns(61, "example.com"),
    )

    def test_records_per_hour_by_type(self, rows: Asked) -> None:
        assert rows("stats count(*) by queryType, bin(1h)", self.EVENTS) == [
            {"queryType": "A", "bin(1h)": at(60), "count(*)": 1},
            {"queryType": "A", "bin(1h)": at(0), "count(*)": 2},
            {"queryType": "AAAA", "bin(1h)": at(0), "count(*)": 1},
        ]

    def test_busiest_resolvers(self, rows: Asked) -> None:
        query = "stats count(*) as numRequests by resolverIp | sort numRequests desc | limit 10"
        assert rows(query, self.EVENTS) == [
            {"resolverIp": "192.168.1.1", "numRequests": 3},
            {"resolverIp": "192.168.3.1", "numRequests": 1},
        ]

    def test_failed_lookups_by_name(self, rows: Asked) -> None:
        found = rows('filter responseCode="SERVFAIL" | stats count(*) by queryName', self.EVENTS)
        assert found == [{"queryName": "example.com", "count(*)": 1}]


def trail(event: str, **more: object) -> str:
    source = str(more.pop("source", "ec2.amazonaws.com"))
    return json.dumps({"eventName": event, "eventSource": source, "awsRegion": "us-east-2", **more})


class TestCloudTrailQueries:
    EVENTS = (
        trail("StartInstances", region="us-east-2"),
        trail("StopInstances", region="us-east-1"),
        trail("StartInstances", region="us-east-2", tlsDetails={"tlsVersion": "TLSv1.1", "cipherSuite": "x"}),
        trail(
            "CreateUser",
            source="iam.amazonaws.com",
            requestParameters={"userName": "ann"},
            responseElements={"user": {"arn": "arn:aws:iam::1:user/ann"}},
        ),
        trail("UpdateTrail", source="cloudtrail.amazonaws.com", errorCode="AccessDenied", errorMessage="no"),
        trail("UpdateTrail", source="cloudtrail.amazonaws.com"),
    )

    def test_entries_by_service_event_and_region(self, rows: Asked) -> None:
        found = rows("stats count(*) by eventSource, eventName, awsRegion", self.EVENTS)
        assert [(r["eventName"], r["count(*)"]) for r in found] == [
            ("UpdateTrail", 2),
            ("StartInstances", 2),
            ("StopInstances", 1),
            ("CreateUser", 1),
        ]

    def test_hosts_started_or_stopped_in_a_region(self, rows: Asked) -> None:
        query = 'filter (eventName="StartInstances" or eventName="StopInstances") and region="us-east-2"'
        assert len(rows(query, self.EVENTS)) == 2

    def test_new_users(self, rows: Asked) -> None:
        query = """filter eventName="CreateUser"
            | fields awsRegion, requestParameters.userName, responseElements.user.arn"""
        assert rows(query, self.EVENTS) == [
            {
                "awsRegion": "us-east-2",
                "requestParameters.userName": "ann",
                "responseElements.user.arn": "arn:aws:iam::1:user/ann",
            }
        ]

    def test_errors_while_invoking_an_api(self, rows: Asked) -> None:
        query = 'filter eventName="UpdateTrail" and ispresent(errorCode) | stats count(*) by errorCode, errorMessage'
        assert rows(query, self.EVENTS) == [{"errorCode": "AccessDenied", "errorMessage": "no", "count(*)": 1}]

    def test_old_tls_versions(self, rows: Asked) -> None:
        query = """filter tlsDetails.tlsVersion in [ "TLSv1", "TLSv1.1" ]
            | stats count(*) as numOutdatedTlsCalls by userIdentity.accountId, recipientAccountId, eventSource,
              eventName, awsRegion, tlsDetails.tlsVersion, tlsDetails.cipherSuite, userAgent
            | sort eventSource, eventName, awsRegion, tlsDetails.tlsVersion"""
        (found,) = rows(query, self.EVENTS)
        assert (found["numOutdatedTlsCalls"], found["tlsDetails.tlsVersion"]) == (1, "TLSv1.1")

    def test_old_tls_versions_by_service(self, rows: Asked) -> None:
        query = """filter tlsDetails.tlsVersion in [ "TLSv1", "TLSv1.1" ]
            | stats count(*) as numOutdatedTlsCalls by eventSource
            | sort numOutdatedTlsCalls desc"""
        assert rows(query, self.EVENTS) == [{"eventSource": "ec2.amazonaws.com", "numOutdatedTlsCalls": 1}]


class TestApiGatewayQueries:
    EVENTS = tuple(
        json.dumps(
            {"status": s, "ip": ip, "path": path, "httpMethod": m, "integrationLatency": ms, "responseLatency": ms}
        )
        for s, ip, path, m, ms in (
            ("200", "10.0.0.1", "/a", "GET", 12),
            ("404", "10.0.0.1", "/b", "GET", 900),
            ("500", "10.0.0.2", "/a", "POST", 2000),
            ("403", "10.0.0.3", "/a", "GET", 33),
        )
    )

    def test_the_last_client_errors(self, rows: Asked) -> None:
        query = """fields @timestamp, status, ip, path, httpMethod
            | filter status>=400 and status<=499
            | sort @timestamp desc
            | limit 10"""
        assert [r["status"] for r in rows(query, self.EVENTS)] == ["403", "404"]

    def test_the_slowest_get_requests(self, rows: Asked) -> None:
        query = """fields @timestamp, status, ip, path, httpMethod, responseLatency
            | filter httpMethod = "GET"
            | sort responseLatency desc
            | limit 10"""
        assert [r["responseLatency"] for r in rows(query, self.EVENTS)] == ["900", "33", "12"]

    def test_most_visited_paths(self, rows: Asked) -> None:
        query = "stats count(*) as requestCount by path | sort requestCount desc | limit 10"
        assert rows(query, self.EVENTS) == [{"path": "/a", "requestCount": 3}, {"path": "/b", "requestCount": 1}]

    def test_most_active_addresses(self, rows: Asked) -> None:
        query = "stats count(*) as requestCount by ip | sort requestCount desc | limit 1"
        assert rows(query, self.EVENTS) == [{"ip": "10.0.0.1", "requestCount": 2}]


class TestNatGatewayQueries:
    EVENTS = (
        flow("10.0.0.5", "203.0.113.5", 1, 100),
        flow("10.0.0.5", "203.0.113.5", 1, 150),
        flow("203.0.113.5", "10.0.0.9", 1, 9000),
    )

    def test_instances_that_send_the_most(self, rows: Asked) -> None:
        query = """filter (dstAddr like '203.0.' and srcAddr like '10.0.')
            | stats sum(bytes) as bytesTransferred by srcAddr, dstAddr
            | sort bytesTransferred desc
            | limit 10"""
        assert rows(query, self.EVENTS) == [{"srcAddr": "10.0.0.5", "dstAddr": "203.0.113.5", "bytesTransferred": 250}]

    def test_what_does_not_come_from_within(self, rows: Asked) -> None:
        query = "filter (dstAddr not like '203.0.' and srcAddr like '203.') | stats sum(bytes) as bytesTransferred"
        assert rows(query, self.EVENTS) == [{"bytesTransferred": 9000}]


class TestApacheQueries:
    EVENTS = (
        '10.0.0.1 - ann [20/Nov/2026:03:00:00 +0000] "GET /a.html HTTP/1.1" 200 512',
        '10.0.0.2 - - [20/Nov/2026:03:00:01 +0000] "GET /b.html HTTP/1.1" 404 10',
        '10.0.0.2 - - [20/Nov/2026:03:00:02 +0000] "POST /a.html HTTP/1.1" 200 8',
    )
    PARSE = (
        "parse @message '* - * [*] \"* * *\" * *' as host, identity, dateTimeString, httpVerb, url, protocol, "
        "statusCode, bytes"
    )

    def test_all_fields_of_an_access_log(self, rows: Asked) -> None:
        found = rows(
            f"{self.PARSE} | display host, identity, httpVerb, url, protocol, statusCode, bytes | limit 1",
            self.EVENTS[:1],
        )
        assert found == [
            {
                "host": "10.0.0.1",
                "identity": "ann",
                "httpVerb": "GET",
                "url": "/a.html",
                "protocol": "HTTP/1.1",
                "statusCode": "200",
                "bytes": "512",
            }
        ]

    def test_sums_over_parsed_fields(self, rows: Asked) -> None:
        found = rows(f"{self.PARSE} | filter statusCode = 200 | stats sum(bytes) as b by url", self.EVENTS)
        assert found == [{"url": "/a.html", "b": 520}]


class TestEventBridgeQueries:
    def test_events_by_detail_type(self, rows: Asked) -> None:
        events = ['{"detail-type":"Order Placed"}', '{"detail-type":"Order Placed"}', '{"detail-type":"Order Sent"}']
        query = "fields @timestamp, `detail-type` | stats count(*) as numberOfEvents by `detail-type` | sort numberOfEvents desc"
        assert rows(query, events) == [
            {"detail-type": "Order Placed", "numberOfEvents": 2},
            {"detail-type": "Order Sent", "numberOfEvents": 1},
        ]


class TestParseExamples:
    EVENTS = (
        "user=ann, method:GET, latency := 20",
        "user=ann, method:GET, latency := 40",
        "user=bob, method:PUT, latency := 7",
    )

    def test_latency_by_glob(self, rows: Asked) -> None:
        query = """parse @message "user=*, method:*, latency := *" as @user,
            @method, @latency | stats avg(@latency) by @method,
            @user"""
        assert rows(query, self.EVENTS) == [
            {"@method": "GET", "@user": "ann", "avg(@latency)": 30},
            {"@method": "PUT", "@user": "bob", "avg(@latency)": 7},
        ]

    def test_latency_by_regular_expression(self, rows: Asked) -> None:
        # As in the manual, but for the last group: a lazy one at the end takes nothing.
        query = """parse @message /user=(?<user2>.*?), method:(?<method2>.*?), latency := (?<latency2>.*)/
            | stats avg(latency2) by @method2, @user2"""
        assert rows(query, self.EVENTS) == [
            {"@method2": "GET", "@user2": "ann", "avg(latency2)": 30},
            {"@method2": "PUT", "@user2": "bob", "avg(latency2)": 7},
        ]

    def test_commands_in_capitals_and_a_condition_displayed(self, rows: Asked) -> None:
        query = """FIELDS @message
            | PARSE @message "* [*] *" as loggingTime, loggingType, loggingMessage
            | FILTER loggingType IN ["ERROR", "INFO"]
            | DISPLAY loggingMessage, loggingType = "ERROR" as isError"""
        events = ["03:00 [ERROR] broken", "03:01 [INFO] fine", "03:02 [DEBUG] x"]
        assert rows(query, events) == [
            {"loggingMessage": "fine", "isError": 0},
            {"loggingMessage": "broken", "isError": 1},
        ]
