/** The one style sheet: plain, calm, readable, in light and in dark, without scripts or fonts from elsewhere. */

export const styleSheet = `:root {
  color-scheme: light dark;
  --ground: #f6f7f5;
  --sheet: #ffffff;
  --ink: #1d2521;
  --quiet: #57635c;
  --rule: #d9dfda;
  --accent: #1f6f54;
  --on-accent: #ffffff;
  --problem: #a02c2c;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #151a17;
    --sheet: #1d2420;
    --ink: #e6ece8;
    --quiet: #9daba3;
    --rule: #323c36;
    --accent: #6cc7a5;
    --on-accent: #10211a;
    --problem: #f09a9a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main { max-width: 40rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
main { padding-bottom: 4rem; }
.brand { font-weight: 650; letter-spacing: -0.01em; color: var(--accent); text-decoration: none; }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.015em; margin: 1.25rem 0 0.5rem; }
h2 { font-size: 1.05rem; margin: 0 0 0.75rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); }
.lead, .hint { color: var(--quiet); }
.hint { font-size: 0.875rem; margin: 0.3rem 0 0; }
section {
  background: var(--sheet);
  border: 1px solid var(--rule);
  border-radius: 10px;
  padding: 1.25rem 1.4rem 1.4rem;
  margin: 1.25rem 0;
}
section > :last-child { margin-bottom: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1.25rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.plain li { padding: 0.3rem 0; border-top: 1px solid var(--rule); }
ul.plain li:first-child { border-top: 0; }
code, .secret { font-family: var(--mono); font-size: 0.9em; }
.secret {
  display: block;
  padding: 0.75rem 0.9rem;
  border: 1px solid var(--accent);
  border-radius: 8px;
  overflow-wrap: anywhere;
  user-select: all;
}
.field { margin: 0 0 1rem; }
label { display: block; font-weight: 550; margin-bottom: 0.3rem; }
input {
  width: 100%;
  padding: 0.55rem 0.7rem;
  font: inherit;
  color: inherit;
  background: var(--ground);
  border: 1px solid var(--rule);
  border-radius: 8px;
}
input[type="checkbox"] { width: auto; margin: 0 0.5rem 0 0; }
.choice label { display: inline; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button {
  font: inherit;
  font-weight: 550;
  padding: 0.55rem 1.1rem;
  border: 1px solid var(--accent);
  border-radius: 8px;
  background: var(--accent);
  color: var(--on-accent);
  cursor: pointer;
}
button.quiet { background: transparent; color: var(--accent); }
.notice { padding: 0.7rem 0.9rem; border-radius: 8px; border: 1px solid currentColor; }
.notice.problem { color: var(--problem); }
.notice.done { color: var(--accent); }
`;
