/** Starts the server, prints what a person must know, and ends it in order. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { isAppError } from '#core/errors.ts';
import { composeServer, type House, openFoundation } from './compose.ts';
import { createLog } from './log.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { giveSpareMemoryBack } from './spare-memory.ts';

/** Bad settings and a wrong root key end with this status. */
const badSettingsExit = 2;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const listenMetrics = async (server: Server, { metricsListen }: Settings): Promise<void> => {
  if (metricsListen === null) return;
  server.listen(metricsListen.port, metricsListen.host);
  await once(server, 'listening');
};

const listenFailed = (settings: Settings, error: unknown): never => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
  const { host, port } = settings.listen;
  throw new SettingsError(
    code === 'EADDRINUSE'
      ? `Something listens on ${host}:${port} already. Stop it, or choose another port with LATCHKEY_LISTEN`
      : `Listening on ${host}:${port} failed (${message}). Choose another address with LATCHKEY_LISTEN`,
  );
};

const endInOrder = (house: House, log: ReturnType<typeof createLog>): void => {
  let ending = false;
  const end = (signal: string) => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'stopping');
    // Whatever hangs must not keep a supervisor waiting: what matters is durable already.
    setTimeout(() => process.exit(1), 25_000).unref();
    house.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal));
};

const start = async (environment: NodeJS.ProcessEnv): Promise<void> => {
  const { settings } = readSettings(environment);
  const log = createLog(settings);
  const foundation = await openFoundation(settings, log);
  if (foundation.freshRootKey) {
    say(
      `A new root key is in ${settings.rootKeyFile}: keep a copy elsewhere, without it nothing can be opened.`,
    );
  }
  const house = await composeServer(settings, foundation, log);
  endInOrder(house, log);
  try {
    await house.api.listen({ host: settings.listen.host, port: settings.listen.port });
    await listenMetrics(house.metrics, settings);
  } catch (error) {
    await house.stop();
    listenFailed(settings, error);
  }
  await house.start();
  giveSpareMemoryBack();
  say(`Latchkey is at ${settings.publicUrl} (API at ${settings.publicUrl}/api)`);
  const secret = await foundation.setup.firstOwnerLink();
  if (secret) {
    say(`Nobody is here yet. Make the first owner with this link; it works once, for a day:`);
    say(`  ${settings.publicUrl}/setup/${secret}`);
  }
};

/** Runs until a signal ends it. Bad settings: a sentence and exit status 2; anything else that prevents it: 1. */
export const serve = async (environment: NodeJS.ProcessEnv): Promise<void> => {
  try {
    await start(environment);
  } catch (error) {
    const forPeople = error instanceof SettingsError || isAppError(error);
    process.stderr.write(`${forPeople ? error.message : ((error as Error).stack ?? String(error))}\n`);
    const setting = error instanceof SettingsError || isAppError(error, 'key_unusable');
    process.exit(setting ? badSettingsExit : 1);
  }
};
