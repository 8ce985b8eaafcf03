/** Bodies that are a form (multipart/form-data), within limits: a file as a stream, or fields as if they were JSON. */
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Form } from '#contract/route.ts';
import { AppError, badRequest, isAppError } from '#core/errors.ts';
import type { FileStream } from '#core/ports/file-stream.ts';

const maxFields = 50;
/** Of all fields together; as much as a JSON body holds. */
const maxFieldBytes = 8 * 1024 * 1024;

/** Only for routes registered in this context. */
export const acceptForms = async (app: FastifyInstance): Promise<void> => {
  await app.register(multipart, { throwFileSizeLimit: false });
};

/** How the API's description shows it. */
export const formSchema = (form: Form | undefined) => {
  if (form === undefined) return {};
  if (form === 'fields') return { consumes: ['application/json', 'multipart/form-data'] };
  return { consumes: ['multipart/form-data'], body: z.object({ [form.file]: z.file() }) };
};

const tooLarge = (field: string, bytes: number): AppError =>
  new AppError('bad_request', 413, `${field}: is too large: at most ${bytes} bytes`, { details: { field } });

/** What the parser refuses is the client's mistake; what our own code throws stays as it is. */
const refused = (error: unknown): AppError =>
  isAppError(error)
    ? error
    : badRequest('body: is not a whole, well-formed form (multipart/form-data) with few enough parts');

/** Once the request has been dealt with: whoever sends more than was read would otherwise wait for ever. */
export const discardRest = ({ raw }: FastifyRequest): void => {
  raw.unpipe();
  raw.resume();
};

/** The fields by name, each as a text, JSON too. One that comes with a file's name is a field as well. @throws AppError 400, 413 */
export const readFields = async (request: FastifyRequest): Promise<Record<string, string>> => {
  const limits = { fields: maxFields, parts: maxFields, fieldSize: maxFieldBytes, fieldNameSize: 200 };
  const fields: Record<string, string> = {};
  let left = maxFieldBytes;
  try {
    for await (const part of request.parts({ limits, isPartAFile: () => false })) {
      if (part.type !== 'field') continue;
      const text = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
      left -= Buffer.byteLength(text);
      if (part.valueTruncated || left < 0) throw tooLarge(part.fieldname, maxFieldBytes);
      fields[part.fieldname] = text;
    }
    return fields;
  } catch (error) {
    throw refused(error);
  }
};

async function* pieces(
  file: Readable & { truncated?: boolean },
  { file: field, maxBytes }: Exclude<Form, string>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of file) yield piece as Uint8Array;
    if (file.truncated) throw tooLarge(field, maxBytes);
  } catch (error) {
    throw refused(error);
  }
}

/** The form's one file. @throws AppError 400, 413, 415; the stream throws them too */
export const readFile = async (request: FastifyRequest, form: Exclude<Form, string>): Promise<FileStream> => {
  const send = `send it as a form (multipart/form-data) in the field "${form.file}"`;
  if (!request.isMultipart()) throw new AppError('bad_request', 415, `${form.file}: ${send}`);
  const limits = {
    files: 1,
    fields: maxFields,
    fieldSize: 1_000,
    fieldNameSize: 200,
    fileSize: form.maxBytes,
  };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') continue;
      if (part.fieldname !== form.file) break;
      return {
        fileName: part.filename,
        contentType: part.mimetype,
        stream: pieces(part.file, form),
      };
    }
    throw badRequest(`${form.file}: is missing: ${send}`, { field: form.file });
  } catch (error) {
    throw refused(error);
  }
};
