/** Pages as text, with everything that people gave escaped. */

/** Text that is already HTML. */
export interface Html {
  readonly html: string;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

type Part = Html | string | number | undefined | false | readonly Part[];

const render = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(render).join('');
};

/** Template tag: values are escaped unless they are Html themselves. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html => ({
  html: texts.map((text, index) => text + render(parts[index])).join(''),
});

export const document = (title: string, content: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Latchkey</title>
<link rel="stylesheet" href="/assets/latchkey.css">
</head>
<body>
<header><a class="brand" href="/">Latchkey</a></header>
<main>${content}</main>
</body>
</html>
`.html;

/** A sentence about what just happened, or what is wrong. */
export const notice = (kind: 'problem' | 'done', sentence: string): Html =>
  html`<p class="notice ${kind}" role="${kind === 'problem' ? 'alert' : 'status'}">${sentence}</p>`;

export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password';
  value?: string | undefined;
  hint?: string;
  autocomplete?: string;
  minLength?: number;
  optional?: boolean;
}

export const field = ({
  name,
  label,
  type = 'text',
  value,
  hint,
  autocomplete = 'off',
  minLength,
  optional,
}: Field): Html =>
  html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}"${
    minLength === undefined ? '' : html` minlength="${minLength}"`
  }${optional ? '' : html` required`}${hint === undefined ? '' : html` aria-describedby="${name}-hint"`}>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
