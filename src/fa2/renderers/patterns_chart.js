"use strict";
// Elements, and charts of lines over time; what patterns_page.js draws with.
const fa2 = (() => {
  const made = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  };
  const html = (name, attributes, ...children) => made(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) =>
    made(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  const number = (value) => value.toLocaleString("en-US");
  const two = (value) => String(value).padStart(2, "0");

  const moment = (date, form = "full") => {
    const day = `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
    const minute = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
    const second = `${minute}:${two(date.getUTCSeconds())}`;
    const whole = `${date.getUTCFullYear()}-${day} ${second}`;
    return { day, minute, second, full: whole, short: `${day} ${minute}` }[form];
  };

  // Draws again what stands in a place whenever its width changes.
  const fitted = (place, draw) => {
    let width = 0;
    new ResizeObserver(() => {
      const now = Math.round(place.clientWidth);
      if (!now || now === width) return;
      width = now;
      place.replaceChildren(...draw(width));
    }).observe(place);
    return place;
  };

  const spark = (bars, kind) => {
    const [width, height] = [120, 24];
    const peak = Math.max(...bars, 1);
    const step = width / Math.max(1, bars.length);
    let path = "";
    bars.forEach((bar, n) => {
      if (bar) path += `M${(n * step + step / 2).toFixed(1)} ${height}v${-Math.max(1.5, ((height - 2) * bar) / peak).toFixed(1)}`;
    });
    return svg(
      "svg",
      { class: `spark ${kind}`, viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
      svg("line", { class: "axis", x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }),
      path && svg("path", { class: "bars", d: path, "stroke-width": Math.max(1, step - 0.6).toFixed(2) }),
    );
  };

  const roundStep = (rough) => {
    const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
    return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough) || 10 * power;
  };
  const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200];
  const STEPS_S = [1, 2, 5, 10, 15, 30, ...MINUTES.map((minutes) => 60 * minutes)];
  const ticks = (start, end, most) => {
    const length = (end - start) / 1000;
    const step = 1000 * (STEPS_S.find((seconds) => length / seconds <= most) || length);
    const places = [];
    for (let at = Math.ceil(start / step) * step; at <= end; at += step) places.push(at);
    const form = step >= 86400e3 ? "day" : step < 60e3 ? "second" : "minute";
    return places.map((at) => [at, moment(new Date(at), at % 86400e3 ? form : "day")]);
  };

  // Stacked bars: series is a list of {kind, label, bars}; a reading tells what lies under the pointer.
  const chart = ({ series, start, step, width, height, label, expected, words }) => {
    const [left, right, top] = [44, 8, 8];
    const bottom = height - 20;
    const count = series[0].bars.length;
    const totals = Array.from({ length: count }, (_, n) => series.reduce((sum, one) => sum + one.bars[n], 0));
    const unit = roundStep(Math.max(...totals, expected || 0, 1) / 3);
    const peak = Math.max(unit, Math.ceil(Math.max(...totals, expected || 0) / unit) * unit);
    const x = (n) => left + ((width - left - right) * n) / count;
    const y = (value) => bottom - ((bottom - top) * value) / peak;
    const drawing = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
    for (let value = 0; value <= peak; value += unit) {
      drawing.append(
        svg("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
        svg("text", { class: "tick y", x: left - 6, y: y(value) + 4 }, number(value)),
      );
    }
    const end = start + 1000 * step * count;
    for (const [at, text] of ticks(start, end, Math.max(3, Math.floor(width / 90)))) {
      const place = left + ((width - left - right) * (at - start)) / (end - start);
      if (place > width - right - 14) continue;
      drawing.append(
        svg("line", { class: "mark", x1: place, x2: place, y1: bottom, y2: bottom + 4 }),
        svg("text", { class: "tick x", x: place, y: bottom + 16 }, text),
      );
    }
    const bases = totals.map(() => 0);
    const gap = Math.min(1, (x(1) - x(0)) / 5);
    for (const { kind, bars } of series) {
      let path = "";
      bars.forEach((value, n) => {
        if (!value) return;
        const [low, high] = [y(bases[n]), Math.min(y(bases[n] + value), y(bases[n]) - 1)];
        path += `M${x(n).toFixed(1)} ${low.toFixed(1)}V${high.toFixed(1)}H${(x(n + 1) - gap).toFixed(1)}V${low.toFixed(1)}z`;
        bases[n] += value;
      });
      if (path) drawing.append(svg("path", { class: `area ${kind}`, d: path }));
    }
    if (expected) {
      const line = { class: "expected", x1: left, x2: width - right, y1: y(expected), y2: y(expected) };
      drawing.append(svg("line", line));
    }
    const cursor = svg("rect", { class: "cursor", y: top, height: bottom - top, width: x(1) - x(0) });
    drawing.append(cursor);
    const legend = series.filter((one) => one.label).map((one) => html("span", { class: `legend-key ${one.kind}` }, one.label));
    const rest = () => [label, ...legend];
    const reading = html("figcaption", { class: "readings" }, ...rest());
    drawing.addEventListener("pointermove", (event) => {
      const box = drawing.getBoundingClientRect();
      const across = ((event.clientX - box.left) / box.width) * width;
      const n = Math.floor(((across - left) / (width - left - right)) * count);
      if (n < 0 || n >= count) return;
      cursor.setAttribute("x", x(n));
      drawing.classList.add("live");
      const parts = series.filter((one) => one.label && one.bars[n]).map((one) => `${one.label} ${number(one.bars[n])}`);
      const from = new Date(start + 1000 * step * n);
      const lines = words("page.lines_of", { n: number(totals[n]) });
      reading.textContent = [`${moment(from)} UTC`, lines, ...parts].join(" · ");
    });
    drawing.addEventListener("pointerleave", () => {
      drawing.classList.remove("live");
      reading.replaceChildren(...rest());
    });
    return [reading, drawing];
  };

  return { html, svg, number, moment, spark, chart, fitted };
})();
