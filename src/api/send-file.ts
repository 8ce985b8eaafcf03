/** A file on its way out, which may take hours: whoever loses the right to it meanwhile gets no more of it (promise 13). */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { isAppError } from '#core/errors.ts';
import type { FileStream } from '#core/ports/file-stream.ts';

const everyMs = 1_500;

/**
 * @param still throws an AppError when who asked may not have the file any more: token revoked or expired, session ended,
 * no longer a member. Then the answer breaks off, and with it what reads the file on a cluster.
 */
export const sendFile = (
  reply: FastifyReply,
  file: FileStream,
  still: () => Promise<unknown>,
): FastifyReply => {
  // Itself, where it is one: what is wrapped ends with its next piece only.
  const body = file.stream instanceof Readable ? file.stream : Readable.from(file.stream);
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    try {
      await still();
    } catch (error) {
      // A database that does not answer has revoked nothing either.
      if (isAppError(error) && error.status < 500) return void body.destroy(error);
    }
    if (!body.destroyed) lookLater();
  };
  const lookLater = (): void => {
    timer = setTimeout(() => void look(), everyMs).unref();
  };
  lookLater();
  body.once('close', () => clearTimeout(timer));
  return reply
    .type(file.contentType)
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.fileName)}`)
    .send(body);
};
