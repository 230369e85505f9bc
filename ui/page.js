// Runs once the page stands. A click on [n] opens the sources of its answer and brings the cited words into view.
() => {
  // Gradio reads a message's HTML source out as its label; without a label the words themselves are read.
  const unlabel = () => document.querySelectorAll("#yj-chat [aria-label*='<div']").forEach((m) => m.removeAttribute("aria-label"));
  new MutationObserver(unlabel).observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-label"] });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".yj-chip");
    const answer = chip?.closest("[id^='yj-answer-']");
    if (!answer) return;
    const turn = answer.id.replace("yj-answer-", "");
    const panel = document.querySelector("#yj-sources");
    for (const section of panel.querySelectorAll("section")) section.hidden = section.id !== `yj-sources-${turn}`;
    // The chat drops data attributes, so the number is read from the chip itself.
    const card = panel.querySelector(`#yj-sources-${turn} .yj-card[data-n="${Number(chip.textContent)}"]`);
    if (!card) return;
    panel.querySelectorAll(".yj-here").forEach((other) => other.classList.remove("yj-here"));
    card.classList.add("yj-here");
    card.focus({ preventScroll: true });
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    (card.querySelector("mark") ?? card).scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
  });
}
