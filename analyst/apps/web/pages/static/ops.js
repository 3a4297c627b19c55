// The dashboard's parts come over the stream that all tabs share, which a hidden tab lets go of.
import { watch } from "./live.js";

const parts = new Map([...document.querySelectorAll("[data-live]")].map((place) => [place.dataset.live, place]));
const query = document.querySelector("[data-watch]").dataset.watch;

// What a person scrolled or stands on is the same after the figures were replaced.
function put(name, html) {
  const place = parts.get(name);
  if (!getSelection().isCollapsed) return;
  const scrolled = [...place.querySelectorAll(".scroll")].map((one) => [one.ariaLabel, one.scrollLeft, one.scrollTop]);
  const stands = place.contains(document.activeElement) ? standing(document.activeElement) : null;
  place.innerHTML = html;
  for (const [label, left, top] of scrolled) region(place, label)?.scrollTo(left, top);
  stands?.(place)?.focus({ preventScroll: true });
}

function region(place, label) {
  return [...place.querySelectorAll(".scroll")].find((one) => one.ariaLabel === label);
}

// How to find, in the new figures, what has the focus now: a region that scrolls, or a link.
function standing(element) {
  if (element.matches(".scroll")) return (place) => region(place, element.ariaLabel);
  const address = element.getAttribute("href");
  return (place) => [...place.querySelectorAll("a")].find((one) => one.getAttribute("href") === address);
}

function stale(is) {
  for (const place of parts.values()) place.classList.toggle("stale", is);
}

watch(`ops=${encodeURIComponent(query)}`, (name, text) => {
  stale(name === "away");
  if (name === "now") put(name, JSON.parse(text).html);
  if (name === "range" && JSON.parse(text).query === query) put(name, JSON.parse(text).html);
});
