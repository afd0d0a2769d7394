// How long a run will take, from how long its epochs have taken.

/** Epochs whose mean is taken: machines get busy. */
const RECENT = 5;

/**
 * @param {(number | null)[]} seconds of each epoch that is done
 * @param {{epoch: number, step: number, steps: number, seconds: number}} now the epoch that is trained, and since when
 * @param {number} wanted epochs
 * @returns {number | null} seconds; null if nothing is known
 */
export function secondsLeft(seconds, now, wanted) {
  const done = seconds.length;
  const recent = /** @type {number[]} */ (seconds.slice(-RECENT).filter((value) => value !== null));
  const elapsed = now.epoch > done ? now.seconds : 0;
  if (recent.length) {
    const each = recent.reduce((sum, value) => sum + value, 0) / recent.length;
    return Math.max(0, each * (wanted - done) - Math.min(elapsed, each));
  }
  if (!now.step) return null;
  return Math.max(0, (elapsed * now.steps) / now.step - elapsed + ((wanted - done - 1) * elapsed * now.steps) / now.step);
}

/**
 * A time in two units at most.
 * @param {number} seconds
 */
export function timeWords(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (whole < 600 && whole % 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
