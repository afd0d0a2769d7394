// Images of the validation part, and what the network takes them for.

import { bytesOf } from "../../show/page/base64.js";
import { element } from "../../show/page/dom.js";
import { canvasOf, pictureOfImage } from "../../show/page/pictures.js";

/** @typedef {{image: string, shape: number[], label: number, answer?: [number, number]}} Shown */

/**
 * An answer in words, and whether it is right.
 * @param {number} label
 * @param {[number, number] | undefined} answer class and probability
 * @param {string[]} classes
 */
export function answerWords(label, answer, classes) {
  if (!answer) return { words: "–", percent: "", kind: "" };
  const [taken, share] = answer;
  const percent = `${Math.round(100 * share)} %`;
  if (taken === label) return { words: "✓", percent, kind: "taken right" };
  return { words: `✗ ${classes[taken]}`, percent, kind: "taken wrong" };
}

/**
 * Show images in a list, whose length stays the same.
 * @param {HTMLElement} list
 * @param {Shown[]} images
 * @param {string[]} classes
 * @param {number} length of the list; places that are left are empty
 */
export function showAnswers(list, images, classes, length) {
  const items = images.map(({ image, shape, label, answer }) => {
    const { words, percent, kind } = answerWords(label, answer, classes);
    const picture = canvasOf(pictureOfImage(bytesOf(image), shape), "");
    picture.setAttribute("aria-hidden", "true");
    picture.removeAttribute("role");
    return element(
      "li",
      { class: kind, title: `${classes[label]}: ${words} ${percent}` },
      picture,
      element("span", { class: "truth" }, classes[label]),
      element("span", { class: "answer" }, words),
      element("span", { class: "share" }, percent),
    );
  });
  for (let k = items.length; k < length; k++) items.push(element("li", { class: "empty", "aria-hidden": "true" }));
  list.replaceChildren(...items);
}
