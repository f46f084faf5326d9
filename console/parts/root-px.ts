/** How large a rem is: the wallboard's type is larger, and what is drawn in pixels beside it must make room. */
export const rootScale = (): number =>
  (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;
