"use strict";
const dark = { "#1f2933": "#e6eaee", "#616e7c": "#a3b0bc", "#e4e7eb": "#36424e", "#9aa5b1": "#5d6b78", "#fefefe": "#1a2129", "#f5f5f5": "#2a333d", "#e8f1f8": "#1d3344", "#0072B2": "#3d9bd8" };
let told = document.getElementById("specs").textContent;
if (matchMedia("(prefers-color-scheme: dark)").matches) {
  for (const [light, other] of Object.entries(dark)) told = told.replaceAll(`"${light}"`, `"${other}"`);
}
const specs = JSON.parse(told);
const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, logLevel: 1, defaultStyle: false, tooltip: { theme: "custom" } };

/** Make room on a phone: for the values behind bars, for the heads of a heatmap's columns, for a legend. */
function narrow(x, color, spec) {
  if (x && x.scale && spec.usermeta && spec.usermeta.narrowDomain) x.scale.domain = spec.usermeta.narrowDomain;
  if (x && x.axis && x.axis.orient === "top") Object.assign(x.axis, { labelAngle: -45, labelLimit: 80 });
  if (color && color.legend) color.legend.columns = 2;
}

for (const place of document.querySelectorAll("[data-chart]")) {
  const spec = specs[place.dataset.chart];
  const still = place.parentElement.querySelector(".still");
  place.hidden = false;
  if (place.clientWidth < 480) {
    spec.config.axis.labelLimit = 120;
    spec.config.axis.labelFontSize = 11;
    for (const layer of spec.layer) narrow(layer.encoding && layer.encoding.x, layer.encoding && layer.encoding.color, spec);
  }
  window.vegaEmbed(place, spec, options).then(
    () => { still.classList.add("print-only"); place.dataset.drawn = "yes"; },
    (error) => { place.hidden = true; console.error(error.message); },
  );
}
