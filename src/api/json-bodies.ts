/** Bodies of requests: JSON and nothing else, and no more of it than can be parsed while others wait. */
import type { FastifyInstance } from 'fastify';
import { badRequest } from '#core/errors.ts';

/** Several scripts of 256 KB each, escaped as JSON. */
export const bodyLimit = 8 * 1024 * 1024;
/** Before anybody has said who they are: a name and a password. */
export const strangersLimit = 16 * 1024;

/** Parsed in some 0.1 s, whatever it holds; reports of Nextflow stay below. */
const small = 512 * 1024;
/** A report of Nextflow holds 60 values for each of its tasks. */
const mostValues = 200_000;
const deepest = 64;

const [quote, backslash, comma, list, listEnd, object, objectEnd] = Array.from('"\\,[]{}', (mark) =>
  mark.charCodeAt(0),
);

/**
 * Counted before it is parsed, for parsing is what costs: 8 MB of empty lists, or of lists in lists, keep everybody
 * waiting for two to six seconds, this look at them for 0.02.
 * @throws AppError 400
 */
export const checkShape = (text: string): void => {
  if (text.length <= small) return;
  let values = 0;
  let depth = 0;
  let within = false;
  for (let index = 0; index < text.length; index += 1) {
    const mark = text.charCodeAt(index);
    if (within) {
      if (mark === backslash) index += 1;
      else if (mark === quote) within = false;
    } else if (mark === quote) within = true;
    else if (mark === comma) values += 1;
    else if (mark === listEnd || mark === objectEnd) depth -= 1;
    else if (mark === list || mark === object) {
      values += 1;
      depth += 1;
      if (depth > deepest) throw badRequest(`body: nested too deep: at most ${deepest} levels`);
    }
    if (values > mostValues)
      throw badRequest(`body: holds more than ${mostValues} values: send fewer at once`);
  }
};

/** Clients send `Content-Type: application/json` with no body at all. */
export const acceptJson = (app: FastifyInstance): void => {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text.trim() === '') return done(null, {});
    try {
      checkShape(text);
    } catch (error) {
      return done(error as Error);
    }
    void parseJson(request, text, done);
  });
};
