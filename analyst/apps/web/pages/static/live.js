// What a page shows live: it listens while it is seen, and lets go while it is not.
import { Streams } from "./streams.js";

const BEAT_MS = 15_000;
const START_MS = 5000;

// A shared worker that does not start (an old browser, a private window) is stood in for by the page.
function connect(hear) {
  return new Promise((resolve) => {
    const own = () => {
      const streams = new Streams();
      resolve({ join: (topic) => streams.join(0, topic, hear), leave: () => streams.leave(0) });
    };
    if (!("SharedWorker" in globalThis)) return own();
    const worker = new SharedWorker(new URL("streams.js", import.meta.url), { type: "module" });
    const late = setTimeout(own, START_MS);
    worker.onerror = () => {
      clearTimeout(late);
      own();
    };
    let beat = 0;
    worker.port.onmessage = ({ data: { name, text } }) => {
      if (name !== "ready") return hear(name, text);
      clearTimeout(late);
      return resolve({
        join(topic) {
          worker.port.postMessage({ topic });
          beat = setInterval(() => worker.port.postMessage({}), BEAT_MS);
        },
        leave() {
          clearInterval(beat);
          worker.port.postMessage({ leave: true });
        },
      });
    };
    return undefined;
  });
}

// Watch `topic`; `hear` gets the name and the data of each event of any topic that this browser watches.
export async function watch(topic, hear) {
  let joined = false;
  const stream = await connect((name, text) => {
    if (!joined) return;
    if (name === "refused") location.reload();
    else hear(name, text);
  });
  const follow = (seen) => {
    if (seen === joined) return;
    joined = seen;
    if (seen) stream.join(topic);
    else stream.leave();
  };
  document.addEventListener("visibilitychange", () => follow(!document.hidden));
  addEventListener("pagehide", () => follow(false));
  addEventListener("pageshow", () => follow(!document.hidden));
  follow(!document.hidden);
}
