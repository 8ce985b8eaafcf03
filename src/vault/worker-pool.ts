/** One or two threads that open pasted keys: started when needed, ended when idle, killed when they take too long. */
import { Worker } from 'node:worker_threads';
import { AppError } from '#core/errors.ts';
import type { KeyFacts } from '#core/ports/vault.ts';
import { MAX_PASSPHRASE_BYTES, MAX_PASTED_BYTES, type OpenedKey } from './key-formats/open-private-key.ts';
import { badKey, tooCostly, unusable } from './key-formats/unusable.ts';

export interface OpenRequest {
  pasted: Uint8Array<ArrayBuffer>;
  passphrase: Uint8Array<ArrayBuffer>;
}

/** First `begun`, then the key or the refusal. */
export type OpenAnswer =
  | 'begun'
  | { pkcs8: Uint8Array<ArrayBuffer>; facts: KeyFacts }
  | { refusal: { message: string; details: Record<string, unknown> } };

export interface WorkerPoolOptions {
  /** Threads at most; default 2. */
  size?: number;
  /** Milliseconds that one key may take, from when its thread has begun with it; default 30 s. */
  timeoutMs?: number;
  /** Milliseconds after which an idle thread ends, and with it every copy left in its memory; default 10 s. */
  idleMs?: number;
  /** Keys that may wait for a thread; default 32. */
  maxWaiting?: number;
}

export interface KeyOpener {
  /** @throws AppError `key_unusable`, or `unavailable` (503) when too many wait or the vault closes */
  open(pasted: string, passphrase?: string): Promise<OpenedKey>;
  close(): Promise<void>;
}

interface Job {
  request: OpenRequest;
  resolve(key: OpenedKey): void;
  reject(error: Error): void;
}

interface Seat {
  worker: Worker;
  job?: Job | undefined;
  timer?: NodeJS.Timeout | undefined;
}

const WORKER_FILE = new URL('./open-worker.ts', import.meta.url);

/** Milliseconds for a thread to start and take its key, on a machine that has much else to do. */
const START_MS = 60_000;

const crashed = (): AppError =>
  new AppError(
    'internal',
    500,
    'The key was not stored: the server failed while opening it. Tell its operator.',
  );

const unavailable = (sentence: string): AppError => new AppError('unavailable', 503, sentence);

const startWorker = (): Worker =>
  new Worker(WORKER_FILE, {
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const wipe = ({ pasted, passphrase }: OpenRequest): void => {
  pasted.fill(0);
  passphrase.fill(0);
};

/** Makes the pool; no thread runs before the first key, and an idle one does not keep the process alive. */
export const createKeyOpener = (options: WorkerPoolOptions = {}): KeyOpener => {
  const { size = 2, timeoutMs = 30_000, idleMs = 10_000, maxWaiting = 32 } = options;
  const seats = new Set<Seat>();
  const waiting: Job[] = [];
  let closed = false;

  const leave = (seat: Seat): Promise<number> => {
    seats.delete(seat);
    clearTimeout(seat.timer);
    return seat.worker.terminate();
  };

  const fail = (seat: Seat, error: AppError): void => {
    const { job } = seat;
    seat.job = undefined;
    void leave(seat);
    job?.reject(error);
    next();
  };

  const begin = (seat: Seat, job: Job): void => {
    clearTimeout(seat.timer);
    seat.job = job;
    seat.worker.ref();
    seat.timer = setTimeout(() => fail(seat, crashed()), START_MS);
    const { pasted, passphrase } = job.request;
    seat.worker.postMessage(job.request, [pasted.buffer, passphrase.buffer]);
  };

  const hear = (seat: Seat, answer: OpenAnswer): void => {
    const { job } = seat;
    clearTimeout(seat.timer);
    if (answer === 'begun') {
      seat.timer = setTimeout(() => fail(seat, tooCostly()), timeoutMs);
      return;
    }
    seat.job = undefined;
    seat.worker.unref();
    seat.timer = setTimeout(() => void leave(seat), idleMs).unref();
    if ('pkcs8' in answer) job?.resolve({ pkcs8: Buffer.from(answer.pkcs8.buffer), facts: answer.facts });
    else
      job?.reject(
        new AppError('key_unusable', 400, answer.refusal.message, { details: answer.refusal.details }),
      );
    next();
  };

  const addSeat = (): Seat => {
    const seat: Seat = { worker: startWorker() };
    seat.worker.on('message', (answer: OpenAnswer) => hear(seat, answer));
    // Out of memory, or gone: the next key gets a new thread.
    for (const event of ['error', 'exit'])
      seat.worker.on(event, () => seats.has(seat) && fail(seat, crashed()));
    seats.add(seat);
    return seat;
  };

  const next = (): void => {
    if (closed) return;
    const free = [...seats].find((seat) => seat.job === undefined);
    if (free === undefined && seats.size >= size) return;
    const job = waiting.shift();
    if (job !== undefined) begin(free ?? addSeat(), job);
  };

  return {
    open: async (pasted, passphrase = '') => {
      // Asked before anything is copied: the worker would say the same.
      if (pasted.length > MAX_PASTED_BYTES)
        throw badKey(
          'This is far too long for a private key (over 64 KB). Paste the content of one key file.',
        );
      if (passphrase.length > MAX_PASSPHRASE_BYTES)
        throw unusable('passphrase', 'This passphrase is too long (over 1024 bytes). Check what was pasted.');
      if (closed)
        throw unavailable('The server is shutting down; the key was not stored. Try again in a moment.');
      if (waiting.length >= maxWaiting)
        throw unavailable(
          'Too many keys are being opened at once; this one was not stored. Try again in a moment.',
        );
      const request = { pasted: encode(pasted), passphrase: encode(passphrase) };
      return await new Promise<OpenedKey>((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        next();
      });
    },
    close: async () => {
      closed = true;
      const refusal = unavailable(
        'The server is shutting down; the key was not stored. Try again in a moment.',
      );
      for (const job of waiting.splice(0)) {
        wipe(job.request);
        job.reject(refusal);
      }
      await Promise.all(
        [...seats].map((seat) => {
          seat.job?.reject(refusal);
          seat.job = undefined;
          return leave(seat);
        }),
      );
    },
  };
};
