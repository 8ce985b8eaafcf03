/** Worker thread: opens one pasted key at a time, so that bcrypt and argon2 never block the event loop. */
import { parentPort } from 'node:worker_threads';
import { isAppError } from '#core/errors.ts';
import { openPrivateKey } from './key-formats/open-private-key.ts';
import { damaged } from './key-formats/unusable.ts';
import type { OpenAnswer, OpenRequest } from './worker-pool.ts';

/** A private copy that owns its memory, to be handed over and wiped. */
const own = (bytes: Buffer): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(bytes);
  bytes.fill(0);
  return copy;
};

const answer = ({ pasted, passphrase }: OpenRequest): Exclude<OpenAnswer, 'begun'> => {
  const [text, secret] = [Buffer.from(pasted.buffer), Buffer.from(passphrase.buffer)];
  try {
    const { pkcs8, facts } = openPrivateKey(text, secret);
    return { pkcs8: own(pkcs8), facts };
  } catch (error) {
    // Anything unforeseen becomes a fixed sentence: its own message might quote the key.
    const refusal = isAppError(error) ? error : damaged();
    return { refusal: { message: refusal.message, details: refusal.details } };
  } finally {
    text.fill(0);
    secret.fill(0);
  }
};

parentPort?.on('message', (request: OpenRequest) => {
  parentPort?.postMessage('begun' satisfies OpenAnswer, []);
  const result = answer(request);
  parentPort?.postMessage(result, 'pkcs8' in result ? [result.pkcs8.buffer] : []);
});
