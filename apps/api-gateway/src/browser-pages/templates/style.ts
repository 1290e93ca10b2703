import { hash } from 'node:crypto';

/** The one style sheet of the pages. Colours keep a contrast of 4.5 : 1 or more, in both schemes. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --text: #1c2430; --soft: #4a5565; --line: #7b8798;
  --strong: #1d4ed8; --on-strong: #ffffff; --wrong: #b3170f; --wrong-ground: #fdecea;
  --good: #14532d; --good-ground: #e6f4ea; --focus: #b45309;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151d; --card: #1a212c; --text: #eef1f5; --soft: #b6c0ce; --line: #8793a5;
    --strong: #93b4ff; --on-strong: #0b1220; --wrong: #ffb4ab; --wrong-ground: #3b1512;
    --good: #a7e3bb; --good-ground: #123020; --focus: #fbbf24;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground);
  color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
a { color: var(--strong); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; background: var(--card); padding: 0.75rem 1rem; }
.skip:focus { left: 0.5rem; top: 0.5rem; z-index: 1; }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: center; justify-content: space-between;
  padding: 0.75rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; font-size: 1.15rem; color: var(--text); text-decoration: none; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: center; list-style: none; margin: 0; padding: 0; }
nav a, button.link { display: inline-block; padding: 0.375rem 0; }
.who { color: var(--soft); overflow-wrap: anywhere; }
main { width: 100%; max-width: 34rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; flex: 1; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 0 0 1rem; }
.lead { color: var(--soft); margin: 0 0 1.5rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 1.5rem; margin: 0 0 1.5rem; }
.field { margin: 0 0 1.25rem; }
.field label { display: block; font-weight: 600; margin: 0 0 0.25rem; }
.field input { width: 100%; font: inherit; color: inherit; background: var(--ground); padding: 0.625rem 0.75rem;
  border: 1px solid var(--line); border-radius: 0.5rem; }
.wrong input { border: 2px solid var(--wrong); }
.hint { color: var(--soft); font-size: 0.925rem; margin: 0 0 0.375rem; }
.problems { color: var(--wrong); font-weight: 600; list-style: none; margin: 0 0 0.375rem; padding: 0; }
.choice { display: flex; gap: 0.625rem; align-items: center; margin: 0 0 1.25rem; }
.choice input { width: 1.25rem; height: 1.25rem; }
button, a.button { font: inherit; font-weight: 600; padding: 0.7rem 1.4rem; border: 0; border-radius: 0.5rem; cursor: pointer;
  background: var(--strong); color: var(--on-strong); text-decoration: none; display: inline-block; }
button.link { background: none; color: var(--strong); font-weight: 400; text-decoration: underline;
  text-underline-offset: 0.15em; padding: 0.375rem 0; }
.summary { border: 2px solid var(--wrong); background: var(--wrong-ground); border-radius: 0.5rem; padding: 1rem 1.25rem;
  margin: 0 0 1.5rem; }
.summary h2 { font-size: 1.05rem; margin: 0 0 0.5rem; }
.summary ul { margin: 0; padding-left: 1.25rem; }
.summary a { color: var(--wrong); }
.flash { border-radius: 0.5rem; padding: 0.75rem 1rem; margin: 0 0 1.5rem; border-left: 4px solid; }
.flash.info { color: var(--good); background: var(--good-ground); }
.flash.error { color: var(--wrong); background: var(--wrong-ground); }
.ways { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; align-items: center; }
footer { padding: 1rem 1.5rem; color: var(--soft); font-size: 0.9rem; text-align: center; }
footer p { margin: 0; }
@media (prefers-reduced-motion: no-preference) { button, a.button { transition: filter 0.15s; } }
button:hover, a.button:hover { filter: brightness(1.08); }
`;

/** A swell, in the colour of the buttons. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1d4ed8"/>' +
  '<path d="M4 21c4 0 4-8 8-8s4 8 8 8 4-8 8-8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>';

export const stylePath = '/users/style.css';
export const iconPath = '/users/icon.svg';
/** In the address of both, so browsers may keep them for ever. */
export const styleVersion = hash('sha256', styleSheet + icon).slice(0, 12);
