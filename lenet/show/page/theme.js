// Dark and light: as the system has it, until somebody chooses. Paper is always light.

import { put, texts } from "./languages.js";

const KEY = "lenet-theme";

/** @returns {string | null} what was chosen; files opened from a disk may keep nothing */
function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {(isDark: boolean, isPaper: boolean) => void} onChange called at once, too; what is printed has to be drawn
 * before it returns
 */
export function themes(button, onChange) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  let own = chosen();
  const apply = () => {
    const isDark = !paper.matches && (own ? own === "dark" : system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    put(button, () => (isDark ? texts().light : texts().dark));
    put(button, () => (isDark ? texts().light_colours : texts().dark_colours), "aria-label");
    onChange(isDark, paper.matches);
  };
  button.addEventListener("click", () => {
    own = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, own);
    } catch {
      // It holds until the page is closed.
    }
    apply();
  });
  for (const medium of [system, paper]) medium.addEventListener("change", apply);
  apply();
}
