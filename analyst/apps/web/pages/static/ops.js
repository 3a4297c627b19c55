// Parts of the page that are loaded again every so many seconds, and only while somebody sees them.
function watch(place) {
  const every = 1000 * Number(place.dataset.every);
  let timer = 0;

  async function load() {
    timer = 0;
    if (document.hidden) return;
    try {
      const answer = await fetch(place.dataset.live);
      if (answer.redirected) return location.reload();
      // Who reads a table by keyboard, or selects text in it, is not disturbed.
      const busy = place.contains(document.activeElement) || !getSelection().isCollapsed;
      if (answer.ok && !busy) place.innerHTML = await answer.text();
      place.classList.toggle("stale", !answer.ok);
    } catch {
      place.classList.add("stale");
    }
    later();
    return undefined;
  }

  function later() {
    if (!timer && !document.hidden) timer = setTimeout(load, every);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden && !timer) load(); });
  later();
}

document.querySelectorAll("[data-live]").forEach(watch);
