// Follows an analysis. Each event loads the steps again as the server sets them; the last one loads the answer.
// A hidden tab lets go of its stream: over HTTP/1.1 a browser allows six to a site, whatever the number of tabs.
const place = document.querySelector("[data-steps]");
let stream = null;
let loading = false;
let again = false;

async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    const answer = await fetch(place.dataset.steps);
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
  } catch {
    // the service is away: the stream reconnects by itself, and brings the next event
  }
  loading = false;
  if (again) {
    again = false;
    await refresh();
  }
}

function follow() {
  if (stream || document.hidden) return;
  stream = new EventSource(place.dataset.events);
  for (const kind of ["stage", "call", "reply", "rejected", "plan", "note"]) stream.addEventListener(kind, refresh);
  stream.addEventListener("ended", () => location.reload());
  stream.addEventListener("error", () => {
    // A stream that the server refused is not tried again by the browser.
    if (stream && stream.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(follow, 2000);
    }
  });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && stream) {
    stream.close();
    stream = null;
  }
  follow();
});
addEventListener("pagehide", () => stream && stream.close());
setInterval(() => { if (!document.hidden && place.querySelector(".working")) refresh(); }, 1000);
follow();
