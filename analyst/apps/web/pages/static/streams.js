// One stream for all that is watched: a shared worker runs this for every tab of the browser, and a page by itself where
// there are no shared workers. Over HTTP/1.1 a browser opens six connections to a site, whatever the number of its tabs.
const AGAIN_MS = 2000;
const SILENT_MS = 60_000;

export class Streams {
  constructor() {
    this.watchers = new Map();
    this.source = null;
    this.address = "";
    this.opening = 0;
  }

  // `topic` is a part of the stream's query; `hear` gets each event's name and data.
  join(key, topic, hear) {
    this.watchers.set(key, { topic, hear });
    this.address = ""; // the new one is told how everything stands
    this.openSoon();
  }

  leave(key) {
    if (this.watchers.delete(key)) this.openSoon();
  }

  openSoon() {
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.open(), 20);
  }

  open() {
    const topics = [...new Set([...this.watchers.values()].map((watcher) => watcher.topic))].sort();
    const address = topics.length ? `/watch?${topics.join("&")}` : "";
    if (this.source && address === this.address) return;
    if (this.source) this.source.close();
    this.source = null;
    this.address = address;
    if (address) this.listen(new EventSource(address));
  }

  listen(source) {
    this.source = source;
    for (const name of ["run", "now", "range", "refused"]) {
      source.addEventListener(name, (event) => this.tell(name, event.data));
    }
    source.addEventListener("open", () => this.tell("open", ""));
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      this.tell("away", "");
      // A stream that the server refused is not tried again by the browser.
      if (source.readyState !== EventSource.CLOSED) return;
      this.source = null;
      clearTimeout(this.opening);
      this.opening = setTimeout(() => this.open(), AGAIN_MS);
    });
  }

  tell(name, data) {
    for (const watcher of [...this.watchers.values()]) watcher.hear(name, data);
  }
}

// In the worker: each page speaks over a port, and one that fell silent is gone.
if ("SharedWorkerGlobalScope" in globalThis) {
  const streams = new Streams();
  const heardAt = new Map();
  onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
      heardAt.set(port, Date.now());
      if (data.topic) streams.join(port, data.topic, (name, text) => port.postMessage({ name, text }));
      if (data.leave) {
        streams.leave(port);
        heardAt.delete(port);
      }
    };
    port.postMessage({ name: "ready", text: "" });
  };
  setInterval(() => {
    for (const [port, at] of heardAt) {
      if (Date.now() - at > SILENT_MS) {
        streams.leave(port);
        heardAt.delete(port);
      }
    }
  }, SILENT_MS / 4);
}
