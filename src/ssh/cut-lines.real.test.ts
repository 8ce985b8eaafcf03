/** A line that delays everything and breaks anywhere, between us and a real sshd. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAppError } from '#core/errors.ts';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, type SshTestbed, sshProcesses, until } from '#test/support/ssh-testbed.ts';

let bed: SshTestbed;
let alice: Member;
let proxy: Server;
let port = 0;
/** What the line does to a connection: bytes from the host until it breaks, ms that each piece takes. */
let line = { bytes: Infinity, delayMs: 0, half: false };
const sockets = new Set<Socket>();

beforeAll(async () => {
  bed = await openSshTestbed();
  alice = await bed.enrol({ label: 'alice' });
  proxy = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: bed.sshd.port, host: '127.0.0.1', allowHalfOpen: true });
    const { delayMs, half } = line;
    let left = line.bytes;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    }
    const later = (work: () => void) => (delayMs > 0 ? setTimeout(work, delayMs) : work());
    near.on('data', (chunk) => later(() => far.writable && far.write(chunk)));
    near.once('end', () => later(() => far.end()));
    far.once('end', () => later(() => near.end()));
    far.on('data', (chunk: Buffer) => {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      later(() => {
        if (near.writable) near.write(piece);
        if (left > 0) return;
        // Half closed: nothing comes any more, and nobody says so.
        if (half) far.pause();
        else for (const socket of [near, far]) socket.destroy();
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => proxy.close(() => resolve()));
  await bed.close();
});

const trials = process.env['LATCHKEY_TEST_LONG'] ? 300 : 24;
const limits = { helloMs: 3_000, loginMs: 2_000, graceMs: 500, backOffMs: 1, maxBackOffMs: 1 };

test('promise 20: cut at any byte, a command is answered exactly, or said to be lost or not run, within its limit', {
  timeout: 60_000 + trials * 2_000,
}, async () => {
  const flat = process.memoryUsage().rss;
  let answered = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    // Handshake and login take some 4 KB; the rest is the command's output.
    line = { bytes: 1 + Math.floor(Math.random() ** 2 * 60_000), delayMs: trial % 3, half: trial % 6 === 5 };
    const access = bed.access({ limits, connectTimeoutMs: 1_500 });
    const start = performance.now();
    const outcome = await access
      .run(
        { ...alice.target, port },
        { argv: ['sh', '-c', 'yes 0123456789 | head -c 40000'], timeoutMs: 3_000 },
      )
      .catch((error: unknown) => error);
    expect(performance.now() - start).toBeLessThan(30_000);
    if (isAppError(outcome)) {
      expect(['host_unreachable', 'session_ended', 'channel_lost']).toContain(outcome.code);
      expect(outcome.message).toMatch(/127\.0\.0\.1/);
    } else {
      const { stdout } = outcome as { stdout: Uint8Array };
      expect(asText(stdout)).toBe('0123456789\n'.repeat(3_637).slice(0, 40_000));
      answered += 1;
    }
    await access.close();
  }
  expect(answered).toBeLessThan(trials);
  await until(() => sshProcesses().length === 0, 10_000);
  expect(process.memoryUsage().rss - flat).toBeLessThan(60 << 20);
});

test('a slow line is slow and nothing else', async () => {
  line = { bytes: Infinity, delayMs: 120, half: false };
  const access = bed.access();
  const all = await Promise.all(
    Array.from({ length: 5 }, (_, n) =>
      access.run({ ...alice.target, port }, { argv: ['echo', `${n}`], timeoutMs: 10_000 }),
    ),
  );
  expect(all.map(({ stdout }) => asText(stdout))).toEqual(['0\n', '1\n', '2\n', '3\n', '4\n']);
  expect(access.stats()).toMatchObject({ opened: 1 });
  expect(access.stats().failures).toEqual({});
});

test('a line that breaks after the key was proved is no fault of the account: it may be tried again', async () => {
  const seen = new Set<string>();
  for (let bytes = 2_200; bytes < 4_200 && !seen.has('lost'); bytes += 90) {
    line = { bytes, delayMs: 0, half: false };
    const access = bed.access({ limits, connectTimeoutMs: 1_500 });
    const error = await access
      .run({ ...alice.target, port }, { argv: ['true'], timeoutMs: 3_000 })
      .catch((reason: unknown) => reason);
    if (isAppError(error, 'session_ended') && error.details['lost'] === true) {
      expect(error.message).toMatch(/was lost while \S+ was logging in; nothing was run/);
      seen.add('lost');
    }
    await access.close();
  }
  expect([...seen]).toEqual(['lost']);
});
