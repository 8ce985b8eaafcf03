/** Bodies that are forms, and figures on their own listener. */
import type { Break } from './break.ts';

const forms = { file: 'src/api/forms.ts', test: 'src/api/forms.test.ts' };
const metrics = { file: 'src/api/metrics.ts', test: 'src/api/metrics.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...forms,
    keeps: 'a file of a form is found behind other fields',
    from: "      if (part.type === 'field') continue;\n",
    to: "      if (part.type === 'field') break;\n",
    named: 'is streamed',
  },
  {
    ...forms,
    keeps: 'a form without its file is refused with a sentence',
    from: '      if (part.fieldname !== form.file) break;\n',
    to: '',
    named: 'too large, missing, elsewhere',
  },
  {
    ...forms,
    keeps: 'a file that nobody reads to its end holds up no answer',
    from: '  raw.unpipe();\n  raw.resume();\n',
    to: '  raw.pause();\n',
    named: 'nobody reads to its end',
  },
  {
    ...forms,
    keeps: 'a sender that hangs up ends the reading',
    from: '    for await (const piece of file) yield piece as Uint8Array;\n',
    to: "    file.on('error', () => {});\n    yield await new Promise<Uint8Array>((resolve) => file.on('end', () => resolve(new Uint8Array())));\n",
    named: 'whose sender hangs up',
  },
  {
    ...forms,
    keeps: 'a field that comes with a file’s name is a field as well',
    from: '{ limits, isPartAFile: () => false }',
    to: '{ limits }',
    named: 'are read by name',
  },
  {
    ...forms,
    keeps: 'a file is described as one',
    from: 'z.object({ [form.file]: z.file() })',
    to: 'z.object({ [form.file]: z.string() })',
    named: 'described as one',
  },
  {
    ...metrics,
    keeps: 'the listener of the figures has nothing else',
    from: "request.method !== 'GET' || ",
    to: '',
  },
  {
    ...metrics,
    keeps: 'figures that cannot be read tell no details',
    from: "      () =>\n        response\n          .writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })\n          .end('The figures cannot be read now\\n'),",
    to: "      (error) =>\n        response\n          .writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })\n          .end(String(error)),",
  },
];
