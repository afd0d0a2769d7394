// Texts in the language that is chosen: at first the browser's, if the page knows it.

import { ENGLISH } from "./english.js";
import { FRENCH } from "./french.js";
import { GERMAN } from "./german.js";

const KEY = "lenet-language";
/** @type {Record<string, typeof ENGLISH>} */
const TABLES = { en: ENGLISH, de: GERMAN, fr: FRENCH };
const NAMES = { en: "English", de: "Deutsch", fr: "Français" };

let code = "en";

/** @typedef {() => string} Maker of a text, in the language of now */

/** @type {WeakMap<Node, Map<string, Maker>>} by attribute; "" is the text itself */
const makers = new WeakMap();

/** What the page says, in the language of now. */
export function texts() {
  return TABLES[code];
}

/**
 * Give a node a text, or an element an attribute, that changes with the language.
 * @param {Node} node
 * @param {string | Maker} text the same in all languages, if it is no function
 * @param {string} [attribute]
 */
export function put(node, text, attribute = "") {
  const own = makers.get(node) ?? new Map();
  makers.set(node, own);
  if (typeof text === "function") own.set(attribute, text);
  else own.delete(attribute);
  write(node, attribute, typeof text === "function" ? text() : text);
}

/**
 * @param {Node} node
 * @param {string} attribute
 * @param {string} text
 */
function write(node, attribute, text) {
  // In French, no line ends before these signs.
  if (code === "fr") text = text.replace(/ (?=[:;?%…](\s|$))/g, "\u00a0");
  if (attribute) /** @type {Element} */ (node).setAttribute(attribute, text);
  else if (node.textContent !== text) node.textContent = text;
}

/** Say all that is on the page in the language of now. */
function translate() {
  document.documentElement.lang = code;
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    for (const [attribute, make] of makers.get(node) ?? []) write(node, attribute, make());
  }
}

/** @returns {string} what was chosen, or what the browser prefers of what there is */
function preferred() {
  let own = null;
  try {
    own = localStorage.getItem(KEY);
  } catch {
    // Files opened from a disk may keep nothing.
  }
  const wanted = [own ?? "", ...(navigator.languages ?? [])].map((name) => name.slice(0, 2).toLowerCase());
  return wanted.find((name) => name in TABLES) ?? "en";
}

/**
 * Give the parts of the page that are written in HTML their texts, and let people choose.
 *
 * Elements name their text by `data-text`, that of `aria-label` by `data-label`.
 * @param {HTMLSelectElement} choice
 * @param {() => void} onChange called after each change, for what is drawn
 */
export function languages(choice, onChange) {
  code = preferred();
  for (const [name, attribute] of [["text", ""], ["label", "aria-label"]]) {
    for (const found of document.querySelectorAll(`[data-${name}]`)) {
      const key = /** @type {"clear"} */ (/** @type {HTMLElement} */ (found).dataset[name]);
      put(found, () => texts()[key], attribute);
    }
  }
  for (const [value, name] of Object.entries(NAMES)) {
    const option = document.createElement("option");
    Object.assign(option, { value, lang: value, textContent: name, selected: value === code });
    choice.append(option);
  }
  choice.addEventListener("change", () => {
    code = choice.value;
    try {
      localStorage.setItem(KEY, code);
    } catch {
      // It holds until the page is closed.
    }
    translate();
    onChange();
  });
  document.documentElement.lang = code;
}
