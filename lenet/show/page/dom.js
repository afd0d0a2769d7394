// Small helpers for the document.

import { put, texts } from "./languages.js";

/**
 * An element of the page, which must be there.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/**
 * Make an element. Text is text, whatever is in it; a function makes it anew in another language.
 * @param {string} tag
 * @param {Record<string, any>} [properties] of the element; `class`, `role` and `aria-...` are attributes
 * @param {...(Node | string | (() => string))} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") put(made, value, name);
    else if (name in made) /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, value);
  }
  for (const child of children) {
    const node = typeof child === "function" ? document.createTextNode("") : child;
    if (typeof child === "function") put(/** @type {Node} */ (node), child);
    made.append(node);
  }
  return made;
}

/**
 * A canvas of a size in the page's pixels, sharp on every screen.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D} in the page's pixels, empty
 */
export function sizedContext(canvas, width, height) {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}

/**
 * A number with some digits after the point, which is a comma in many languages, and a true minus sign.
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  return value.toFixed(digits).replace("-", "−").replace(".", texts().point);
}

/**
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return `${fixed(100 * share, digits)}\u00a0%`;
}

/**
 * A number of about four digits.
 * @param {number} value
 */
export function figure(value) {
  const size = Math.abs(value);
  if (size < 1000 && (size === 0 || size >= 0.001)) return fixed(value, size >= 100 ? 1 : 3);
  return value.toExponential(2).replaceAll("-", "−").replace(".", texts().point);
}

/**
 * Numbers of a shape, with a cross between them.
 * @param {number[]} shape
 */
export function times(shape) {
  return shape.join(" × ");
}
