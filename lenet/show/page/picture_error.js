// Why a picture is of no use.

/** @typedef {keyof typeof import("./english.js").ENGLISH.notes} Note what is said of a picture, in each language */

/** There is no digit in a picture, for a reason that can be told. */
export class PictureError extends Error {
  /** @param {Note} note why */
  constructor(note) {
    super(note);
    this.note = note;
  }
}
