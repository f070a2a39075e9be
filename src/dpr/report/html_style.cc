#include "dpr/report/html_style.h"

namespace dpr {
namespace {

constexpr const char* kColours = R"css(:root {
  --page: #ffffff; --card: #f6f7f9; --ink: #1b2028; --soft: #586070; --rule: #dde1e7; --grid: #e3e6eb;
  --good: #176b3a; --good-back: #dcf3e4; --warning: #8a4b00; --warning-back: #fdeccd;
  --c0: #1f66b3; --c1: #c8501a; --c2: #23804f; --c3: #7d4bb0; --c4: #9a6b00; --c5: #5f6b7c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1d2128; --ink: #e7eaef; --soft: #a0a9b8; --rule: #333a45; --grid: #2f3540;
    --good: #85dba6; --good-back: #17392a; --warning: #f3c277; --warning-back: #45330f;
    --c0: #6cb0f5; --c1: #f59a66; --c2: #69cf99; --c3: #c29cf0; --c4: #e2bd58; --c5: #a9b3c2;
  }
}
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); }
.c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
)css";

constexpr const char* kText = R"css(* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 28px 24px 56px; max-width: 1160px; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
header p { flex-basis: 100%; margin: 0; color: var(--soft); }
h2 { margin: 38px 0 12px; padding-bottom: 5px; border-bottom: 1px solid var(--rule); font-size: 19px; }
h3 { margin: 0; font-size: 15px; }
p, li { overflow-wrap: anywhere; }
main p { max-width: 75ch; }
.badge { padding: 2px 11px; border-radius: 99px; font-size: 13px; font-weight: 600; background: var(--card);
  color: var(--soft); border: 1px solid var(--rule); }
.badge.good { background: var(--good-back); color: var(--good); border-color: transparent; }
.badge.warning { background: var(--warning-back); color: var(--warning); border-color: transparent; }
pre { margin: 12px 0; padding: 10px 14px; border-radius: 8px; background: var(--card); white-space: pre-wrap;
  overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
dl, dd { margin: 0; }
dl.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 22px 0; }
dl.key div { padding: 12px 16px; border-radius: 10px; background: var(--card); }
dl.key dt, dl.key dd { color: var(--soft); font-size: 13px; line-height: 1.4; }
dl.key dd.value { margin: 2px 0; color: var(--ink); font-size: 25px; font-weight: 600; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
dl.definitions { columns: 2 320px; column-gap: 40px; }
dl.definitions div { display: flex; justify-content: space-between; gap: 18px; padding: 4px 0;
  border-bottom: 1px solid var(--rule); break-inside: avoid; }
dl.definitions dt { color: var(--soft); }
dl.definitions dd { min-width: 40%; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 22px 5px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 13px; vertical-align: bottom; }
th.number, td.number { padding: 5px 0 5px 22px; text-align: right; }
td.number { white-space: nowrap; }
td.number + td:not(.number), th.number + th:not(.number) { padding-left: 22px; }
)css";

constexpr const char* kFigures = R"css(.figures { display: grid; gap: 18px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); margin: 16px 0; }
figure { position: relative; display: flex; flex-direction: column; justify-content: space-between; margin: 0;
  padding: 14px 16px 10px; border: 1px solid var(--rule); border-radius: 10px; break-inside: avoid; }
figcaption p { margin: 1px 0 0; color: var(--soft); font-size: 13px; }
ul.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 2px; padding: 0; list-style: none;
  font-size: 13px; }
.mark { display: inline-block; width: 18px; margin-right: 6px; vertical-align: middle; border-top: 2.5px solid var(--c); }
.mark.faint { opacity: 0.4; border-top-width: 2px; }
.mark.band { height: 11px; border: 0; background: var(--c); opacity: 0.22; }
.mark.ring { width: 11px; height: 11px; border: 2.5px solid var(--c); border-radius: 50%; }
.mark.interval { height: 9px; border-top: 0; background: radial-gradient(circle, var(--c) 4px, transparent 4.5px),
  linear-gradient(var(--c), var(--c)) center / 100% 2px no-repeat; }
svg.chart { display: block; width: 100%; height: auto; overflow: visible; touch-action: pan-y; }
svg.chart text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
svg.chart text.nothing { font-size: 15px; }
svg.chart path { fill: none; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
svg.chart .axes path { stroke: var(--grid); stroke-width: 1; }
svg.chart .axes path.base, svg.chart path.rule { stroke: var(--soft); stroke-width: 1; }
svg.chart path.line { stroke: var(--c); stroke-width: 2; }
svg.chart path.line.faint { stroke-width: 1; opacity: 0.35; }
svg.chart path.band { fill: var(--c); opacity: 0.18; }
svg.chart circle.dot { fill: var(--c); }
svg.chart circle.ring { fill: none; stroke: var(--c); stroke-width: 2.5; }
svg.chart .row text { fill: var(--ink); }
svg.chart .row rect.area { fill: transparent; }
svg.chart .row:hover rect.area { fill: var(--c); opacity: 0.08; }
svg.chart path.whisker { stroke: var(--c); stroke-width: 2; }
svg.chart .reference path { stroke: var(--c); stroke-width: 1.5; stroke-dasharray: 5 4; }
svg.chart .reference text { fill: var(--c); }
.readout { position: absolute; z-index: 1; padding: 5px 9px; border-radius: 6px; border: 1px solid var(--rule);
  background: var(--page); box-shadow: 0 2px 8px rgb(0 0 0 / 20%); font-size: 12px; line-height: 1.45;
  white-space: nowrap; pointer-events: none; font-variant-numeric: tabular-nums; }
@media (max-width: 600px) {
  body { padding: 18px 14px 40px; }
  h1 { font-size: 22px; }
  dl.key { grid-template-columns: 1fr 1fr; }
  dl.key div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  th.number, td.number { padding-left: 14px; }
  figure { padding: 12px 10px 8px; }
  svg.chart text { font-size: 15px; }
}
@media print {
  html { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .figures { grid-template-columns: 1fr 1fr; gap: 10px; }
  h2 { break-after: avoid; }
  .readout, path.rule { display: none; }
}
)css";

// The comment marks make it CDATA to readers of XML and nothing to readers of HTML.
constexpr const char* kScript = R"js(//<![CDATA[
for (const svg of document.querySelectorAll('svg.chart[data-x]')) {
  const [x0, x1, left, right, whole] = svg.dataset.x.split(' ').map((t, i) => i < 4 ? Number(t) : t === 'whole');
  const [y0, y1, bottom, top, log] = svg.dataset.y.split(' ').map((t, i) => i < 4 ? Number(t) : t === 'log');
  const lines = [...svg.querySelectorAll('path.line')].map(path => ({
    path, points: [...path.getAttribute('d').matchAll(/([-\d.]+) ([-\d.]+)/g)].map(m => [Number(m[1]), Number(m[2])])}));
  const figure = svg.parentNode, readout = document.createElement('div');
  const rule = document.createElementNS(svg.namespaceURI, 'path');
  readout.className = 'readout';
  rule.setAttribute('class', 'rule');
  const nearest = (points, x) => {  // in order of x: the first not before it, or its neighbour
    let low = 0, high = points.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < x) low = middle + 1; else high = middle;
    }
    return low > 0 && x - points[low - 1][0] < points[low][0] - x ? points[low - 1] : points[low];
  };
  const text = value => value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2)
    : value.toLocaleString('en-US', {maximumSignificantDigits: 4});
  const row = (name, value, colour) => {
    const line = readout.appendChild(document.createElement('div'));
    if (colour) line.appendChild(document.createElement('span')).className = 'mark line ' + colour;
    line.append(name + ' ' + value);
  };
  const show = event => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const found = lines.map(line => nearest(line.points, at.x));
    if (found.length === 0) return;
    const x = found.reduce((a, b) => Math.abs(b[0] - at.x) < Math.abs(a[0] - at.x) ? b : a)[0];
    const value = x0 + (x - left) / (right - left) * (x1 - x0);
    readout.textContent = '';
    row(svg.dataset.name, whole ? Math.round(value).toLocaleString('en-US') : text(value));
    lines.forEach((line, i) => {
      const part = (bottom - found[i][1]) / (bottom - top);
      const y = log ? y0 * Math.pow(y1 / y0, part) : y0 + part * (y1 - y0);
      const near = Math.abs(found[i][0] - x) <= 6;
      if (near) row(line.path.dataset.name, text(y), line.path.getAttribute('class').match(/c\d/)[0]);
    });
    rule.setAttribute('d', `M${x} ${top}V${bottom}`);
    svg.append(rule);
    figure.append(readout);
    const box = figure.getBoundingClientRect(), half = x > (left + right) / 2;
    const pixel = svg.getBoundingClientRect().left - box.left + x * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    readout.style.left = Math.max(4, half ? pixel - readout.offsetWidth - 10 : pixel + 10) + 'px';
    readout.style.top = svg.getBoundingClientRect().top - box.top + 24 + 'px';
  };
  svg.addEventListener('pointermove', show);
  svg.addEventListener('pointerdown', show);
  svg.addEventListener('pointerleave', () => { readout.remove(); rule.remove(); });
}
//]]>
)js";

}  // namespace

std::string HtmlStyle() { return std::string(kColours) + kText + kFigures; }

std::string HtmlScript() { return kScript; }

}  // namespace dpr
