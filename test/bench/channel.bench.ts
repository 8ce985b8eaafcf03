/**
 * P1: warm commands against the same command run locally, OpenSSH ControlMaster and the ssh2 library.
 * P2: the first command of a cold member against `ssh host true`.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'ssh2';
import { createClusterAccess } from '#ssh/cluster-access.ts';
import { openLedger } from '../support/ledger.ts';
import { createMember, type Member } from '../support/member.ts';
import { startSlurm } from '../support/slurm.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { compare, printTable, type Rival, type Row, repeat, writeResults } from './harness.ts';

const execute = promisify(execFile);

export interface BenchOptions {
  /** Commands to measure warm, each one line for a shell without quotes: `squeue --me` where a Slurm is up. */
  commands: readonly string[];
  /** A server that is up already, for instance the login node of a test cluster. */
  sshd?: Sshd;
  /** What the commands need beyond a plain login (`SLURM_CONF`); every rival gets it. */
  environment?: Record<string, string>;
  rounds?: number;
  perRound?: number;
}

interface LocalLoop {
  name: string;
  /** Seconds between two commands, not counted: on a busy machine even a millisecond costs warm caches. */
  pause?: number;
  /** Reads what the command prints, as every other rival does, instead of letting it fall. */
  read?: boolean;
}

/** A shell's loop over the command: what the machine itself can do. bash, for it can tell the time without a process. */
const localRival = (
  command: string,
  { user }: Member,
  environment: Record<string, string>,
  { name, pause, read }: LocalLoop,
): Rival => ({
  name,
  async run(count) {
    const rest = pause === undefined ? '' : `sleep ${pause};`;
    const once = read ? `x=$(${command})` : `${command} >/dev/null`;
    const loop = `for ((i = 0; i < ${count}; i++)); do ${rest} a=$EPOCHREALTIME; ${once} || exit 1; echo $a $EPOCHREALTIME; done`;
    const { stdout } = await execute('/bin/bash', ['-c', loop], {
      uid: user.uid,
      gid: user.gid,
      env: { PATH: process.env['PATH'] ?? '', ...environment },
    });
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .map(([from = 0, to = 0]) => (to - from) * 1000);
  },
});

/** A local shell that is fed commands and read from by this process, just as a channel is, but without any ssh. */
const localShell = (command: string, { user }: Member, environment: Record<string, string>): Rival => ({
  name: 'local shell, fed and read',
  async run(count) {
    const shell = spawn('/bin/sh', [], {
      uid: user.uid,
      gid: user.gid,
      cwd: user.home,
      env: { PATH: process.env['PATH'] ?? '', ...environment },
    });
    let answered: (status: string) => void = () => undefined;
    let output = '';
    shell.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [, status] = /(?:^|\n)ended (\d+)\n$/.exec(output) ?? [];
      if (status === undefined) return;
      output = '';
      answered(status);
    });
    try {
      return await repeat(count, async () => {
        const status = await new Promise<string>((resolve) => {
          answered = resolve;
          shell.stdin.write(`${command}; echo ended $?\n`);
        });
        if (status !== '0') throw new Error(`exit ${status}`);
      });
    } finally {
      shell.kill();
    }
  },
});

const sshWords = (sshd: Sshd, { user }: Member, keyFile: string): string[] => [
  ...[
    '-F',
    'none',
    '-i',
    keyFile,
    '-p',
    String(sshd.port),
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'BatchMode=yes',
  ],
  ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'],
  `${user.name}@${sshd.host}`,
];

const connectLibrary = (sshd: Sshd, { user, signer }: Member): Promise<Client> =>
  new Promise((resolve, reject) => {
    const client = new Client();
    client.once('ready', () => resolve(client.setNoDelay(true)));
    client.once('error', reject);
    client.connect({ host: sshd.host, port: sshd.port, username: user.name, privateKey: signer.privatePem });
  });

const libraryCommand = (client: Client, command: string): Promise<void> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(error);
      stream.on('close', (code: number) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
      stream.resume();
      stream.stderr.resume();
    });
  });

/** Runs P1 and P2, prints their tables and returns the rows. */
export const benchChannel = async (options: BenchOptions): Promise<Record<string, Row[]>> => {
  const { rounds = 7, perRound = 150, environment = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const sshd = options.sshd ?? (await startSshd({ logLevel: 'INFO' }));
  const access = createClusterAccess({ runtimeDir: join(dir, 'run'), allowedNetworks: ['127.0.0.0/8'] });
  const members: Member[] = [];
  const results: Record<string, Row[]> = {};
  let library: Client | undefined;
  try {
    for (let index = 0; index < 8; index += 1) {
      // ECDSA: its key file is read alike by ssh and by ssh2.
      const member = await createMember(sshd, { label: `bench${index}`, keyType: 'ecdsa' });
      members.push(member);
      const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
      // Rivals that log in for a command read one of these, ours reads the other.
      for (const file of ['.bashrc', '.profile']) await member.user.write(file, lines.join(''));
    }
    const [first] = members;
    if (!first) throw new Error('no member');
    const keyFile = join(dir, 'key');
    await writeFile(keyFile, first.signer.privatePem, { mode: 0o600 });
    const words = sshWords(sshd, first, keyFile);
    const socket = join(dir, 'cm');
    const master = spawn('ssh', ['-M', '-N', '-S', socket, ...words], { stdio: 'ignore' });
    library = await connectLibrary(sshd, first);
    const connected = library;

    const ours = (member: Member, command: string) => async () => {
      const result = await access.run(member.target, { argv: command.split(' '), timeoutMs: 30_000 });
      if (result.exitCode !== 0)
        throw new Error(`exit ${result.exitCode}: ${Buffer.from(result.stderr).toString()}`);
    };
    for (const command of options.commands) {
      const rows = await compare(
        [
          localRival(command, first, environment, { name: 'local loop' }),
          localRival(command, first, environment, { name: 'local loop, 1 ms apart', pause: 0.001 }),
          localRival(command, first, environment, { name: 'local loop, output read', read: true }),
          localShell(command, first, environment),
          { name: 'ours', run: (count) => repeat(count, ours(first, command)) },
          {
            name: 'ssh2, setNoDelay',
            run: (count) => repeat(count, () => libraryCommand(connected, command)),
          },
          {
            name: 'OpenSSH ControlMaster',
            run: (count) =>
              repeat(Math.ceil(count / 3), () => execute('ssh', ['-S', socket, ...words, command])),
          },
        ],
        rounds,
        perRound,
      );
      results[`warm ${command}`] = rows;
      printTable(`P1  ${command}, one after the other on a warm connection`, rows);

      const crowd = await compare(
        [
          {
            name: 'local, 8 loops',
            run: async (count) =>
              (
                await Promise.all(
                  members.map((each) => localRival(command, each, environment, { name: 'local' }).run(count)),
                )
              ).flat(),
          },
          {
            name: 'ours, 8 members',
            run: async (count) =>
              (await Promise.all(members.map((each) => repeat(count, ours(each, command))))).flat(),
          },
        ],
        Math.min(rounds, 5),
        Math.ceil(perRound / 5),
      );
      results[`warm ${command}, 8 members`] = crowd;
      printTable(`P1  ${command}, 8 members at once`, crowd);
    }

    const cold = await compare(
      [
        { name: 'ssh host true', run: (count) => repeat(count, () => execute('ssh', [...words, 'true'])) },
        {
          name: 'ours, first command',
          run: (count) =>
            repeat(count, async () => {
              access.closeChannels({});
              await ours(first, 'true')();
            }),
        },
      ],
      rounds,
      10,
    );
    results['cold'] = cold;
    printTable('P2  first command of a cold member', cold);
    master.kill();
    return results;
  } finally {
    library?.end();
    await access.close();
    for (const { user } of members) await user.remove();
    if (!options.sshd) await sshd.stop();
    await rm(dir, { recursive: true, force: true });
  }
};

/** `--command "sinfo -h"` (repeatable) measures other commands than `true` and `squeue`. */
export const run = async (words: readonly string[]): Promise<void> => {
  const asked = words.flatMap((word, index) => (word === '--command' ? [words[index + 1] ?? ''] : []));
  const commands = asked.length > 0 ? asked : ['/bin/true', 'squeue --me'];
  const ledger = await openLedger('bench');
  try {
    const slurm = await startSlurm(ledger, { accounting: false });
    const results = await benchChannel({ commands, environment: { SLURM_CONF: slurm.conf } });
    await writeResults('channel', results);
  } finally {
    await ledger.close();
  }
};
