/* A collection on a big screen: one stop at a time, moving on by itself until somebody takes over with keys or buttons. */

const main = document.querySelector("#main");
const slides = Array.from(document.querySelectorAll(".cu-slide"));
const playing = document.querySelector("[data-play]");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
let at = Math.max(0, slides.findIndex((slide) => `#${slide.id}` === window.location.hash));
let timer = 0;

function show(index) {
  at = (index + slides.length) % slides.length;
  slides.forEach((slide, number) => { slide.hidden = number !== at; });
  window.history.replaceState(null, "", `#${slides[at].id}`);
}

function play(on) {
  window.clearInterval(timer);
  playing.setAttribute("aria-pressed", String(on));
  if (on) timer = window.setInterval(() => show(at + 1), Number(main.dataset.everyS) * 1000);
}

function step(by) {
  play(false);
  show(at + by);
}

if (slides.length) {
  document.body.classList.add("is-ready");
  show(at);
  play(!still);
  playing.addEventListener("click", () => play(playing.getAttribute("aria-pressed") !== "true"));
  document.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => step(Number(button.dataset.step))));
  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "PageDown") step(1);
    else if (event.key === "ArrowLeft" || event.key === "PageUp") step(-1);
    else if (event.key === " " && event.target === document.body) play(playing.getAttribute("aria-pressed") !== "true");
    else return;
    event.preventDefault();
  });
}
