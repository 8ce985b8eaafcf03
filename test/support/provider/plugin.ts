/** The other side of the handshake: starts the built provider as Terraform does and speaks the protocol to it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { credentials, loadPackageDefinition, makeGenericClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Method, Requests } from '#provider/messages.ts';
import { makeCertificate } from '#provider/protocol/certificate.ts';

const cookie = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';

export interface Plugin {
  call<M extends Method>(method: M, request: Partial<Requests[M]>): Promise<Record<string, unknown>>;
  /** What it wrote to standard error so far: its log. */
  log(): string;
  pid: number;
  /** Asks it to end. Resolves with its exit code. */
  close(): Promise<number | null>;
}

interface Unary {
  [method: string]: (
    request: object,
    answer: (error: Error | null, response: Record<string, unknown>) => void,
  ) => void;
}

/** As Go's own encoding has it: a zero or an empty text is not sent. */
const asSent = (request: object): object =>
  Object.fromEntries(Object.entries(request).filter(([, value]) => value !== 0 && value !== ''));

const protocol = new URL('../../../src/provider/protocol/', import.meta.url).pathname;

const serviceOf = (file: string, path: readonly [string, string]) => {
  const options = { keepCase: true, longs: Number, enums: String, defaults: false };
  const loaded = loadPackageDefinition(loadSync(`${protocol}${file}`, options));
  const found = (loaded[path[0]] as unknown as Record<string, { service: object }>)[path[1]];
  if (!found) throw new Error(`${file} has no ${path.join('.')}`);
  return makeGenericClientConstructor(found.service as never, path[1]);
};

/** `program` is the wrapper in the build's folder. */
export const startPlugin = async (
  program: string,
  environment: Record<string, string> = {},
): Promise<Plugin> => {
  const own = makeCertificate();
  const child = spawn(program, [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(TF_|TOFU_|LATCHKEY_|TOWER_)/.test(name)),
      ),
      TF_PLUGIN_MAGIC_COOKIE: cookie,
      PLUGIN_PROTOCOL_VERSIONS: '5,6',
      PLUGIN_CLIENT_CERT: own.certificatePem,
      TF_LOG: 'trace',
      ...environment,
    },
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    void ended.then((code) => reject(new Error(`The provider ended with ${code} before its line:\n${log}`)));
  });
  const [, version, network, address, kind, certificate] = line.split('|');
  if (version !== '6' || network !== 'unix' || kind !== 'grpc' || !certificate)
    throw new Error(`An unexpected line: ${line}`);
  const theirs = `-----BEGIN CERTIFICATE-----\n${certificate}${'='.repeat((4 - (certificate.length % 4)) % 4)}\n-----END CERTIFICATE-----\n`;
  const secure = credentials.createSsl(
    Buffer.from(theirs),
    Buffer.from(own.keyPem),
    Buffer.from(own.certificatePem),
  );
  const options = { 'grpc.ssl_target_name_override': 'localhost', 'grpc.default_authority': 'localhost' };
  const connect = (file: string, path: readonly [string, string]) =>
    new (serviceOf(file, path))(`unix:${address}`, secure, options) as unknown as Unary & { close(): void };
  const provider = connect('tfplugin6.proto', ['tfplugin6', 'Provider']);
  const controller = connect('plugin.proto', ['plugin', 'GRPCController']);

  const ask = (service: Unary, method: string, request: object) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const call = service[method];
      if (!call) throw new Error(`no ${method}`);
      call.call(service, asSent(request), (error, response) => (error ? reject(error) : resolve(response)));
    });
  return {
    call: (method, request) => ask(provider, method, request),
    log: () => log,
    pid: child.pid ?? 0,
    close: async () => {
      await ask(controller, 'Shutdown', {}).catch(() => child.kill('SIGKILL'));
      provider.close();
      controller.close();
      return ended;
    },
  };
};
