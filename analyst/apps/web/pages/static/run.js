// Follows an analysis: puts its parts where they belong as they change, and opens the answer at the end.
import { bring } from "./chart.js";
import { watch } from "./live.js";

const page = document.querySelector("[data-run]");
const away = document.querySelector(".away");

function put(name, html) {
  const place = page.querySelector(`[data-live="${name}"]`);
  if (place.told === html) return; // a stream that began anew tells what stands here already
  place.told = html;
  place.innerHTML = html;
  count(place);
  bring(place);
}

// How long a step works goes on by itself.
function count(place) {
  for (const told of place.querySelectorAll("[data-elapsed]")) told.begun = performance.now() - 1000 * Number(told.dataset.elapsed);
}

function spoken(seconds) {
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

setInterval(() => {
  if (document.hidden || !away.hidden) return;
  for (const told of page.querySelectorAll("[data-elapsed]")) {
    told.textContent = `working, ${spoken((performance.now() - told.begun) / 1000)}`;
  }
}, 1000);

count(page);
watch(`run=${encodeURIComponent(page.dataset.run)}`, (name, text) => {
  away.hidden = name !== "away";
  if (name !== "run") return;
  const { id, parts, ended } = JSON.parse(text);
  if (id !== page.dataset.run) return;
  if (ended) location.reload();
  for (const [part, html] of Object.entries(parts)) put(part, html);
});
