/** The one function that writes a value into a Groovy text, as Nextflow's configuration is. */

const escapes: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A single-quoted Groovy string, in ASCII: nothing in it is filled in, and no locale or line end can bend it. */
export const groovyQuote = (value: string): string =>
  `'${value.replaceAll(
    /[^ -~]|[\\']/g,
    (unit) => escapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}'`;
