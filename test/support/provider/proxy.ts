/** What may stand between the provider and its server: a proxy that is busy, that has TLS with its own authority, or that only counts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Proxy {
  url: string;
  /** `GET /api/user-info`, in their order. */
  asked: string[];
  close(): void;
}

/** What is answered instead of asking the server; undefined: it is asked. */
export type Instead = (asked: string) => Answered | undefined | Promise<undefined>;
interface Answered {
  status: number;
  retryAfter?: string;
}

interface Manner {
  instead?: Instead;
  /** One more request is under way, or one less. */
  during?: (change: 1 | -1) => void;
}

export interface Tls {
  key: string;
  cert: string;
}

const forwarding =
  (target: string, asked: string[], { instead, during }: Required<Manner>): RequestListener =>
  (request, response) => {
    const what = `${request.method} ${request.url}`;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answerIt = async (): Promise<void> => {
      asked.push(what);
      const answer = await instead(what);
      if (answer) {
        response.writeHead(answer.status, {
          'content-type': 'application/json',
          ...(answer.retryAfter !== undefined && { 'retry-after': answer.retryAfter }),
        });
        response.end('{"message":"busy"}');
        return;
      }
      const body = Buffer.concat(chunks);
      const found = await fetch(`${target}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization: request.headers.authorization ?? '',
          ...(body.length > 0 && { 'content-type': 'application/json' }),
        },
        ...(body.length > 0 && { body }),
      });
      const type = found.headers.get('content-type');
      response.writeHead(found.status, type === null ? {} : { 'content-type': type });
      response.end(Buffer.from(await found.arrayBuffer()));
    };
    during(1);
    response.once('close', () => during(-1));
    request.on('end', () => void answerIt().catch(() => response.destroy()));
  };

/** On loopback, before a server. */
export const startProxy = async (
  target: string,
  { instead = () => undefined, during = () => undefined, tls }: Manner & { tls?: Tls } = {},
): Promise<Proxy> => {
  const asked: string[] = [];
  const listener = forwarding(target, asked, { instead, during });
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export interface Authority {
  /** Its own certificate. */
  pem: string;
  /** Key and certificate of a server on loopback. */
  issue(host?: string): Tls;
}

/** An authority of a site's own, as `openssl` makes one. */
export const makeAuthority = (name: string): Authority => {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-authority-'));
  const at = (file: string) => join(dir, file);
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  const caKey = readFileSync(at('ca.key'));
  const pem = readFileSync(at('ca.pem'), 'utf8');
  rmSync(dir, { recursive: true });
  return {
    pem,
    issue: (host = 'IP:127.0.0.1') => {
      const work = mkdtempSync(join(tmpdir(), 'latchkey-issued-'));
      const here = (file: string) => join(work, file);
      writeFileSync(here('ca.key'), caKey);
      writeFileSync(here('ca.pem'), pem);
      writeFileSync(here('ext'), `subjectAltName=${host}\nextendedKeyUsage=serverAuth\n`);
      openssl('req', ...newKey, '-keyout', here('key'), '-out', here('csr'), '-subj', '/CN=latchkey');
      openssl(
        'x509',
        '-req',
        '-in',
        here('csr'),
        '-CA',
        here('ca.pem'),
        '-CAkey',
        here('ca.key'),
        '-CAcreateserial',
        '-out',
        here('cert'),
        '-days',
        '1',
        '-extfile',
        here('ext'),
      );
      const issued = { key: readFileSync(here('key'), 'utf8'), cert: readFileSync(here('cert'), 'utf8') };
      rmSync(work, { recursive: true });
      return issued;
    },
  };
};
