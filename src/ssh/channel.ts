/**
 * One member's channel to one cluster: one `ssh`, one session, a helper on the far side, commands as frames.
 * The channel belongs to nobody else, and no command on it can disturb another.
 */
import { AppError } from '#core/errors.ts';
import type {
  ClusterTarget,
  ReaderQuestion,
  RemoteCommand,
  RemoteResult,
} from '#core/ports/cluster-access.ts';
import { calledOff, channelLost, explainOpening, type Failure, failedHost, unproven } from './explain.ts';
import { createBootstrap } from './far-side.ts';
import {
  checkArgv,
  createDecoder,
  creditFrame,
  encodeWords,
  endOfStdin,
  FrameError,
  type HelperKind,
  killFrame,
  pingFrame,
  runFrame,
  stdinFrame,
} from './frames.ts';
import { createJob, type Job } from './job.ts';
import { inlineStdin, outputWindow, type SshLimits } from './limits.ts';
import { createReaderBootstrap, isReader, notForReaders, questionLine, readerOutput } from './reader.ts';
import { sequentialRun, sequentialWindow } from './sequential.ts';
import { createSlots } from './slots.ts';
import { type SshProcess, startSsh } from './ssh-process.ts';

export interface ChannelOptions {
  target: ClusterTarget;
  address: string;
  runtimeDir: string;
  sshProgram: string;
  connectTimeoutMs: number;
  limits: SshLimits;
  /** For tests: false starts the helper for sites without perl. */
  usePerl?: boolean;
  /** The key has been proven to the host. */
  onSigned?(): void;
  /** The environment of a login could not be had in time: commands run with the session's. */
  onPlainLogin?(): void;
}

export interface Channel {
  readonly helper: HelperKind;
  /** Commands that have not ended. */
  busy(): number;
  open(): boolean;
  /**
   * @throws NotSent when the channel had closed before the command was handed over
   * @throws AppError `channel_lost`
   */
  run(command: RemoteCommand): Promise<RemoteResult>;
  /** As `run`, on a status reader's channel; either refuses the other's. */
  ask(question: ReaderQuestion, how: Pick<RemoteCommand, 'timeoutMs' | 'signal'>): Promise<RemoteResult>;
  /** False when the far side does not answer in time; the channel is then closed. */
  answers(limitMs: number): Promise<boolean>;
  close(why: string): void;
  /** Resolves when the process is gone. */
  gone: Promise<unknown>;
}

/** The command has certainly not reached the cluster: it may be given to another channel. */
export class NotSent extends Error {}

/** Logs in and waits for the helper. @throws AppError `host_*`, `credential_refused`, `session_ended` */
export const openChannel = async (options: ChannelOptions, signal?: AbortSignal): Promise<Channel> => {
  const { target, limits } = options;
  const hosts = [...(target.through ?? []), target];
  let signed = false;
  const way = { signed: 0, asked: 0 };
  const ssh: SshProcess = await startSsh({
    ...options,
    aliveSeconds: limits.aliveSeconds,
    onAsked: (hop) => {
      way.asked = Math.max(way.asked, hop + 1);
    },
    onSigned: (hop) => {
      way.signed = Math.max(way.signed, hop + 1);
      if (hop < hosts.length - 1) return;
      signed = true;
      clearTimeout(giveUp);
      giveUp = giveUpAfter(limits.helloMs);
      options.onSigned?.();
    },
  });
  const { child } = ssh;
  const bootstrap = isReader(target)
    ? createReaderBootstrap()
    : createBootstrap(limits.loginMs, options.usePerl);
  const jobs = new Map<number, Job>();
  const pongs = new Map<number, () => void>();
  let nextId = 1;
  let waiting = 0;
  let helper: HelperKind | undefined;
  let closedWhy: string | undefined;
  const hello = Promise.withResolvers<HelperKind>();

  const write = (data: string | Buffer): void => {
    if (closedWhy === undefined) child.stdin.write(data);
  };
  /** From here on nothing is sent; whatever was sent has an unknown outcome. */
  const close = (why: string): void => {
    if (closedWhy !== undefined) return;
    closedWhy = why;
    // The end of input tells the helper to end its commands; ssh gets a moment to pass it on.
    child.stdin.end();
    ssh.kill();
    for (const job of jobs.values()) job.fail(channelLost(target, why, ssh.stderr().slice(-300)));
    jobs.clear();
    for (const pong of pongs.values()) pong();
  };

  const decoder = createDecoder(bootstrap.nonce, {
    hello(kind) {
      if ((kind === 'stat1') !== isReader(target)) throw new FrameError('the hello of another helper');
      if (signed) hello.resolve(kind);
      else hello.reject(unproven(target));
    },
    login: (how) => how === 'plain' && options.onPlainLogin?.(),
    output: (id, stream, bytes) => jobs.get(id)?.output(stream, bytes),
    taken: (id, count) => jobs.get(id)?.taken(count),
    pong: (id) => pongs.get(id)?.(),
    end(id, end) {
      const job = jobs.get(id);
      jobs.delete(id);
      if (end.how === 'F') {
        job?.fail(
          new AppError(
            'unavailable',
            503,
            `${target.hostName} could not start a process for ${target.userName}: a limit there is reached.`,
          ),
        );
      } else job?.end(end);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      if (closedWhy === undefined) decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const why = `the far side sent ${error.message}`;
      hello.reject(new FrameError(why));
      close(why);
    }
  });

  const failure = (exitCode: number | null, timedOut: boolean): Failure => ({
    stderr: ssh.stderr(),
    noise: decoder.noise(),
    exitCode,
    signed,
    timedOut,
  });
  /** On a way over several hosts it is told which one failed. */
  const explain = (what: Failure) => explainOpening(failedHost(hosts, way, what.stderr), what);
  const giveUpAfter = (ms: number) => setTimeout(() => hello.reject(explain(failure(null, true))), ms);
  // Two waits: for the host, then for the account's start-up files. ssh limits the first one itself and says more.
  let giveUp = giveUpAfter(options.connectTimeoutMs * 2 * hosts.length);
  const aborted = () => hello.reject(new NotSent('closed while it was being opened'));
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) aborted();
  void ssh.gone.then((code) => {
    hello.reject(explain(failure(code, false)));
    close(code === null ? 'ssh was ended' : 'the connection ended');
  });
  child.stdin.write(bootstrap.text);
  try {
    helper = await hello.promise;
  } catch (error) {
    close('it did not open');
    await ssh.gone;
    if (ssh.signError() instanceof AppError) throw ssh.signError();
    if (error instanceof FrameError)
      throw explainOpening(target, { ...failure(null, false), stderr: error.message, signed: true });
    throw error;
  } finally {
    clearTimeout(giveUp);
    signal?.removeEventListener('abort', aborted);
  }
  ssh.loggedIn();

  const slots = createSlots(helper === 'mux1' ? limits.commandsPerChannel : 1);

  const start = (command: RemoteCommand, question?: ReaderQuestion): Promise<RemoteResult> => {
    const id = nextId++;
    const kind = helper;
    const job = createJob(
      command,
      {
        credit(bytes) {
          decoder.grant(id, bytes);
          if (kind === 'mux1') write(creditFrame(id, bytes));
        },
        stdin: (bytes) => write(stdinFrame(id, bytes)),
        endStdin: () => write(endOfStdin(id)),
        // The sequential helper reads nothing while it runs: its own limit ends a command, or the loss of the channel.
        kill: () => kind === 'mux1' && write(killFrame(id)),
      },
      kind === 'mux1' ? Infinity : sequentialWindow,
    );
    jobs.set(id, job);
    const stdin = Buffer.from(command.stdin ?? '');
    const seconds = Math.ceil(command.timeoutMs / 1000) + 1;
    if (kind === 'mux1') {
      decoder.expect(id, outputWindow);
      const inline = stdin.length <= inlineStdin;
      write(
        runFrame({
          id,
          seconds,
          keep: command.surviveDisconnect ?? false,
          words: encodeWords(command.argv),
          stdin: inline ? stdin : undefined,
        }),
      );
      if (!inline) job.sendStdin(stdin);
    } else {
      decoder.expect(id, 2 * sequentialWindow);
      write(question ? questionLine(id, question) : sequentialRun(id, seconds, command, stdin));
    }
    const slack = kind === 'mux1' ? 0 : 3_000;
    const limit = setTimeout(() => job.stop('time'), command.timeoutMs + slack);
    const patience = setTimeout(
      () => close('its helper does not answer any more'),
      command.timeoutMs + slack + limits.graceMs,
    );
    // An aborted command gets the same time to end as one that ran out of it.
    const abort = () => {
      job.stop('abort');
      setTimeout(() => jobs.has(id) && close('its helper does not answer any more'), limits.graceMs).unref();
    };
    command.signal?.addEventListener('abort', abort, { once: true });
    if (command.signal?.aborted) abort();
    return job.result.finally(() => {
      clearTimeout(limit);
      clearTimeout(patience);
      command.signal?.removeEventListener('abort', abort);
    });
  };

  const placeFor = (command: RemoteCommand): Promise<() => void> => {
    waiting += 1;
    const place = slots.take(command.signal).finally(() => (waiting -= 1));
    return place.catch(() => Promise.reject(calledOff()));
  };

  const inTurn = async (command: RemoteCommand, question?: ReaderQuestion): Promise<RemoteResult> => {
    const release = slots.takeNow() ?? (await placeFor(command));
    try {
      if (command.signal?.aborted) throw calledOff();
      if (closedWhy !== undefined) throw new NotSent(closedWhy);
      return await start(command, question);
    } finally {
      release();
    }
  };

  return {
    helper,
    busy: () => jobs.size + waiting,
    open: () => closedWhy === undefined,
    async run(command) {
      if (helper === 'stat1') throw notForReaders();
      checkArgv(command.argv);
      return inTurn(command);
    },
    async ask(question, how) {
      if (helper !== 'stat1') throw notForReaders();
      questionLine(0, question);
      return inTurn({ ...how, argv: [], maxOutputBytes: readerOutput }, question);
    },
    async answers(limitMs) {
      if (closedWhy !== undefined) return false;
      if (helper !== 'mux1') return true;
      const id = nextId++;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), limitMs);
      pongs.set(id, () => resolve(closedWhy === undefined));
      write(pingFrame(id));
      const answered = await promise;
      clearTimeout(timer);
      pongs.delete(id);
      if (!answered) close('it did not answer');
      return answered;
    },
    close,
    gone: ssh.gone,
  };
};
