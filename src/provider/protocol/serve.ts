/**
 * The plugin side of Terraform's handshake: a private socket, certificates on both sides, and one line on standard
 * output. Nothing else may ever be printed there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Log } from '../log.ts';
import type { Handlers } from '../messages.ts';
import { makeCertificate } from './certificate.ts';

/** What Terraform puts into `TF_PLUGIN_MAGIC_COOKIE` of its plugins, and nobody else does. */
const magicCookie = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const coreVersion = 1;
const protocolVersion = 6;

/** Whether it is Terraform that has started us, and not a person. */
export const startedByTerraform = (environment: NodeJS.ProcessEnv): boolean =>
  environment['TF_PLUGIN_MAGIC_COOKIE'] === magicCookie;

/** The other side's wish, such as `5,6`; absent in older ones. */
export const speaksOurVersion = ({ PLUGIN_PROTOCOL_VERSIONS: versions }: NodeJS.ProcessEnv): boolean =>
  versions === undefined || versions === '' || versions.split(',').includes(String(protocolVersion));

interface Loaded {
  [name: string]: { service: Parameters<Server['addService']>[0] };
}

const load = (file: string, name: string): Loaded => {
  const definition = loadSync(join(import.meta.dirname, file), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: false,
    oneofs: false,
  });
  return loadPackageDefinition(definition)[name] as unknown as Loaded;
};

type Answer = (error: object | null, response?: object) => void;

/** One unary call. What escapes a handler is a fault of ours: named, and never with what was asked. */
const unary =
  (name: string, handle: (request: never) => Promise<object> | object, log: Log): UntypedHandleCall =>
  (call: { request: unknown }, answer: Answer) => {
    const begun = Date.now();
    void (async () => handle(call.request as never))().then(
      (response) => {
        log('trace', 'call', { call: name, milliseconds: Date.now() - begun });
        answer(null, response);
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : 'unknown fault';
        log('error', 'call failed', { call: name, message });
        answer({ code: status.INTERNAL, details: `${name}: ${message}` });
      },
    );
  };

export interface ServeOptions {
  handlers: Handlers;
  log: Log;
  environment?: NodeJS.ProcessEnv;
  /** Where the one line goes. */
  print?: (line: string) => void;
  /** Called once there is nothing more to do. */
  exit: (code: number) => void;
}

/** Serves until it is told to shut down, or until whoever started it has gone. */
export const serve = async ({
  handlers,
  log,
  environment = process.env,
  print = (line) => void process.stdout.write(line),
  exit,
}: ServeOptions): Promise<void> => {
  const { PLUGIN_CLIENT_CERT: client, PLUGIN_UNIX_SOCKET_DIR: place } = environment;
  const directory = mkdtempSync(join(place || tmpdir(), 'latchkey-provider-'));
  const socket = join(directory, 'socket');
  const own = client ? makeCertificate() : undefined;
  const credentials = own
    ? ServerCredentials.createSsl(
        Buffer.from(client ?? ''),
        [{ private_key: Buffer.from(own.keyPem), cert_chain: Buffer.from(own.certificatePem) }],
        true,
      )
    : ServerCredentials.createInsecure();

  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const end = (code: number): void => {
    clearInterval(watch);
    rmSync(directory, { recursive: true, force: true });
    server.tryShutdown(() => exit(code));
    setTimeout(() => exit(code), 500).unref();
  };
  const provider = load('tfplugin6.proto', 'tfplugin6')['Provider'];
  const controller = load('plugin.proto', 'plugin')['GRPCController'];
  if (!provider || !controller) throw new Error('the protocol files are incomplete');
  server.addService(
    provider.service,
    Object.fromEntries(Object.entries(handlers).map(([name, handle]) => [name, unary(name, handle, log)])),
  );
  server.addService(controller.service, {
    Shutdown: (_call: unknown, answer: Answer) => {
      answer(null, {});
      setImmediate(() => end(0));
    },
  });

  // Whoever is interrupted passes it on in its own time: a change that is under way is brought to its end.
  process.on('SIGINT', () => log('debug', 'interrupt left to whoever started this'));
  process.on('SIGTERM', () => end(0));
  const parent = process.ppid;
  // Also keeps the process alive while the socket is being bound.
  const watch = setInterval(() => {
    if (process.ppid !== parent) end(0);
  }, 2_000);

  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error ? reject(error) : resolve()));
  });
  const certificate = own ? own.der.toString('base64').replace(/=+$/, '') : '';
  print(`${coreVersion}|${protocolVersion}|unix|${socket}|grpc|${certificate}\n`);
};
