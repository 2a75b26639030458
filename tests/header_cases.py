"""Lines of many formats, with what is the message of each line, its time and its level."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A format: the header of line i has {i} and {i2} (two digits) in it, and messages follow."""

    name: str
    header: str
    first: str
    """Time of line 0, in UTC to the microsecond."""
    level: str | None = None


MESSAGES = (
    "Connected to 10.0.0.1:5432 in 12 ms",
    "cart 42 has 3 items",
    "Failed to reserve stock: timeout",
    "GET /api/orders 200",
    "retrying in 5 s",
    "[cache] miss for key a",
    "user=bob logged in",
    "Shutting down - bye",
    "Slow query took 1203 ms",
    "order 17 shipped",
)

T = "2026-11-21 03:12:00"
CASES = (
    Case("iso", "2026-11-21T03:12:{i2} ", f"{T}.000000"),
    Case("iso with comma", "2026-11-21 03:12:{i2},123 ", f"{T}.123000"),
    Case("iso with dot and zone", "2026-11-21T03:12:{i2}.123456789Z ", f"{T}.123456"),
    Case("iso with offset", "2026-11-21T12:12:{i2}+09:00 ", f"{T}.000000"),
    Case("iso with offset behind a space", "2026-11-21 12:12:{i2} +0900 ", f"{T}.000000"),
    Case("iso with named zone", "2026-11-21 12:12:{i2} JST ", f"{T}.000000"),
    Case("slashes", "2026/11/21 03:12:{i2} ", f"{T}.000000"),
    Case("without seconds", "2026-11-21 03:{i2} INFO ", "2026-11-21 03:00:00.000000", "INFO"),
    Case("in brackets", "[2026-11-21 03:12:{i2}] ", f"{T}.000000"),
    Case("syslog", "Nov 21 03:12:{i2} web01 sshd[123{i}]: ", f"{T}.000000"),
    Case("syslog of a kernel", "Nov 21 03:12:{i2} web01 kernel: ", f"{T}.000000"),
    Case("syslog with priority", "<34>Nov 21 03:12:{i2} web01 su[1]: ", f"{T}.000000", "FATAL"),
    Case("syslog with a day of one digit", "Nov  1 03:12:{i2} web01 cron[7{i}]: ", "2026-11-01 03:12:00.000000"),
    Case("rfc 5424", "<165>1 2026-11-21T03:12:{i2}.003Z web01 shop 12{i} ID47 - ", f"{T}.003000", "INFO"),
    Case(
        "rfc 5424 with data",
        '<11>1 2026-11-21T03:12:{i2}Z web01 shop - - [a@1 x="y z"][b c="d"] ',
        f"{T}.000000",
        "ERROR",
    ),
    Case("journald", "2026-11-21T03:12:{i2}+0000 web01 shop[{i}12]: ", f"{T}.000000"),
    Case("log4j", "2026-11-21 03:12:{i2},123 INFO  [main thread {i}] com.example.Shop: ", f"{T}.123000", "INFO"),
    Case("logback", "2026-11-21 03:12:{i2}.123 [http-nio-{i}] WARN  c.e.shop.Cart - ", f"{T}.123000", "WARN"),
    Case(
        "spring",
        "2026-11-21T03:12:{i2}.123Z  INFO 4711 --- [shop] [  exec-{i}] c.e.Cart      : ",
        f"{T}.123000",
        "INFO",
    ),
    Case("nested brackets", "2026-11-21 03:12:{i2},1 - ERROR  [Worker[id={i}]:Peer@12] - ", f"{T}.100000", "ERROR"),
    Case("python", "2026-11-21 03:12:{i2},123 - shop.cart - ERROR - ", f"{T}.123000", "ERROR"),
    Case("python, basic", "2026-11-21 03:12:{i2},123 ERROR shop.cart: ", f"{T}.123000", "ERROR"),
    Case("loguru", "2026-11-21 03:12:{i2}.123 | INFO     | shop.cart:add:{i}2 - ", f"{T}.123000", "INFO"),
    Case("apache error", "[Sat Nov 21 03:12:{i2} 2026] [error] ", f"{T}.000000", "ERROR"),
    Case(
        "apache 2.4 error", "[Sat Nov 21 03:12:{i2}.902022 2026] [core:warn] [pid 3{i}:tid 99] ", f"{T}.902022", "WARN"
    ),
    Case("clf", "10.0.0.{i} - bob [21/Nov/2026:12:12:{i2} +0900] ", f"{T}.000000"),
    Case("nginx error", "2026/11/21 03:12:{i2} [error] 123#45{i}: ", f"{T}.000000", "ERROR"),
    Case("epoch", "1795230720.{i}5 ", f"{T}.050000"),
    Case("epoch in ms", "17952307200{i2} ", f"{T}.000000"),
    Case("epoch in ns", "17952307200{i2}123456 INFO ", f"{T}.000123", "INFO"),
    Case("yyMMdd", "261121 0312{i2} 14{i} INFO dfs.Node: ", f"{T}.000000", "INFO"),
    Case("yyyyMMdd", "20261121-3:12:{i}:606|Step|3000{i}|", f"{T}.606000"),
    Case("yy/MM/dd", "26/11/21 03:12:{i2} INFO executor.Backend: ", f"{T}.000000", "INFO"),
    Case("MM-dd", "11-21 03:12:{i2}.811  17{i}2  2395 D Window: ", f"{T}.811000", "DEBUG"),
    Case("glog", "I1121 03:12:{i2}.123456   12{i} file.cc:{i}23] ", f"{T}.123456", "INFO"),
    Case("go", "2026/11/21 03:12:{i2} main.go:{i}3: ", f"{T}.000000"),
    Case("zap", "2026-11-21T03:12:{i2}.123Z\tinfo\tshop/cart.go:{i}2\t", f"{T}.123000", "INFO"),
    Case("cri", "2026-11-21T03:12:{i2}.123456789Z stdout F ", f"{T}.123456"),
    Case(
        "cri with log4j",
        "2026-11-21T03:12:{i2}.1Z stderr F 2026-11-21 03:12:{i2},123 WARN [t-{i}] a.B: ",
        f"{T}.100000",
        "WARN",
    ),
    Case("lambda", "2026-11-21T03:12:{i2}.123Z\t0f1e2d3c-1111-2222-3333-44445555666{i}\tINFO\t", f"{T}.123000", "INFO"),
    Case("docker compose", "web_1  | 2026-11-21T03:12:{i2}Z ERROR ", f"{T}.000000", "ERROR"),
    Case("heroku", "2026-11-21T03:12:{i2}+00:00 app[web.1]: ", f"{T}.000000"),
    Case("postgres", "2026-11-21 03:12:{i2}.123 UTC [12{i}] LOG:  ", f"{T}.123000", "INFO"),
    Case("mysql", "2026-11-21T03:12:{i2}.123456Z {i} [Warning] [MY-010116] [Server] ", f"{T}.123456", "WARN"),
    Case("mongodb", "2026-11-21T03:12:{i2}.123+0000 I NETWORK  [conn{i}] ", f"{T}.123000", "INFO"),
    Case("redis", "12{i}:M 21 Nov 2026 03:12:{i2}.123 * ", f"{T}.123000"),
    Case("rails", "I, [2026-11-21T03:12:{i2}.123456 #123{i}]  INFO -- : ", f"{T}.123456", "INFO"),
    Case("envoy", "[2026-11-21 03:12:{i2}.123][1{i}][info][main] [source/server.cc:390] ", f"{T}.123000", "INFO"),
    Case("nova", "2026-11-21 03:12:{i2}.008 257{i} INFO nova.compute.manager [req-{i}a - - -] ", f"{T}.008000", "INFO"),
    Case("day first", "21/11/2026 03:12:{i2} ", f"{T}.000000"),
    Case("month first with pm", "11/21/2026 03:12:{i2} AM ", f"{T}.000000"),
    Case("windows", "2026-11-21 03:12:{i2}, Info                  CBS    ", f"{T}.000000", "INFO"),
    Case(
        "bgl",
        "- 1795230720 2026.11.21 R0{i}-M1 2026-11-21-03.12.{i2}.675872 R02-M1 RAS KERNEL INFO ",
        f"{T}.000000",
        "INFO",
    ),
    Case(
        "lambda of python",
        "[WARNING]\t2026-11-21T03:12:{i2}.123Z\t0f1e2d3c-1111-2222-3333-44445555666{i}\t",
        f"{T}.123000",
        "WARN",
    ),
    Case("level first", "ERROR [exec-{i}] 2026-11-21 03:12:{i2},123 Loader.java:{i}9 - ", f"{T}.123000", "ERROR"),
    Case("clock", "03:12:{i2}.123 [main] INFO a.b.C - ", f"{T}.123000", "INFO"),
)
