// The network's page within the site has the site's colours, light or dark.

const frame = document.querySelector(".live iframe");

/** Choose the colours as a reader would: by the page's own button. */
function follow() {
  const root = frame.contentDocument?.documentElement;
  const isDark = document.body.getAttribute("data-md-color-scheme") === "slate";
  if (root?.dataset.theme && (root.dataset.theme === "dark") !== isDark) frame.contentDocument.getElementById("theme").click();
}

if (frame) {
  frame.addEventListener("load", follow);
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  follow();
}
