"use strict";
(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // Evidence: a click on a claim, or on a number behind it, opens it beside the page.
  const claims = JSON.parse(document.getElementById("claims").textContent);
  const drawer = document.getElementById("drawer");
  const body = drawer.querySelector(".drawer-body");
  let opener = null;
  const shown = (number, cells) => {
    const original = document.getElementById(`ev-${number}`);
    const record = original.closest("details");
    const heading = document.createElement("h3");
    const rank = document.createElement("span");
    rank.className = "rank";
    rank.textContent = number;
    const name = record.querySelector("summary code").cloneNode(true);
    const link = document.createElement("a");
    link.href = `#ev-${number}`;
    link.textContent = body.dataset.list;
    heading.append(rank, name, link);
    const copy = original.cloneNode(true);
    copy.removeAttribute("id");
    const table = copy.querySelector("table[data-evidence]");
    for (const [, row, column] of cells) {
      if (!table) break;
      const at = all("thead th", table).findIndex((th) => th.textContent === column);
      table.tBodies[0].rows[row]?.cells[at]?.classList.add("hit");
    }
    body.append(heading, copy);
  };
  const open = (id, only) => {
    const claim = claims[id] || { text: "", evidence: [], cells: [] };
    const numbers = only ? [only] : claim.evidence;
    if (!numbers.length) return false;
    body.replaceChildren();
    drawer.querySelector(".drawer-claim").textContent = claim.text;
    for (const number of numbers) shown(number, claim.cells.filter((cell) => cell[0] === number));
    if (!drawer.open) {
      opener = document.activeElement;
      drawer.show();
    }
    drawer.scrollTop = 0;
    body.querySelector(".hit")?.scrollIntoView({ block: "nearest" });
    drawer.querySelector(".close").focus({ preventScroll: true });
    return true;
  };
  const close = () => {
    drawer.close();
    opener?.focus({ preventScroll: true });
  };
  const reveal = () => {
    const target = /^#ev-\d+$/.test(location.hash) && document.querySelector(location.hash);
    if (!target) return;
    target.closest("details").open = true;
    target.scrollIntoView({ block: "start" });
  };
  drawer.querySelector(".close").addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.open) close();
  });
  addEventListener("hashchange", reveal);
  reveal();
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (drawer.open && target.closest("#drawer h3 a")) return close();
    if (target.closest(".copy")) return copied(target.closest(".copy"));
    const reference = target.closest(".refs a");
    const claim = target.closest("[data-claim]");
    const says = target.closest(".said, a[data-claim]");
    if (event.metaKey || event.ctrlKey || !getSelection().isCollapsed) return;
    const only = reference ? Number(reference.textContent) : 0;
    if ((reference || says) && open(claim?.dataset.claim, only)) event.preventDefault();
  });

  // Copying: the clipboard where the page may use it, else a selection.
  const copied = async (button) => {
    const text = button.parentElement.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("pre"));
      document.execCommand("copy");
    }
    const label = button.textContent;
    if (label === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = label), 1500);
  };

  document.querySelector(".open-all")?.addEventListener("click", () => {
    const records = all("details.evidence-record");
    const opening = records.some((record) => !record.open);
    for (const record of records) record.open = opening;
  });
  addEventListener("beforeprint", () => {
    for (const suspect of all("details.suspect")) suspect.open = true;
  });

  // Patterns: sort by a column, filter by text and by change.
  const table = document.querySelector(".patterns-table");
  const value = (row, at, kind) => {
    const cell = row.cells[at];
    return kind === "number" ? Number(cell.dataset.value) : cell.dataset.value || cell.textContent;
  };
  const sort = (heading, kind) => {
    const up = heading.ariaSort ? heading.ariaSort !== "ascending" : kind !== "number";
    for (const other of all("th", table)) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const at = heading.cellIndex;
    const order = (a, b) => {
      const [x, y] = [value(a, at, kind), value(b, at, kind)];
      return (kind === "number" ? x - y : x.localeCompare(y)) * (up ? 1 : -1);
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
  };
  if (table) {
    for (const heading of all("th[data-sort]", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", () => sort(heading, heading.dataset.sort));
      heading.replaceChildren(button);
    }
    const [input, select, output] = all(".controls > *");
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) {
        const text = row.cells[1].textContent.toLowerCase();
        const fits = !select.value || row.dataset.change === select.value;
        row.hidden = !fits || !words.every((word) => text.includes(word));
      }
      const left = rows.filter((row) => !row.hidden).length;
      output.textContent = output.dataset.text.replace("##", rows.length).replace("#", left);
    };
    input.addEventListener("input", filter);
    select.addEventListener("change", filter);
    filter();
  }

  // A map wider than the page starts at the suspect, without moving the page.
  const suspect = document.querySelector(".node.suspect");
  if (suspect) {
    const frame = suspect.closest(".scroll");
    const [inner, outer] = [suspect.getBoundingClientRect(), frame.getBoundingClientRect()];
    if (inner.right > outer.right) frame.scrollLeft = inner.right - outer.right + 24;
  }

  // Plots: the point nearest to the pointer, its time and value.
  for (const plot of all(".plot")) {
    const points = JSON.parse(plot.dataset.points);
    const [line, dot] = all(".cursor", plot);
    const readings = plot.parentElement.querySelector(".readings");
    const leave = () => {
      plot.classList.remove("live");
      readings.classList.remove("live");
      readings.textContent = readings.dataset.rest;
    };
    const move = (event) => {
      const box = plot.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * plot.viewBox.baseVal.width;
      let nearest = null;
      for (const point of points) {
        if (!nearest || Math.abs(point[0] - x) < Math.abs(nearest[0] - x)) nearest = point;
      }
      if (!nearest) return;
      line.setAttribute("x1", nearest[0]);
      line.setAttribute("x2", nearest[0]);
      dot.setAttribute("cx", nearest[0]);
      dot.setAttribute("cy", nearest[1]);
      plot.classList.add("live");
      readings.classList.add("live");
      const moment = nearest[2].replace("T", " ").replace(/(\.\d+)?Z$/, "");
      readings.textContent = `${moment} UTC   ${nearest[3]}`;
    };
    plot.addEventListener("pointermove", move);
    plot.addEventListener("pointerleave", leave);
  }
})();
