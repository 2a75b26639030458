"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  for (const control of document.querySelectorAll(".js")) control.hidden = false;

  // Light and dark: the reader's choice is kept where the browser allows it.
  const stored = (value) => {
    try {
      if (value) localStorage.setItem("fa2-theme", value);
      return localStorage.getItem("fa2-theme");
    } catch {
      return null;
    }
  };
  const asked = /[?&#]theme=(light|dark)/.exec(location.href);
  const theme = asked ? asked[1] : stored();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  document.querySelector(".theme").addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored(root.dataset.theme);
  });
})();
