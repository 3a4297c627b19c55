// The dashboard's parts come over one stream, which a hidden tab lets go of.
const parts = new Map([...document.querySelectorAll("[data-live]")].map((place) => [place.dataset.live, place]));
const address = document.querySelector("[data-stream]").dataset.stream;
let stream = null;

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

function watch() {
  if (stream || document.hidden) return;
  stream = new EventSource(address);
  for (const name of parts.keys()) {
    stream.addEventListener(name, (event) => {
      stale(false);
      put(name, JSON.parse(event.data));
    });
  }
  stream.addEventListener("refused", () => location.reload());
  stream.addEventListener("error", () => {
    stale(true);
    // A stream that the server refused is not tried again by the browser: the page says why.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}

function leave() {
  if (stream) stream.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? leave() : watch()));
addEventListener("pagehide", leave);
watch();
