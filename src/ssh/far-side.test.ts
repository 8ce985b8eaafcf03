/** The helper itself, without any ssh: how it makes ready for the next command. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { createBootstrap } from './far-side.ts';
import { createDecoder, encodeWords, runFrame } from './frames.ts';
import { outputWindow } from './limits.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** @param change of the helper's text, as it is sent */
const startHelper = async (change: (text: string) => string = (text) => text) => {
  const bootstrap = createBootstrap(10_000);
  const text = change(bootstrap.text);
  const child = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  ends.push(() => child.stdin.end());
  const ready = Promise.withResolvers<void>();
  const waiting = new Map<number, { output: string; resolve: (output: string) => void }>();
  const decoder = createDecoder(bootstrap.nonce, {
    hello: () => undefined,
    login: () => ready.resolve(),
    output(id, _stream, bytes) {
      const command = waiting.get(id);
      if (command) command.output += bytes.toString();
    },
    taken: () => undefined,
    end(id) {
      const command = waiting.get(id);
      command?.resolve(command.output);
    },
    pong: () => undefined,
  });
  child.stdout.on('data', (chunk: Buffer) => decoder.push(chunk));
  child.stdin.write(text);
  await ready.promise;
  let nextId = 1;
  return {
    run(...argv: string[]): Promise<string> {
      const id = nextId++;
      const { promise, resolve } = Promise.withResolvers<string>();
      waiting.set(id, { output: '', resolve });
      decoder.expect(id, outputWindow);
      const words = encodeWords(argv);
      child.stdin.write(runFrame({ id, seconds: 10, keep: false, words, stdin: Buffer.alloc(0) }));
      return promise;
    },
    /** Processes that wait for a command. */
    spares: () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').length - 1,
  };
};

test('the fork of a missing spare waits for a pause, that of the last one does not', async () => {
  const patient = await startHelper((text) => text.replace('$PAUSE = 0.002;', '$PAUSE = 1000;'));
  await expect.poll(patient.spares, { timeout: 10_000 }).toBe(1);
  expect(await patient.run('echo', 'one')).toBe('one\n');
  await expect.poll(patient.spares, { timeout: 10_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(patient.spares()).toBe(1);

  const helper = await startHelper();
  await expect.poll(helper.spares, { timeout: 10_000 }).toBe(2);
  expect(await helper.run('echo', 'two')).toBe('two\n');
  await expect.poll(helper.spares, { timeout: 10_000 }).toBe(2);
});

test.each([
  ['a waiting shell', 'a'],
  ['a copy of the helper, which waits for what no shell is given', 'é'],
])('no signal is ignored in a command of %s', async (_, word) => {
  const helper = await startHelper();
  const ignored = await helper.run('grep', '-h', '-e', 'SigIgn', '-e', word, '/proc/self/status');
  expect(ignored).toMatch(/^SigIgn:\s0+$/m);
});
