// What the network sees: the most probable class, and a bar for each.

import { element, percent } from "./dom.js";
import { texts } from "./languages.js";

const MOST_BARS = 12;
/** Below this, an answer is unsure; as `lenet predict` says it. */
const UNSURE = 0.8;

export class AnswerView {
  /**
   * @param {{verdict: HTMLElement, bars: HTMLElement}} places
   * @param {string[]} classes
   */
  constructor({ verdict, bars }, classes) {
    this.classes = classes;
    this.verdict = verdict;
    this.isSorted = classes.length > MOST_BARS;
    this.rows = Array.from({ length: Math.min(classes.length, MOST_BARS) }, () => {
      const [name, bar, share] = [element("span", { class: "name" }), element("i"), element("span", { class: "share" })];
      bars.append(element("li", {}, name, element("span", { class: "bar" }, bar), share));
      return { name, bar, share };
    });
  }

  /** @param {Float32Array} shares of the classes */
  show(shares) {
    const order = Array.from(shares.keys());
    const ranked = [...order].sort((a, b) => shares[b] - shares[a]);
    const [first] = ranked;
    const unsure = shares[first] < UNSURE ? [element("small", {}, texts().unsure)] : [];
    const name = this.classes[first];
    this.verdict.classList.toggle("long", name.length > 5);
    this.verdict.replaceChildren(
      element("b", { title: name }, name),
      element("span", {}, percent(shares[first]), ...unsure),
    );
    for (const [k, { name: text, bar, share }] of this.rows.entries()) {
      const label = this.isSorted ? ranked[k] : order[k];
      text.textContent = text.title = this.classes[label];
      bar.style.width = `${100 * shares[label]}%`;
      share.textContent = percent(shares[label]);
      text.parentElement.classList.toggle("best", label === first);
    }
  }

  /** Show that there is nothing to be seen. */
  clear() {
    this.verdict.replaceChildren(element("b", {}, "–"), element("span", {}, texts().nothing_yet));
    for (const { bar, share, name } of this.rows) {
      bar.style.width = "0";
      share.textContent = "";
      name.parentElement.classList.remove("best");
    }
    if (!this.isSorted) this.rows.forEach(({ name }, k) => (name.textContent = this.classes[k]));
  }
}
