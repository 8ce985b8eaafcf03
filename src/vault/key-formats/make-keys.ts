/** For tests: keys made by the tools that people use, in a directory that goes away with the test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyMaker {
  /** A path for a new file. */
  path(): string;
  /** Runs ssh-keygen to make a key; returns the private key file's path. */
  sshKeygen(...options: string[]): string;
  /** Runs openssl with `-out` a new file. Returns its path. */
  openssl(command: string, ...options: string[]): string;
  /** Runs puttygen to make or convert a key. Returns the file's path. */
  puttygen(passphrase: string, ...options: string[]): string;
  /** What ssh-keygen says of a public key: `bits SHA256:…`. */
  fingerprintOf(publicKey: string): string;
  remove(): void;
}

/** Runs a tool and returns what it says. @throws Error with what it complained about */
export const run = (program: string, ...options: string[]): string =>
  execFileSync(program, options, { encoding: 'utf8', stdio: 'pipe' });

export const createKeyMaker = (): KeyMaker => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-keys-'));
  let count = 0;
  const path = (): string => {
    count += 1;
    return join(directory, `key${count}`);
  };
  return {
    path,
    sshKeygen: (...options) => {
      const file = path();
      const passphrase = options.includes('-N') ? [] : ['-N', ''];
      run('ssh-keygen', '-q', '-C', 'a comment', '-f', file, ...passphrase, ...options);
      return file;
    },
    openssl: (command, ...options) => {
      const file = path();
      run('openssl', command, '-out', file, ...options);
      return file;
    },
    puttygen: (passphrase, ...options) => {
      const file = path();
      const passphraseFile = path();
      writeFileSync(passphraseFile, passphrase);
      const seed = ['-q', '--random-device', '/dev/urandom'];
      run('puttygen', ...options, ...seed, '--new-passphrase', passphraseFile, '-o', file);
      return file;
    },
    fingerprintOf: (publicKey) => {
      const file = path();
      writeFileSync(file, `${publicKey}\n`);
      return run('ssh-keygen', '-l', '-f', file).split(' ').slice(0, 2).join(' ');
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
};

export const contentOfFile = (file: string): string => readFileSync(file, 'utf8');
