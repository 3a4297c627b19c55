// The dashboard's parts come over one stream, which a hidden tab lets go of.
const parts = new Map([...document.querySelectorAll("[data-live]")].map((place) => [place.dataset.live, place]));
const address = document.querySelector("[data-stream]").dataset.stream;
let stream = null;

function put(name, html) {
  const place = parts.get(name);
  // Who reads a table by keyboard, or selects text in it, is not disturbed.
  if (place.contains(document.activeElement) || !getSelection().isCollapsed) return;
  place.innerHTML = html;
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
