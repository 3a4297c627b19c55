// Loads the part of a page that takes time (meanwhile its first rows, where that takes long), and fills the question box from a suggestion.
async function peek(place) {
  const answer = await fetch(place.dataset.peek, { headers: { accept: "text/html" } });
  if (answer.ok && !answer.redirected && place.ariaBusy) place.insertAdjacentHTML("beforeend", await answer.text());
}

for (const place of document.querySelectorAll("[data-part]")) {
  if (place.dataset.peek) peek(place).catch(() => {}); // the whole follows anyway
  fetch(place.dataset.part, { headers: { accept: "text/html" } })
    .then(async (answer) => {
      const told = await answer.text();
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      place.innerHTML = told;
    })
    .catch(() => {
      const note = document.createElement("p");
      note.className = "notice";
      note.setAttribute("role", "alert");
      note.textContent = "This could not be loaded. Reload the page to try again.";
      place.replaceChildren(note);
    })
    .finally(() => place.removeAttribute("aria-busy"));
}

const box = document.getElementById("question");
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-question]");
  if (!chip || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  box.value = chip.dataset.question;
  box.focus();
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    box.form.requestSubmit();
  }
});
