// Small helpers for the document.

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
 * Make an element. Text is text, whatever is in it.
 * @param {string} tag
 * @param {Record<string, any>} [properties] of the element; `class`, `role` and `aria-...` are attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
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

/** @param {number} share */
export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/**
 * A number of about four digits, with a true minus sign.
 * @param {number} value
 */
export function figure(value) {
  const size = Math.abs(value);
  const text = size >= 1000 || (size > 0 && size < 0.001) ? value.toExponential(2) : value.toFixed(size >= 100 ? 1 : 3);
  return text.replace("-", "−");
}

/**
 * Numbers of a shape, with a cross between them.
 * @param {number[]} shape
 */
export function times(shape) {
  return shape.join(" × ");
}
