// The curves of groups of runs: means with bands or a line for each run, smoothed, by step, epoch or time.
const GROUPS = 20, GRID = 400;  // groups that are drawn; points of a mean

// ys at x, linear between two points; null outside and beside a gap
function between(xs, ys, x) {
  let low = 0, high = xs.length - 1;
  if (x < xs[low] || x > xs[high]) return null;
  while (high - low > 1) { const middle = (low + high) >> 1; if (xs[middle] <= x) low = middle; else high = middle }
  if (x === xs[low]) return ys[low];
  if (x === xs[high]) return ys[high];
  return ys[low] === null || ys[high] === null ? null : ys[low] + (ys[high] - ys[low]) * (x - xs[low]) / (xs[high] - xs[low]);
}

// [xs, mean, lowest, highest] of lines [xs, ys], at every x of any line, over the lines that came so far
function band(lines) {
  if (lines.length === 1) return [...lines[0], lines[0][1], lines[0][1]];
  let xs = [...new Set(lines.flatMap(line => line[0]))].sort((a, b) => a - b);
  const stride = Math.ceil(xs.length / GRID);
  xs = xs.filter((_, at) => (xs.length - 1 - at) % stride === 0);
  const values = xs.map(x => lines.map(([at, ys]) => between(at, ys, x)).filter(y => y !== null));
  const of = rule => values.map(ys => ys.length ? rule(ys) : null);
  return [xs, of(ys => ys.reduce((a, b) => a + b) / ys.length), of(ys => Math.min(...ys)), of(ys => Math.max(...ys))];
}

// exponential moving average without the bias of its start: weight = share of the past, 0 = as it is
function smoothed(ys, weight) {
  let sum = 0, share = 0;
  return ys.map(y => {
    if (y === null) return null;
    sum = weight * sum + (1 - weight) * y;
    share = weight * share + 1 - weight;
    return sum / share;
  });
}

// steps of run number `run` as epochs or seconds; null where it has none
function along(data, run, steps, axis) {
  if (axis === "step") return steps;
  if (axis === "epoch") return data.epochs[run] ? steps.map(step => step / data.epochs[run]) : null;
  const times = data.times[run];
  if (!times) return null;
  const [first, last] = [times[0][0], times[0].at(-1)];
  return steps.map(step => between(...times, Math.min(last, Math.max(first, step))));
}

// place of a group -> its lines [xs, ys]; the runs without such an axis are counted
function linesOf(data, metric, key, axis) {
  const lines = new Map();
  let without = 0, longest = 0;
  data.metrics[metric].forEach((curve, run) => {
    const place = data.groups[key].of[run];
    if (!curve || place >= GROUPS) return;
    const xs = along(data, run, curve[0], axis);
    if (!xs) { without += 1; return }
    lines.set(place, [...(lines.get(place) ?? []), [xs, curve[1]]]);
    longest = Math.max(longest, xs.at(-1));
  });
  const [unit, title] = axis === "time" ? data.units.find(([size]) => longest >= 2 * size) ?? data.units.at(-1) : [1, axis];
  if (unit > 1) lines.forEach(some => some.forEach(line => { line[0] = line[0].map(x => x / unit) }));
  return { lines, without, title };
}

function traces(place, label, lines, { weight, each }) {
  const color = hues[place % hues.length], dash = place < hues.length ? "solid" : "dash", made = [];
  const add = (x, y, more, line) => made.push({ x, y, mode: "lines", name: label, line: { color, dash, width: 2, ...line },
    hovertemplate: "%{y:.5~g} at %{x:.5~g}<extra>%{fullData.name}</extra>", meta: { place, kind: "line" }, ...more });
  const both = (xs, ys, width) => {
    if (weight) add(xs, ys, { opacity: .25, hoverinfo: "skip", hovertemplate: null, meta: { place, kind: "raw" } }, { width: 1 });
    add(xs, smoothed(ys, weight), {}, { width });
  };
  if (each) lines.forEach(([xs, ys]) => both(xs, ys, 1.2));
  else {
    const [xs, mean, low, high] = band(lines), whole = xs.map((_, at) => at).filter(at => mean[at] !== null);
    const there = [...whole, ...[...whole].reverse()];
    if (lines.length > 1)
      add(there.map(at => xs[at]), there.map((at, k) => (k < whole.length ? high : low)[at]), { fill: "toself", fillcolor: `rgba(${[1, 3, 5].map(at => parseInt(color.slice(at, at + 2), 16))},.18)`, hoverinfo: "skip", hovertemplate: null, meta: { place, kind: "band" } }, { width: 0 });
    both(xs, mean, 2);
  }
  return made;
}

// Draws what the controls say; `key` = what the runs are grouped by.
function drawCurves(section, data, key) {
  const control = name => section.querySelector(`[name=${name}]`), metric = control("metric").value, axis = control("axis").value;
  const { lines, without, title } = linesOf(data, metric, key, axis), { labels } = data.groups[key];
  const off = section.off ??= new Set();
  const places = [...lines.keys()].sort((a, b) => a - b), options = { weight: +control("smoothing").value, each: control("lines").value === "each" };
  const all = places.filter(place => !off.has(key + place)).flatMap(place => traces(place, labels[place], lines.get(place), options));
  const scale = (name, values) => {
    const positive = values.filter(value => value > 0), most = (a, b) => Math.max(a, b), least = (a, b) => Math.min(a, b);
    const span = positive.reduce(most, 0) / positive.reduce(least, Infinity);
    const ticks = span > 100 ? { dtick: 1 } : span > 4 ? { dtick: "D2" } : {};  // at 1, 10, 100; at 1, 2, 5, 10
    return control(name).checked ? { type: "log", tickformat: "~g", ...ticks } : { type: "linear" };
  };
  const look = structuredClone(layout);
  Object.assign(look, { showlegend: false, height: innerWidth < 600 ? 320 : 440, uirevision: [metric, axis, control("logx").checked, control("logy").checked].join() });
  Object.assign(look.xaxis, { title: { text: title }, ...scale("logx", all.flatMap(trace => trace.x)) });
  Object.assign(look.yaxis, { title: { text: metric }, ...scale("logy", all.flatMap(trace => trace.y)) });
  Plotly.react(section.querySelector(".curves"), all, look, { displayModeBar: false, responsive: true });
  control("smoothing").nextElementSibling.textContent = (+control("smoothing").value).toFixed(2);
  section.querySelector(".legend").replaceChildren(...places.map(place => {
    const entry = document.createElement("button"), swatch = document.createElement("i");
    swatch.style.borderTop = `3px ${place < hues.length ? "solid" : "dashed"} ${hues[place % hues.length]}`;
    entry.append(swatch, labels[place]);
    entry.ariaPressed = !off.has(key + place);
    entry.onclick = () => { off.delete(key + place) || off.add(key + place); drawCurves(section, data, key) };
    return entry;
  }));
  const notes = [];
  if (without) notes.push(`${without} of ${data.metrics[metric].filter(Boolean).length} runs are not drawn: they do not record their ${axis}s.`);
  if (control("logy").checked && all.some(trace => trace.y.some(y => y !== null && y <= 0))) notes.push("Values of 0 and below are not on a logarithmic axis.");
  if (Math.max(...data.groups[key].of) >= GROUPS) notes.push(`The first ${GROUPS} groups of the table.`);
  section.querySelector(".told").textContent = notes.join(" ");
}
