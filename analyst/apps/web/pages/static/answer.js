// Where a value comes from: shown beside it while the pointer or the keyboard's focus is on it.
const box = document.createElement("div");
box.className = "source";
box.setAttribute("role", "tooltip");
box.id = "source";
box.hidden = true;
document.body.append(box);
let shownFor = null;

function fill(ids) {
  box.replaceChildren();
  for (const id of ids) {
    const step = document.getElementById(`step-${id}`);
    if (!step) continue;
    const what = document.createElement("p");
    what.textContent = `Step ${id}: ${step.querySelector("summary").firstChild.textContent.trim()}`;
    box.append(what);
    const how = step.querySelector("pre");
    if (how) box.append(how.cloneNode(true));
  }
}

function show(link) {
  const ids = link.dataset.from.split(" ").filter(Boolean);
  fill(ids);
  if (!box.childElementCount) return;
  shownFor = link;
  link.setAttribute("aria-describedby", "source");
  box.hidden = false;
  const at = link.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  box.style.left = `${scrollX + Math.max(16, Math.min(at.left, room - box.offsetWidth - 16))}px`;
  box.style.top = `${scrollY + at.bottom + 4}px`;
}

function hide() {
  if (shownFor) shownFor.removeAttribute("aria-describedby");
  shownFor = null;
  box.hidden = true;
}

let leaving = 0;
for (const link of document.querySelectorAll(".cited")) {
  link.addEventListener("mouseenter", () => { clearTimeout(leaving); show(link); });
  link.addEventListener("focus", () => show(link));
  link.addEventListener("mouseleave", () => { leaving = setTimeout(hide, 200); });
  link.addEventListener("blur", hide);
}
box.addEventListener("mouseenter", () => clearTimeout(leaving));
box.addEventListener("mouseleave", hide);
addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

// A link to a step opens it.
function open() {
  const wanted = location.hash.startsWith("#step-") && document.getElementById(location.hash.slice(1));
  if (!wanted) return;
  hide();
  wanted.open = true;
  wanted.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", open);
open();
