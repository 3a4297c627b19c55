"use strict";
const specs = JSON.parse(document.getElementById("specs").textContent);
const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { theme: "custom" } };
for (const place of document.querySelectorAll("[data-chart]")) {
  const spec = specs[place.dataset.chart];
  const still = place.parentElement.querySelector(".still");
  place.hidden = false;
  if (place.clientWidth < 480) {
    spec.config.axis.labelLimit = 120;
    spec.config.axis.labelFontSize = 11;
  }
  window.vegaEmbed(place, spec, options).then(
    () => { still.classList.add("print-only"); place.dataset.drawn = "yes"; },
    (error) => { place.hidden = true; console.error(error.message); },
  );
}
