// Tables that sort; rows by group and columns by choice; differences, samples. What is chosen stands in the address
// after #, so that a link or a reload keeps it.
const kept = [...document.querySelectorAll("[data-keep]")], redraw = [];
const state = control => control.type === "checkbox" ? (control.checked ? "on" : "off") : control.value;
const original = control => control.type === "checkbox" ? (control.defaultChecked ? "on" : "off") : control.options?.[0].value ?? control.defaultValue;
const initial = new Map(kept.map(control => [control, original(control)]));
function remember() {
  const changed = kept.filter(control => state(control) !== initial.get(control));
  const chosen = new URLSearchParams(changed.map(control => [control.dataset.keep, state(control)]));
  history.replaceState(null, "", "#" + chosen);
}
function recall() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  for (const control of kept) {
    const value = chosen.get(control.dataset.keep) ?? initial.get(control);
    if (control.type === "checkbox") control.checked = value === "on";
    else if (![...(control.options ?? [])].some(option => option.value === value && option.disabled)) control.value = value;
    if (control.tagName === "SELECT" && control.selectedIndex < 0) control.value = initial.get(control);  // of another page
  }
  redraw.forEach(draw => draw());
}
for (const link of document.querySelectorAll("nav a"))
  link.onclick = event => { event.preventDefault(); document.querySelector(`[id="${link.hash.slice(1)}"]`).scrollIntoView() };
for (const table of document.querySelectorAll("table.sortable"))
  table.querySelectorAll("th").forEach((head, column) => head.onclick = () => {
    const up = head.dataset.up === "1" ? "0" : "1";
    table.querySelectorAll("th").forEach(other => delete other.dataset.up);
    head.dataset.up = up;
    const key = row => { const text = row.cells[column].dataset.value ?? row.cells[column].textContent; return text !== "" && !isNaN(text) ? +text : text };
    const rank = value => value === "" || value === "-" ? 2 : typeof value === "string" ? 1 : 0;  // numbers, words, nothing: nothing is always last
    for (const body of table.tBodies) {
      const rows = [...body.rows].map(row => [key(row), row]);
      rows.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0) * (up === "1" ? 1 : -1));
      body.append(...rows.map(([, row]) => row));
    }
  });
document.querySelectorAll("article").forEach((article, place) => {
  const data = parts[place], one = name => article.querySelector(name), all = name => article.querySelectorAll(name);
  function compare() {
    const runs = [...all("input.choose:checked")].map(box => +box.value).sort((a, b) => a - b);
    const line = (tag, cells) => { const row = document.createElement("tr"); for (const text of cells) { const cell = document.createElement(tag); cell.textContent = text; row.append(cell) } return row };
    const shown = value => value === undefined || value === null ? "-" : typeof value === "string" ? value : JSON.stringify(value);
    if (runs.length < 2) { one("table.difference").replaceChildren(line("td", ["Tick two runs or more in the table above."])); return }
    const keys = Object.keys(data.config).filter(key => new Set(runs.map(run => JSON.stringify(data.config[key][run]))).size > 1);
    const rows = keys.map(key => line("td", [key, ...runs.map(run => shown(data.config[key][run]))]));
    one("table.difference").replaceChildren(line("th", ["key", ...runs.map(run => data.titles[run])]), ...(rows.length ? rows : [line("td", ["They have the same config, but for their seed."])]));
  }
  all("input.choose").forEach(box => box.onchange = compare); compare();
  const group = one("select.group"), section = one("section.of-curves");
  const draw = () => section && drawCurves(section, data.curves, group.value);
  function arrange() {
    for (const body of one("table.runs").tBodies) body.hidden = body.dataset.group !== group.value;
    for (const box of all("[data-column]"))
      for (const row of one("table.runs").rows) row.cells[box.dataset.column].hidden = !box.checked;
  }
  redraw.push(arrange, draw);
  for (const control of all("[data-keep]"))
    control.addEventListener("input", () => { remember(); if (!section?.contains(control)) arrange(); if (!control.dataset.column) draw() });
  const moment = one("input.moment");
  if (moment) moment.oninput = () => all("figure.moments").forEach((figure, run) => {
    const steps = data.samples[run], [step, image] = steps[Math.round(moment.value / moment.max * (steps.length - 1))];
    if (image) figure.querySelector("img").src = image;
    figure.querySelector("output").textContent = "step " + step.toLocaleString();
  });
});
addEventListener("hashchange", recall);
recall();
const plots = () => document.querySelectorAll(".js-plotly-plot");
// drawn before the columns had their widths
addEventListener("load", () => plots().forEach(plot => plot.offsetParent && Plotly.Plots.resize(plot)));
addEventListener("beforeprint", () => plots().forEach(plot => Plotly.relayout(plot, { width: 680 })));
addEventListener("afterprint", () => plots().forEach(plot => Plotly.relayout(plot, { width: null, autosize: true })));
