// Tables are sent as they are, one after the other, with progress; then the page of the first one opens, ready for a
// question about all of them.
const place = document.querySelector("[data-upload]");
const limit = Number(place.dataset.limit);
const list = place.querySelector(".uploads");

function line(file) {
  const row = document.createElement("p");
  const name = document.createElement("span");
  const part = document.createElement("span");
  const bar = document.createElement("progress");
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  row.append(name, part, bar);
  list.append(row);
  return {
    at(share) { bar.value = share; part.textContent = share < 1 ? `${Math.round(100 * share)}%` : "checking"; },
    failed(text) {
      bar.remove();
      part.textContent = "not uploaded";
      const why = document.createElement("span");
      why.className = "bad";
      why.textContent = text;
      row.append(why);
    },
  };
}

function problem(request) {
  try {
    const told = JSON.parse(request.responseText);
    return `${told.detail} ${told.fix || ""}`.trim();
  } catch {
    return "The upload failed. Try again.";
  }
}

function send(file) {
  const shown = line(file);
  return new Promise((resolve) => {
    if (file.size > limit) {
      shown.failed(`The file is larger than ${Math.round(limit / 1e6).toLocaleString("en")} MB. Send a part of it.`);
      resolve(null);
      return;
    }
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/v1/tables/${encodeURIComponent(file.name)}`);
    request.upload.onprogress = (event) => shown.at(event.loaded / (event.total || 1));
    request.onerror = () => { shown.failed("The connection broke off. Try again."); resolve(null); };
    request.onload = () => {
      if (request.status === 201) return resolve(JSON.parse(request.responseText).id);
      shown.failed(problem(request));
      return resolve(null);
    };
    request.send(file);
  });
}

async function sendAll(files) {
  list.replaceChildren();
  const ids = [];
  for (const file of files) ids.push(await send(file));
  const sent = [...new Set(ids.filter(Boolean))];
  if (!sent.length) return;
  const [first, ...others] = sent;
  const address = `/tables/${first}${others.length ? "?" : ""}${others.map((id) => `also=${id}`).join("&")}`;
  if (!ids.includes(null)) return location.assign(address);
  const on = document.createElement("a");
  on.href = address;
  on.textContent = sent.length === 1 ? "Go on with the table that was uploaded" : `Go on with the ${sent.length} tables that were uploaded`;
  list.append(on);
}

place.querySelector("input").addEventListener("change", (event) => {
  sendAll([...event.target.files]);
  event.target.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  place.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
}
for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("over"));
place.addEventListener("drop", (event) => { event.preventDefault(); sendAll([...event.dataTransfer.files]); });
// A file that misses the box must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
