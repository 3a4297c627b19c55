// Charts that tell their values under the pointer, and that are drawn anew of other columns. Without this script they are
// still pictures, and the same form opens the other picture.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

// What a mark says for screen readers is what it shows: its place in the drawing ("value", "label") says nothing more.
function told(mark) {
  const parts = mark.getAttribute("aria-label").split("; ").filter((part) => !/^(value|label|end): /.test(part));
  return parts.join("\n");
}

function move(event) {
  const mark = event.target.closest("[role=graphics-symbol][aria-label]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = told(mark);
  const room = document.documentElement.clientWidth;
  tip.style.left = `${scrollX + Math.max(8, Math.min(event.clientX + 12, room - tip.offsetWidth - 8))}px`;
  tip.style.top = `${scrollY + event.clientY + 16}px`;
}

function clean(svg) {
  for (const node of [...svg.querySelectorAll("script, foreignObject, a, style, image, use")]) node.remove();
  for (const node of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name } of [...node.attributes]) if (/^on|^style$|href$/i.test(name)) node.removeAttribute(name);
  }
  return svg;
}

async function draw(figure, address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error((await answer.json()).detail);
  const parsed = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const svg = clean(document.importNode(parsed.documentElement, true));
  svg.setAttribute("class", "still");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", figure.dataset.title);
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
  figure.querySelector(".still").replaceWith(svg);
}

// The charts below `place` become drawings that can be asked.
export function bring(place) {
  for (const figure of place.querySelectorAll("figure[data-chart]")) {
    draw(figure, figure.dataset.chart).catch(() => {}); // the picture stays
    const form = figure.querySelector("form[data-columns]");
    if (form) choose(figure, form);
  }
}

function choose(figure, form) {
  const note = form.querySelector("[role=status]");
  form.addEventListener("change", () => {
    const chosen = new URLSearchParams(new FormData(form));
    draw(figure, `${form.action}?${chosen}`)
      .then(() => { note.textContent = ""; })
      .catch((error) => { note.textContent = error.message; });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("button").hidden = true;
}

bring(document);
