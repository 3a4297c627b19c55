// What a page must have for people who can't see it, or see it badly: a list of what is missing.
() => {
  const problems = [];
  const shown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
  const named = (node) =>
    node.getAttribute("aria-label") || node.textContent.trim() || node.title || node.querySelector("img[alt]") || [...(node.labels || [])].some((label) => label.textContent.trim());
  const told = (node) => node.outerHTML.slice(0, 120);

  if (!document.documentElement.lang) problems.push("the page has no language");
  if (!document.title) problems.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) problems.push("the page has no single main part");
  if (document.querySelectorAll("h1").length !== 1) problems.push("the page has no single main heading");
  for (const node of document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select")) {
    if (shown(node) && !named(node)) problems.push(`no name: ${told(node)}`);
  }
  for (const node of document.querySelectorAll("img:not([alt]), [role=img]:not([aria-label])")) problems.push(`no text: ${told(node)}`);
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  if (new Set(ids).size !== ids.length) problems.push("an id stands twice");

  const parse = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const over = (top, below) => {
    const alpha = top[3] === undefined ? 1 : top[3];
    return [0, 1, 2].map((place) => top[place] * alpha + below[place] * (1 - alpha));
  };
  const behind = (node) => {
    if (!node) return [255, 255, 255];
    return over(parse(getComputedStyle(node).backgroundColor), behind(node.parentElement));
  };
  const light = (color) => {
    const [red, green, blue] = color.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(node) || node.closest(".unseen, .skip, noscript, script")) continue;
    const style = getComputedStyle(node);
    const back = behind(node);
    const [a, b] = [light(over(parse(style.color), back)), light(back)].sort((one, other) => other - one);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < (large ? 3 : 4.5)) problems.push(`contrast ${contrast.toFixed(2)}: ${told(node)}`);
  }
  return problems;
}
