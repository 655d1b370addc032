(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Colours that are told apart with every kind of colour vision; on dark paper the dark ones are lighter.
  const LIGHT = ["#0072b2", "#d55e00", "#008f68", "#b0568c", "#7a5cc4", "#8a6d00", "#3d4854", "#2b8fb8"];
  const DARK = ["#56b4e9", "#ff9248", "#2fd0a0", "#e79ac6", "#b39bf0", "#e0c04a", "#b9c2cc", "#8fd8f0"];
  const SHAPES = ["circle", "triangle", "square", "diamond"];
  const rulesets = distinct("ruleset"), engines = distinct("engine");
  const hidden = { ruleset: new Set(), engine: new Set() };
  const tip = document.getElementById("tip");

  function distinct(field) { return Array.from(new Set(data.records.map((r) => r[field]))); }
  function colour(ruleset) {
    const list = dark.matches ? DARK : LIGHT;
    return list[rulesets.indexOf(ruleset) % list.length];
  }
  function shape(engine) { return SHAPES[engines.indexOf(engine) % SHAPES.length]; }
  function shown(record) { return !hidden.ruleset.has(record.ruleset) && !hidden.engine.has(record.engine); }

  function make(parent, name, attributes, text) {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }
  function mark(parent, kind, x, y, r, attributes) {
    const paths = {
      triangle: `M${x} ${y - 1.25 * r}L${x + 1.15 * r} ${y + 0.85 * r}L${x - 1.15 * r} ${y + 0.85 * r}Z`,
      square: `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}Z`,
      diamond: `M${x} ${y - 1.3 * r}L${x + 1.3 * r} ${y}L${x} ${y + 1.3 * r}L${x - 1.3 * r} ${y}Z`,
    };
    if (kind === "circle") return make(parent, "circle", Object.assign({ cx: x, cy: y, r: r }, attributes));
    return make(parent, "path", Object.assign({ d: paths[kind] }, attributes));
  }

  // Numbers -----------------------------------------------------------------------------------------------------------
  function gain(v) { return v === null ? "\u2013" : v.toFixed(v < 10 ? 2 : 1); }
  function seconds(v) {
    if (v === null) return "\u2013";
    const units = [["s", 1], ["ms", 1e-3], ["\u00b5s", 1e-6], ["ns", 1e-9]];
    const unit = units.find((u) => v >= u[1]) || units[3];
    return `${+(v / unit[1]).toPrecision(3)} ${unit[0]}`;
  }
  function ticks(low, high, room) {
    const most = Math.max(2, Math.min(8, Math.floor(room / 48)));
    const sets = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]];
    let best = [];
    for (const set of sets) {
      const found = [];
      for (let e = Math.floor(Math.log10(low)) - 1; e <= Math.ceil(Math.log10(high)); e++) {
        for (const m of set) {
          const value = +(m * Math.pow(10, e)).toPrecision(3);
          if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
        }
      }
      if (found.length <= most || best.length < 2) best = found;
      if (best.length >= Math.min(4, most)) break;
    }
    return best;
  }
  function logarithmic(low, high, from, to) {
    const span = Math.log(high / low) || 1;
    return (v) => from + (to - from) * Math.log(v / low) / span;
  }
  function range(values, margin, least) {
    let low = Math.min(...values), high = Math.max(...values);
    if (least) { low = Math.min(low, 1 / least); high = Math.max(high, least); }
    const pad = Math.pow(high / low, margin) || 1.1;
    return [low / Math.max(pad, 1.04), high * Math.max(pad, 1.04)];
  }

  // Tooltips ----------------------------------------------------------------------------------------------------------
  function describe(r) {
    const spread = r.gain_low === null || !r.changed ? "" : ` (quartiles ${gain(r.gain_low)} to ${gain(r.gain_high)})`;
    return `${r.model}\n${r.ruleset}, ${r.engine}${r.terms === "canonical" ? "" : ", " + r.terms}\n` +
      `measured ${gain(r.measured_gain)}${spread}\npredicted ${gain(r.predicted_gain)}\nrewritten in ${seconds(r.time)}` +
      (r.changed ? "" : "\nleft as it was");
  }
  function showTip(record, x, y) {
    tip.textContent = describe(record);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = x + 14 + box.width > innerWidth ? x - 14 - box.width : x + 14;
    tip.style.left = `${Math.max(6, left)}px`;
    tip.style.top = `${Math.max(6, Math.min(y + 14, innerHeight - box.height - 6))}px`;
  }
  function hideTip() { tip.hidden = true; }

  /** Let the pointer, a finger or the arrow keys choose among points {x, y, record} of a drawing. */
  function choosable(svg, points) {
    const ring = make(svg, "circle", { class: "chosen", r: 8, visibility: "hidden" });
    let at = -1;
    function choose(index) {
      at = index;
      const point = points[index], frame = svg.getBoundingClientRect();
      const scale = frame.width / svg.viewBox.baseVal.width;
      ring.setAttribute("cx", point.x);
      ring.setAttribute("cy", point.y);
      ring.setAttribute("visibility", "visible");
      showTip(point.record, frame.left + point.x * scale, frame.top + point.y * scale);
    }
    function release() { ring.setAttribute("visibility", "hidden"); hideTip(); }
    function near(event) {
      const frame = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / frame.width;
      const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
      let best = -1, least = 26 * 26;
      points.forEach((p, i) => {
        const d = (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y);
        if (d < least) { least = d; best = i; }
      });
      if (best >= 0) choose(best); else release();
    }
    svg.addEventListener("pointermove", near);
    svg.addEventListener("pointerdown", near);
    svg.addEventListener("pointerleave", release);
    svg.addEventListener("blur", release);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") release();
      if (!step || !points.length) return;
      event.preventDefault();
      choose((at + step + points.length) % points.length);
    });
  }

  // Plots -------------------------------------------------------------------------------------------------------------
  function drawing(host, height, label) {
    const width = Math.max(280, Math.round(host.clientWidth));
    host.replaceChildren();
    const svg = make(host, "svg", {
      viewBox: `0 0 ${width} ${height}`, role: "img", tabindex: 0,
      "aria-label": `${label} The arrow keys go through the points; all numbers are in the tables below.`,
    });
    return [svg, width];
  }
  function tickLabel(svg, x, y, text, width) {
    const half = 4 * text.length + 2;  // a little more than half of what the text takes
    make(svg, "text", { x: Math.min(Math.max(x, half), width - half), y: y, "text-anchor": "middle" }, text);
  }
  function nothing(host) {
    const note = document.createElement("p");
    note.className = "empty";
    note.textContent = "There is nothing to draw: no piece was changed and measured, or all are hidden.";
    host.replaceChildren(note);
  }

  function scatter(host, records, x, y, options) {
    const usable = records.filter((r) => shown(r) && x(r) > 0 && y(r) > 0);
    if (!usable.length) return nothing(host);
    const height = Math.round(Math.min(380, Math.max(270, host.clientWidth * 0.72)));
    const [svg, width] = drawing(host, height, options.label);
    const [x0, x1] = range(usable.map(x), 0.04, options.least), [y0, y1] = range(usable.map(y), 0.06, 1.1);
    const left = 46, right = width - 12, top = 12, bottom = height - 42;
    const sx = logarithmic(x0, x1, left, right), sy = logarithmic(y0, y1, bottom, top);
    for (const v of ticks(x0, x1, right - left)) {
      make(svg, "line", { class: "grid", x1: sx(v), x2: sx(v), y1: top, y2: bottom });
      tickLabel(svg, sx(v), bottom + 16, options.x(v), width);
    }
    for (const v of ticks(y0, y1, bottom - top)) {
      make(svg, "line", { class: "grid", x1: left, x2: right, y1: sy(v), y2: sy(v) });
      make(svg, "text", { x: left - 7, y: sy(v) + 4, "text-anchor": "end" }, String(v));
    }
    make(svg, "line", { class: "one", x1: left, x2: right, y1: sy(1), y2: sy(1) });
    if (options.agree) {
      const low = Math.max(x0, y0), high = Math.min(x1, y1);
      make(svg, "line", { class: "agree", x1: sx(low), y1: sy(low), x2: sx(high), y2: sy(high) });
      make(svg, "line", { class: "one", x1: sx(1), x2: sx(1), y1: top, y2: bottom, "stroke-opacity": 0.5 });
    }
    make(svg, "text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, options.xTitle);
    make(svg, "text", {
      transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle",
    }, "measured gain");
    const points = usable.map((r) => ({ x: sx(x(r)), y: sy(y(r)), record: r }));
    for (const p of points) {
      mark(svg, shape(p.record.engine), p.x, p.y, 4, {
        class: "point", fill: colour(p.record.ruleset), "fill-opacity": 0.72,
      });
    }
    points.sort((a, b) => a.x - b.x);
    choosable(svg, points);
  }

  function strips(host) {
    const usable = data.records.filter((r) => shown(r) && r.measured_gain > 0);
    if (!usable.length) return nothing(host);
    const groups = new Map();
    for (const r of usable) {
      const key = JSON.stringify([r.ruleset, r.engine, r.terms]);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(r);
    }
    const narrow = host.clientWidth < 560, row = narrow ? 50 : 36, top = 8;
    const height = top + row * groups.size + 42;
    const [svg, width] = drawing(host, height, "Measured gains of every piece, one row for each ruleset and engine.");
    const [x0, x1] = range(usable.map((r) => r.measured_gain), 0.03, 1.1);
    const left = narrow ? 10 : 190, right = width - 14, bottom = height - 40;
    const sx = logarithmic(x0, x1, left, right), points = [];
    for (const v of ticks(x0, x1, right - left)) {
      make(svg, "line", { class: "grid", x1: sx(v), x2: sx(v), y1: top, y2: bottom });
      tickLabel(svg, sx(v), bottom + 16, String(v), width);
    }
    make(svg, "line", { class: "one", x1: sx(1), x2: sx(1), y1: top, y2: bottom });
    make(svg, "text", { x: (left + right) / 2, y: height - 5, "text-anchor": "middle" }, "measured gain");
    let place = 0;
    for (const list of groups.values()) {
      const middle = top + row * (place++) + (narrow ? row - 15 : row / 2), first = list[0];
      let name = `${first.ruleset}, ${first.engine}${first.terms === "canonical" ? "" : ", " + first.terms}`;
      const most = narrow ? 44 : 27;
      if (name.length > most) name = name.slice(0, most - 1) + "\u2026";
      make(svg, "text", narrow
        ? { class: "name", x: left, y: middle - 17 }
        : { class: "name", x: left - 12, y: middle + 4, "text-anchor": "end" }, name);
      const gains = list.filter((r) => r.changed).map((r) => r.measured_gain).sort((a, b) => a - b);
      if (gains.length > 2) {
        const at = (q) => gains[Math.round(q * (gains.length - 1))];
        make(svg, "rect", {
          x: sx(at(0.25)), width: Math.max(2, sx(at(0.75)) - sx(at(0.25))), y: middle - 11, height: 22, rx: 4,
          fill: colour(first.ruleset), "fill-opacity": 0.2,
        });
        make(svg, "line", {
          x1: sx(at(0.5)), x2: sx(at(0.5)), y1: middle - 11, y2: middle + 11, stroke: colour(first.ruleset),
          "stroke-width": 3,
        });
      }
      list.forEach((r, i) => {
        const p = { x: sx(r.measured_gain), y: middle + ((i * 7) % 11 - 5) * 1.1, record: r };
        points.push(p);
        mark(svg, shape(r.engine), p.x, p.y, 3, {
          class: "point", fill: colour(r.ruleset), "fill-opacity": r.changed ? 0.7 : 0.25,
        });
      });
    }
    choosable(svg, points);
  }

  function drawAll() {
    hideTip();
    const changed = data.records.filter((r) => r.changed);
    scatter(document.getElementById("plot-predicted"), changed, (r) => r.predicted_gain, (r) => r.measured_gain, {
      label: "Measured against predicted gain of each changed piece, both on logarithmic scales.",
      x: String, xTitle: `predicted gain (${data.cost_model})`, agree: true, least: 1.1,
    });
    scatter(document.getElementById("plot-time"), changed, (r) => r.time, (r) => r.measured_gain, {
      label: "Measured gain of each changed piece against the time of rewriting it, both on logarithmic scales.",
      x: seconds, xTitle: "time of rewriting",
    });
    strips(document.getElementById("plot-gains"));
  }

  // Legend ------------------------------------------------------------------------------------------------------------
  function legend() {
    const host = document.getElementById("legend");
    host.replaceChildren();
    function entry(field, name, kind, fill) {
      const button = document.createElement("button"), svg = make(null, "svg", { width: 14, height: 14, "aria-hidden": true });
      button.type = "button";
      button.setAttribute("aria-pressed", String(!hidden[field].has(name)));
      mark(svg, kind, 7, 7, 5, { fill: fill });
      button.append(svg, document.createTextNode(name));
      button.addEventListener("click", () => {
        if (!hidden[field].delete(name)) hidden[field].add(name);
        button.setAttribute("aria-pressed", String(!hidden[field].has(name)));
        drawAll();
      });
      host.append(button);
    }
    for (const name of rulesets) entry("ruleset", name, "circle", colour(name));
    const gap = document.createElement("span");
    gap.className = "gap";
    host.append(gap);
    for (const name of engines) entry("engine", name, shape(name), "currentColor");
  }

  // Tables ------------------------------------------------------------------------------------------------------------
  function key(row, column) {
    const cell = row.cells[column], value = cell.dataset.v;
    if (value !== undefined) return Number(value);
    return cell.classList.contains("n") ? null : cell.textContent;
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }
  for (const table of document.querySelectorAll("table")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = Array.from(table.tBodies[0].rows).map((row) => [key(row, column), row]);
      const known = rows.filter((r) => r[0] !== null), rest = rows.filter((r) => r[0] === null);
      known.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
      table.tBodies[0].replaceChildren(...known.concat(rest).map((r) => r[1]));
    }));
  }
  const filter = document.getElementById("filter"), count = document.getElementById("count");
  function filterRows() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean), body = document.querySelector("#records tbody");
    let kept = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      kept += row.hidden ? 0 : 1;
    }
    count.textContent = `${kept.toLocaleString("en")} of ${body.rows.length.toLocaleString("en")} rows`;
  }
  filter.addEventListener("input", filterRows);

  let pending = 0;
  function redraw() { cancelAnimationFrame(pending); pending = requestAnimationFrame(drawAll); }
  window.addEventListener("resize", redraw);
  dark.addEventListener("change", () => { legend(); drawAll(); });
  legend();
  drawAll();
  filterRows();
})();
