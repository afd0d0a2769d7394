// Asking for the state of a run, until it is over.

/** Times that nobody answers before that is said, milliseconds between them, and after that. */
const TRIES = 3;
const BETWEEN = 1000;
const SILENT = 5000;
/** The server waits a second for news; where there are always some, this is the time between two questions. */
const SHORTEST = 500;

/** @typedef {{version: number, now: any, snapshot: any}} State `snapshot` is null where the last one still holds */

/**
 * Ask again and again: a connection that is broken, as of a laptop that was asleep, may come back.
 * @param {(seen: number) => Promise<State>} ask
 * @param {object} heard
 * @param {(state: State) => void} heard.state
 * @param {() => void} heard.gone nobody answers now
 * @param {(milliseconds: number) => Promise<void>} pause
 * @param {() => number} clock milliseconds
 */
export async function follow(ask, { state: onState, gone }, pause, clock) {
  let [seen, failures] = [-1, 0];
  for (;;) {
    const asked = clock();
    let state;
    try {
      state = await ask(seen);
    } catch {
      failures++;
      if (failures === TRIES) gone();
      await pause(failures < TRIES ? BETWEEN : SILENT);
      continue;
    }
    failures = 0;
    if (state.snapshot) seen = state.version;
    onState(state);
    if (state.now.phase === "over") return;
    // Without a timer, which browsers slow down in pages that nobody sees, where the server has waited already.
    if (clock() - asked < SHORTEST) await pause(SHORTEST);
  }
}
