"use strict";
// The table of patterns, drawn as far as it is looked at, and the drawer that shows one.
(() => {
  if (!document.getElementById("patterns")) return;
  const { html, number, moment, spark, chart, fitted } = fa2;
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = (key, values = {}) => data.texts[key].replace(/\{(\w+)[^}]*\}/g, (_, name) => values[name]);
  const patterns = data.patterns.map((pattern, at) => ({ ...pattern, at }));
  const byId = new Map(patterns.map((pattern) => [pattern.id, pattern]));
  const start = data.start && Date.parse(data.start);
  const GRAVITY = ["FATAL", "ERROR", "WARN", "INFO", "NONE"];
  const CHUNK = 80;

  const percent = (share) => {
    const shown = (100 * share).toFixed(1);
    if (share > 0 && shown === "0.0") return "<0.1 %";
    return share < 1 && shown === "100.0" ? ">99.9 %" : `${shown} %`;
  };
  const times = (ratio) => (ratio === null ? "–" : `×${number(Number(ratio.toPrecision(3)))}`);
  const kindOf = ({ severity }) => ({ FATAL: "bad", ERROR: "bad", WARN: "warned" })[severity] || "calm";
  const when = (text) => (text ? moment(new Date(text)) : "–");
  const last = patterns.reduce((latest, p) => Math.max(latest, Date.parse(p.last) || 0), 0);
  const oneDay = start && moment(new Date(start)).slice(0, 10) === moment(new Date(last)).slice(0, 10);
  const briefly = (text) => (text ? html("time", { datetime: text, title: `${when(text)} UTC` }, when(text).slice(oneDay ? 11 : 5)) : "–");
  const badge = ({ severity }) => html("span", { class: `severity-badge ${severity}` }, severity);
  const changeOf = ({ change }) => {
    if (!change) return "";
    const label = `${data.marks[change[0]]} ${words(`change.${change[0]}`)}`;
    return html("span", { class: `change ${change[0]}` }, label);
  };
  const named = (pattern, token = (name) => html("span", { class: "token" }, `<${name}>`)) => {
    const parts = pattern.text.split("<*>");
    return parts.flatMap((part, n) => (n < parts.length - 1 ? [part, token(pattern.tokens[n].name, n)] : [part]));
  };
  const inBrief = (pattern) =>
    pattern.brief?.map(([text, style]) => (style === "text" ? text : html("span", { class: style }, text))) ?? named(pattern);

  // Table
  const table = document.getElementById("patterns");
  const [head, body] = [table.tHead.rows[0], table.tBodies[0]];
  const columns = [...head.cells].map((cell) => cell.dataset.column);
  const cells = {
    severity: badge,
    pattern: (p) => html("a", { href: `#${p.id}`, class: "open" }, html("code", {}, ...inBrief(p))),
    count: (p) => number(p.count),
    now: (p) => number(p.count),
    share: (p) =>
      html("span", { class: "share" }, percent(p.ratio), html("i", {}, html("b", { style: `width:${100 * p.ratio}%` }))),
    over_time: (p) => spark(p.bars, kindOf(p)),
    first_seen: (p) => briefly(p.first),
    last_seen: (p) => briefly(p.last),
    change: changeOf,
    before: (p) => (p.change ? number(p.change[1]) : ""),
    factor: (p) => (p.change && !["new", "gone"].includes(p.change[0]) ? times(p.change[3]) : "–"),
  };
  const sortKeys = {
    severity: (p) => GRAVITY.indexOf(p.severity),
    change: (p) => (p.change ? -p.change[4] : 0),
    pattern: (p) => p.brief?.map(([text]) => text).join("") ?? p.text,
    count: (p) => p.count,
    now: (p) => p.count,
    share: (p) => p.ratio,
    first_seen: (p) => Date.parse(p.first) || 0,
    last_seen: (p) => Date.parse(p.last) || 0,
    before: (p) => (p.change ? p.change[1] : 0),
    factor: (p) => (p.change ? (p.change[3] ?? Infinity) : 0),
  };
  const row = (pattern) => {
    const drawn = columns.map((name) => html("td", { class: `c-${name}` }, cells[name](pattern)));
    return html("tr", { id: `row-${pattern.at}`, class: kindOf(pattern) }, ...drawn);
  };

  let chosen = patterns;
  let drawn = 0;
  const more = document.getElementById("more");
  const drawMore = () => {
    const next = chosen.slice(drawn, drawn + CHUNK);
    body.append(...next.map(row));
    drawn += next.length;
    more.hidden = drawn >= chosen.length;
    mark();
  };
  const redraw = () => {
    body.replaceChildren();
    drawn = 0;
    drawMore();
  };
  more.addEventListener("click", drawMore);
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && !more.hidden && drawMore(), {
    rootMargin: "600px",
  }).observe(more);

  // Sorting
  let order = null;
  const sorted = (list) => {
    if (!order) return list;
    const { key, up } = order;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      const less = typeof x === "string" ? (x < y ? -1 : x > y ? 1 : 0) : x === y ? 0 : x - y;
      return (up ? less : -less) || a.at - b.at;
    };
    return [...list].sort(compare);
  };
  for (const heading of head.cells) {
    const { column, sort } = heading.dataset;
    if (!sort) continue;
    const button = html("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = heading.ariaSort ? heading.ariaSort !== "ascending" : sort !== "number";
      for (const other of head.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      order = { key: sortKeys[column], up };
      choose();
    });
  }

  // Choosing by words, severity and change
  const search = document.getElementById("search");
  const chips = [...document.querySelectorAll(".chip")];
  const haystack = (p) =>
    (p.haystack ??= [p.text, ...(p.brief ?? []).map(([text]) => text), ...p.samples, ...p.tokens.flatMap((t) => [t.name, ...t.values.map((v) => v[0])])].join("\n"));
  const matcher = (asked) => {
    const regex = /^\/(.+)\/(i?)$/.exec(asked.trim());
    if (regex) {
      try {
        const expression = new RegExp(regex[1], regex[2] + "m");
        return (p) => expression.test(haystack(p));
      } catch {
        return () => false;
      }
    }
    const parts = asked.toLowerCase().split(/\s+/).filter(Boolean);
    return (p) => parts.every((part) => haystack(p).toLowerCase().includes(part));
  };
  const choose = () => {
    const pressed = (kind) => chips.filter((c) => c.dataset.kind === kind && c.ariaPressed === "true").map((c) => c.dataset.name);
    const [severities, changes, matches] = [pressed("severity"), pressed("change"), matcher(search.value)];
    chosen = sorted(
      patterns.filter(
        (p) =>
          (!severities.length || severities.includes(p.severity)) &&
          (!changes.length || changes.includes(p.change?.[0])) &&
          matches(p),
      ),
    );
    const lines = chosen.reduce((sum, p) => sum + p.count, 0);
    const counted = { n: number(chosen.length), total: number(patterns.length), lines: number(lines) };
    document.getElementById("count").textContent = words("page.matching", counted);
    const nothing = document.getElementById("nothing");
    nothing.textContent = words("page.none");
    nothing.hidden = chosen.length > 0;
    redraw();
  };
  search.addEventListener("input", choose);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.ariaPressed !== "true"));
      choose();
    });
  }

  // All lines over time
  const volume = document.getElementById("volume");
  if (volume && patterns.length) {
    const count = Math.max(...patterns.map((p) => p.bars.length));
    const series = [["bad", "graver"], ["warned", "warnings"], ["calm", "others"]].map(([kind, name]) => {
      const bars = Array(count).fill(0);
      for (const p of patterns) if (kindOf(p) === kind) p.bars.forEach((lines, n) => (bars[n] += lines));
      return { kind, label: words(`page.${name}`), bars };
    });
    const kept = series.filter((one) => one.bars.some(Boolean));
    if (kept.length) {
      const label = words("page.volume");
      fitted(volume, (width) => chart({ series: kept, start, step: data.step, width, height: 130, label, words }));
      volume.hidden = false;
    }
  }

  // The drawer
  const drawer = document.getElementById("drawer");
  const inside = drawer.querySelector(".drawer-body");
  let current = null;
  const section = (name, ...content) => html("section", {}, html("h3", {}, words(`page.${name}`)), ...content);
  const copyable = (text) => {
    const button = html("button", { type: "button", class: "copy" }, words("page.copy"));
    return html("div", { class: "copyable" }, html("pre", {}, text), button);
  };
  const facts = (p) => {
    const rows = [[words("column.count"), `${number(p.count)} (${percent(p.ratio)})`]];
    if (p.change) {
      const [, before, expected, ratio, significance] = p.change;
      rows.push([words("column.before"), number(before)], [words("column.expected"), number(Number(expected.toPrecision(3)))]);
      if (!["new", "gone"].includes(p.change[0])) rows.push([words("column.factor"), times(ratio)]);
      rows.push([words("column.significance"), percent(significance)]);
    }
    if (p.first) rows.push([words("column.first_seen"), when(p.first)], [words("column.last_seen"), when(p.last)]);
    rows.push([words("page.id"), html("code", {}, p.id)]);
    return html("dl", { class: "facts" }, ...rows.map(([k, v]) => html("div", {}, html("dt", {}, k), html("dd", {}, v))));
  };
  const valuesOf = (p, token, n) => {
    const told = token.distinct === null ? null : token.distinct === 1 ? words("page.distinct_one") : words(token.exact ? "page.distinct" : "page.about", { n: number(token.distinct) });
    const bar = (value, count, quiet) =>
      html(
        "li",
        { class: quiet ? "rest" : null },
        html(
          "span",
          { class: "value" },
          html("i", { style: `width:${Math.min(100, (100 * count) / Math.max(1, p.count))}%` }),
          quiet ? html("span", {}, value) : html("code", {}, value === "" ? "∅" : value),
        ),
        html("b", {}, number(count)),
        html("small", {}, percent(count / Math.max(1, p.count))),
      );
    const rows = token.values.map(([value, count]) => bar(value, count, false));
    const left = p.count - token.values.reduce((sum, [, count]) => sum + count, 0);
    if (token.distinct > token.values.length && left > 0) rows.push(bar(words("page.others_of"), left, true));
    const heading = html("h4", {}, html("span", { class: "token" }, `<${token.name}>`), html("small", {}, [words(`kind.${token.kind}`), told].filter(Boolean).join(" · ")));
    return html("div", { class: "token-values", id: `token-${n}` }, heading, rows.length ? html("ul", {}, ...rows) : null);
  };
  const related = (p) => {
    const links = p.related.map((id) => {
      const other = byId.get(id);
      return other
        ? html("li", {}, badge(other), html("a", { href: `#${id}` }, html("code", {}, ...inBrief(other))), html("b", {}, number(other.count)))
        : html("li", { class: "quiet" }, `${id}: ${words("page.not_listed")}`);
    });
    return section("related", html("ul", { class: "related" }, ...links));
  };
  const fill = (p) => {
    const jump = (name, n) => {
      const button = html("button", { type: "button", class: "token" }, `<${name}>`);
      button.addEventListener("click", () => document.getElementById(`token-${n}`)?.scrollIntoView({ block: "start" }));
      return button;
    };
    inside.replaceChildren(
      html("p", { class: "drawer-tags" }, badge(p), p.change ? changeOf(p) : null),
      html("p", { class: "drawer-pattern" }, html("code", {}, ...named(p, jump))),
      facts(p),
    );
    if (p.bars.some(Boolean)) {
      const expected = p.change && p.change[0] !== "new" ? p.change[2] / p.bars.length : 0;
      const peak = words("page.peak", { n: number(Math.max(...p.bars)) });
      const line = expected ? ` · ┄ ${words("page.expected")} ${number(Number(expected.toPrecision(3)))}` : "";
      const label = `${words("column.over_time")} · ${peak}${line}`;
      const series = [{ kind: kindOf(p), label: "", bars: p.bars }];
      const options = { series, start, step: data.step, height: 150, label, expected, words };
      inside.append(fitted(html("figure", {}), (width) => chart({ ...options, width })));
    }
    if (p.samples.length) inside.append(section("samples", ...p.samples.map(copyable)));
    if (p.tokens.length) inside.append(section("tokens", ...p.tokens.map((token, n) => valuesOf(p, token, n))));
    if (p.related.length) inside.append(related(p));
    inside.append(section("regex", copyable(p.regex)));
  };
  const mark = () => {
    for (const marked of body.querySelectorAll(".current")) marked.classList.remove("current");
    if (current) document.getElementById(`row-${current.at}`)?.classList.add("current");
  };
  const open = (pattern) => {
    current = pattern;
    fill(pattern);
    mark();
    if (!drawer.open) drawer.show();
    drawer.scrollTop = 0;
    const place = chosen.indexOf(pattern);
    drawer.querySelector(".previous").disabled = place <= 0;
    drawer.querySelector(".next").disabled = place < 0 || place >= chosen.length - 1;
  };
  const close = () => {
    const link = current && document.querySelector(`#row-${current.at} a`);
    current = null;
    drawer.close();
    mark();
    history.replaceState(null, "", "#");
    link?.focus({ preventScroll: true });
  };
  const step = (by) => {
    const next = chosen[chosen.indexOf(current) + by];
    if (!next) return;
    while (drawn <= chosen.indexOf(next)) drawMore();
    history.replaceState(null, "", `#${next.id}`);
    open(next);
    document.getElementById(`row-${next.at}`)?.scrollIntoView({ block: "nearest" });
  };
  const follow = () => {
    const pattern = byId.get(decodeURIComponent(location.hash.slice(1)));
    if (pattern) {
      open(pattern);
      drawer.querySelector(".close").focus({ preventScroll: true });
    } else if (drawer.open) close();
  };
  drawer.querySelector(".close").addEventListener("click", close);
  drawer.querySelector(".previous").addEventListener("click", () => step(-1));
  drawer.querySelector(".next").addEventListener("click", () => step(1));
  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.open) close();
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
  body.addEventListener("click", (event) => {
    const pressed = event.target.closest("tr");
    if (!pressed || event.target.closest("a") || !getSelection().isCollapsed) return;
    pressed.querySelector("a")?.click();
  });

  // Copying: the clipboard where the page may use it, else a selection.
  drawer.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const pre = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      getSelection().selectAllChildren(pre);
      document.execCommand("copy");
    }
    button.textContent = words("page.copied");
    setTimeout(() => (button.textContent = words("page.copy")), 1500);
  });

  choose();
  follow();
})();
