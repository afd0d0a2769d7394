// Pictures from outside: dropped, chosen, pasted, or seen by a camera. They stay in this page.

import { texts } from "./languages.js";

/** More pixels than this are scaled down first, so that a photograph does not hold up the page. */
const MOST_PIXELS = 12e6;
/** Side of what is cut out of a camera's picture. */
const CAMERA_SIDE = 360;

/**
 * Decode a picture file.
 * @param {Blob} file
 * @returns {Promise<HTMLCanvasElement>} on white where it is transparent
 * @throws {Error} if the browser cannot read it
 */
async function decoded(file) {
  const picture = await createImageBitmap(file, { colorSpaceConversion: "none" });
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (picture.width * picture.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

/**
 * Take pictures that are dropped, pasted, or chosen with an input element.
 * @param {HTMLInputElement} input
 * @param {(picture: HTMLCanvasElement) => void} onPicture
 * @param {(message: () => string) => void} onError
 */
export function acceptPictures(input, onPicture, onError) {
  const take = async (/** @type {FileList | undefined} */ files) => {
    const file = files && [...files].find((each) => each.type.startsWith("image/") || /\.(png|jpe?g|webp|gif|bmp|avif)$/i.test(each.name));
    if (!file) {
      if (files?.length) onError(() => texts().no_picture);
      return;
    }
    try {
      onPicture(await decoded(file));
    } catch {
      onError(() => texts().unreadable);
    }
  };
  input.addEventListener("change", () => {
    take(input.files ?? undefined).finally(() => (input.value = ""));
  });
  document.addEventListener("paste", (event) => take(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take(event.dataTransfer?.files);
  });
}

/** A camera whose pictures come one after the other, until it is stopped. */
export class Camera {
  /** Whether there may be one. */
  static get isThere() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /** @param {(picture: HTMLCanvasElement) => void} onPicture */
  constructor(onPicture) {
    this.onPicture = onPicture;
    this.video = document.createElement("video");
    this.video.muted = this.video.playsInline = true;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** Of starts and stops: one that waits for permission is void after the next one. */
    this.turn = 0;
    /** @type {number | undefined} of the next picture */
    this.timer = undefined;
  }

  get isOn() {
    return this.stream !== null;
  }

  /**
   * @returns {Promise<boolean>} whether it is on; it is not if it was stopped, or started again, meanwhile
   * @throws {Error} if there is none, or its use is not allowed
   */
  async start() {
    const turn = ++this.turn;
    const video = { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      if (turn !== this.turn) return false;
      throw error;
    }
    if (turn !== this.turn) {
      for (const track of stream.getTracks()) track.stop();
      return false;
    }
    this.stream = stream;
    this.video.srcObject = stream;
    try {
      await this.video.play();
    } catch (error) {
      if (turn === this.turn) throw error;
    }
    if (turn !== this.turn) return false;
    this.next();
    return true;
  }

  stop() {
    this.turn++;
    clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  next() {
    if (!this.stream) return;
    const { videoWidth, videoHeight } = this.video;
    const side = Math.min(videoWidth, videoHeight);
    if (side) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = CAMERA_SIDE;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
      const [left, top] = [(videoWidth - side) / 2, (videoHeight - side) / 2];
      context.drawImage(this.video, left, top, side, side, 0, 0, CAMERA_SIDE, CAMERA_SIDE);
      this.onPicture(canvas);
    }
    this.timer = setTimeout(() => this.next(), 120);
  }
}
