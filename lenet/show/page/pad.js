// The drawing area: strokes of a pen, on paper or on a picture, by pointer or by keys.

/** Side of the drawing in pixels, whatever its size on the screen. */
export const SIDE = 196;
const PEN = 15;
const KEY_STEP = 7;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{colour: string | null, points: [number, number][]}} Stroke ink of the theme if it has no colour of its own */

export class Pad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onDraw called after each change by the pen
   */
  constructor(canvas, onDraw) {
    this.canvas = canvas;
    this.onDraw = onDraw;
    canvas.width = canvas.height = SIDE;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {CanvasImageSource | null} */
    this.picture = null;
    /** Whether the pen paints over a picture; if not, it begins on empty paper. */
    this.paintsOver = false;
    /** @type {string | null} */
    this.colour = null;
    this.paper = { light: "#fff", ink: "#000" };
    /** @type {{x: number, y: number, down: boolean} | null} */
    this.cursor = null;
    /** @type {number | undefined} of the pointer that draws */
    this.pointer = undefined;
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.end());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.hideCursor());
  }

  /** Whether anything has been drawn by the pen. */
  get isDrawn() {
    return this.strokes.length > 0;
  }

  /** Whether a stroke is being drawn. */
  get isDrawing() {
    return this.pointer !== undefined;
  }

  /** Pixels of the drawing. */
  pixels() {
    if (this.cursor) this.redraw(false);
    const pixels = this.context.getImageData(0, 0, SIDE, SIDE);
    if (this.cursor) this.redraw();
    return pixels;
  }

  /**
   * Put a picture, or nothing, on empty paper; a stroke that is being drawn ends.
   * @param {CanvasImageSource | null} picture with a width and a height
   */
  show(picture) {
    this.end();
    if (this.cursor) this.cursor.down = false;
    this.strokes = [];
    this.picture = picture;
    this.redraw();
  }

  /** Take the last stroke back. */
  undo() {
    this.strokes.pop();
    this.redraw();
  }

  /**
   * @param {{light: string, ink: string}} paper colours
   */
  setPaper(paper) {
    this.paper = paper;
    this.redraw();
  }

  redraw(withCursor = true) {
    const { context, picture } = this;
    context.globalAlpha = 1;
    context.fillStyle = this.paper.light;
    context.fillRect(0, 0, SIDE, SIDE);
    if (picture) {
      const { width, height } = /** @type {any} */ (picture);
      const scale = SIDE / Math.max(width, height);
      const [wide, high] = [width * scale, height * scale];
      context.imageSmoothingEnabled = scale < 1;
      context.drawImage(picture, (SIDE - wide) / 2, (SIDE - high) / 2, wide, high);
    }
    for (const stroke of this.strokes) this.ink(stroke, 0);
    if (withCursor && this.cursor) {
      context.strokeStyle = this.cursor.down ? "#d9480f" : "#1c7ed6";
      context.lineWidth = 3;
      context.beginPath();
      context.arc(this.cursor.x, this.cursor.y, PEN / 2 + 2, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /**
   * Draw a stroke from one of its points on.
   * @param {Stroke} stroke
   * @param {number} from
   */
  ink({ colour, points }, from) {
    const { context } = this;
    context.strokeStyle = colour ?? this.paper.ink;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...points[from]);
    for (const point of points.slice(from)) context.lineTo(...point);
    context.stroke();
  }

  /** @param {PointerEvent} event */
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return /** @type {[number, number]} */ ([
      ((event.clientX - box.left) / box.width) * SIDE,
      ((event.clientY - box.top) / box.height) * SIDE,
    ]);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button !== 0) return;
    this.hideCursor();
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.beginAt(this.placeOf(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.goTo(this.placeOf(each));
    this.onDraw();
  }

  end() {
    this.pointer = undefined;
  }

  /** @param {[number, number]} point */
  beginAt(point) {
    if (this.picture && !this.paintsOver) {
      this.picture = null;
      this.redraw();
    }
    this.strokes.push({ colour: this.colour, points: [point] });
    this.ink(this.strokes[this.strokes.length - 1], 0);
    this.onDraw();
  }

  /** @param {[number, number]} point */
  goTo(point) {
    const stroke = this.strokes[this.strokes.length - 1];
    stroke.points.push(point);
    this.ink(stroke, stroke.points.length - 2);
  }

  hideCursor() {
    if (!this.cursor) return;
    this.cursor = null;
    this.redraw();
  }

  /**
   * Arrow keys move a pen, which the space bar sets down and lifts.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow && event.key !== " ") return;
    event.preventDefault();
    this.cursor ??= { x: SIDE / 2, y: SIDE / 4, down: false };
    const { cursor } = this;
    if (!arrow) {
      cursor.down = !cursor.down;
      if (cursor.down) this.beginAt([cursor.x, cursor.y]);
    } else {
      const step = event.shiftKey ? 3 * KEY_STEP : KEY_STEP;
      cursor.x = Math.min(SIDE, Math.max(0, cursor.x + step * arrow[0]));
      cursor.y = Math.min(SIDE, Math.max(0, cursor.y + step * arrow[1]));
      if (cursor.down) this.goTo([cursor.x, cursor.y]);
    }
    this.redraw();
    if (cursor.down) this.onDraw();
  }
}
