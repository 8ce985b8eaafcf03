/**
 * As much of HCL as this repository's own configurations use, for machines without Terraform: blocks, attributes, lists,
 * objects, texts with `${…}` in them, indented heredocs, references, and calls of a few functions.
 */
export type Expression =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'template'; parts: Expression[] }
  | { kind: 'list'; elements: Expression[] }
  | { kind: 'object'; fields: [string, Expression][] }
  | { kind: 'reference'; path: (string | number)[] }
  | { kind: 'call'; name: string; given: Expression[] };

export interface Block {
  type: string;
  labels: string[];
  body: Body;
}

export interface Body {
  attributes: Record<string, Expression>;
  blocks: Block[];
}

interface Token {
  kind: 'name' | 'number' | 'text' | 'heredoc' | 'mark' | 'line' | 'end';
  text: string;
  line: number;
}

const pattern =
  /(?<space>[ \t\r]+|#[^\n]*|\/\/[^\n]*)|(?<line>\n)|(?<heredoc><<-(?<mark>[A-Z]+)\n(?<held>[\s\S]*?)\n[ \t]*\k<mark>)|(?<name>[A-Za-z_][\w-]*)|(?<number>-?\d+(?:\.\d+)?)|"(?<text>(?:\\.|\$\{(?:[^{}"]|"[^"]*")*\}|[^"\\])*)"|(?<other>[{}[\](),.=:])/y;

const tokens = (source: string): Token[] => {
  const found: Token[] = [];
  let line = 1;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (!groups) throw new Error(`line ${line}: ${source.slice(at, at + 30)} is not understood`);
    const add = (kind: Token['kind'], text: string) => found.push({ kind, text, line });
    if (groups['line'] !== undefined) add('line', '\n');
    else if (groups['heredoc'] !== undefined) add('heredoc', groups['held'] ?? '');
    else if (groups['name'] !== undefined) add('name', groups['name']);
    else if (groups['number'] !== undefined) add('number', groups['number']);
    else if (groups['text'] !== undefined) add('text', groups['text']);
    else if (groups['other'] !== undefined) add('mark', groups['other']);
    line += source.slice(at, pattern.lastIndex).split('\n').length - 1;
  }
  return [...found, { kind: 'end', text: '', line }];
};

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t' })[letter] ?? letter);

const withoutIndent = (text: string): string => {
  const lines = text.split('\n');
  const least = Math.min(...lines.filter((one) => one.trim() !== '').map((one) => one.search(/\S/)));
  return `${lines.map((one) => one.slice(least)).join('\n')}\n`;
};

const parser = (source: string) => {
  const all = tokens(source);
  let at = 0;
  const peek = (): Token => all[at] ?? { kind: 'end', text: '', line: 0 };
  const next = (): Token => all[at++] ?? { kind: 'end', text: '', line: 0 };
  const is = (text: string): boolean => peek().kind === 'mark' && peek().text === text;
  const skipLines = (): void => {
    while (peek().kind === 'line') at += 1;
  };
  const expect = (text: string): void => {
    const token = next();
    if (token.text !== text) throw new Error(`line ${token.line}: expected ${text}, found ${token.text}`);
  };

  const template = (text: string): Expression => {
    const parts: Expression[] = [];
    let rest = text;
    for (
      let found = /\$\{((?:[^{}"]|"[^"]*")*)\}/.exec(rest);
      found;
      found = /\$\{((?:[^{}"]|"[^"]*")*)\}/.exec(rest)
    ) {
      if (found.index > 0) parts.push({ kind: 'literal', value: unescape(rest.slice(0, found.index)) });
      parts.push(parser(found[1] ?? '').expression());
      rest = rest.slice(found.index + found[0].length);
    }
    if (rest !== '' || parts.length === 0) parts.push({ kind: 'literal', value: unescape(rest) });
    const [only] = parts;
    return parts.length === 1 && only?.kind === 'literal' ? only : { kind: 'template', parts };
  };

  const until = <Element>(end: string, read: () => Element): Element[] => {
    const read_: Element[] = [];
    for (skipLines(); !is(end); skipLines()) {
      read_.push(read());
      skipLines();
      if (is(',')) next();
    }
    next();
    return read_;
  };

  const reference = (first: string): Expression => {
    const path: (string | number)[] = [first];
    for (;;) {
      if (is('.')) {
        next();
        path.push(next().text);
      } else if (is('[')) {
        next();
        const index = next();
        path.push(index.kind === 'number' ? Number(index.text) : index.text);
        expect(']');
      } else return { kind: 'reference', path };
    }
  };

  const expression = (): Expression => {
    skipLines();
    const token = next();
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.kind === 'text') return template(token.text);
    if (token.kind === 'heredoc') return template(withoutIndent(token.text).replaceAll('\\', '\\\\'));
    if (token.text === '[') return { kind: 'list', elements: until(']', expression) };
    if (token.text === '{')
      return {
        kind: 'object',
        fields: until('}', (): [string, Expression] => {
          const name = next().text;
          next();
          return [name, expression()];
        }),
      };
    if (token.kind !== 'name') throw new Error(`line ${token.line}: ${token.text} begins no expression`);
    if (token.text === 'true' || token.text === 'false')
      return { kind: 'literal', value: token.text === 'true' };
    if (token.text === 'null') return { kind: 'literal', value: null };
    if (!is('(')) return reference(token.text);
    next();
    return { kind: 'call', name: token.text, given: until(')', expression) };
  };

  const body = (end: string | undefined): Body => {
    const read: Body = { attributes: {}, blocks: [] };
    for (skipLines(); end === undefined ? peek().kind !== 'end' : !is(end); skipLines()) {
      const name = next().text;
      if (is('=')) {
        next();
        read.attributes[name] = expression();
        continue;
      }
      const labels: string[] = [];
      while (!is('{')) labels.push(next().text);
      next();
      read.blocks.push({ type: name, labels, body: body('}') });
    }
    if (end !== undefined) next();
    return read;
  };
  return { expression, body };
};

/** One file. @throws Error naming the line */
export const parseHcl = (source: string): Body => parser(source).body(undefined);

/** Every reference in it. */
export const referencesOf = (expression: Expression): (string | number)[][] => {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'template':
      return expression.parts.flatMap(referencesOf);
    case 'list':
      return expression.elements.flatMap(referencesOf);
    case 'object':
      return expression.fields.flatMap(([, value]) => referencesOf(value));
    case 'call':
      return expression.given.flatMap(referencesOf);
    case 'reference':
      return [expression.path];
  }
};
