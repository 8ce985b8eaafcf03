/** The little XML that schedulers print: flat records of ours to pick, 5,000 of them in a few milliseconds. */

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decode = (text: string): string => {
  if (!text.includes('&')) return text;
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
};

/** Text of the first element of that name, which holds no other elements. */
export const elementText = (xml: string, name: string): string | undefined => {
  const from = xml.indexOf(`<${name}>`);
  const to = from < 0 ? -1 : xml.indexOf(`</${name}>`, from);
  return to < 0 ? undefined : decode(xml.slice(from + name.length + 2, to));
};

/** Attributes of an element's opening tag. */
export const attributes = (tag: string): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of tag.matchAll(/(?<![\w:-])([\w:-]+)="([^"]*)"/g))
    found[name] = decode(value);
  return found;
};
