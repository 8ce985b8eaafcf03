/**
 * The files that one `ssh` process is given: a configuration that leaves nothing to defaults, the pins, the public
 * half of the key. One generated file and not `-o` options, for ssh hands `-F` on to the ssh of every hop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest } from '#core/errors.ts';

/** One machine on the way; the last one is `target`. */
export interface Hop {
  /** Our name for it: what `ssh` is called with and what the pins stand under. */
  alias: string;
  /** The address that was checked; never a name. */
  address: string;
  port: number;
  userName: string;
  pins: readonly string[];
  /** Alias of the hop before. */
  through?: string;
}

export interface ChannelFiles {
  dir: string;
  configPath: string;
  agentPath: string;
  remove(): Promise<void>;
}

/** Everything ssh could take from elsewhere (files, DNS, other keys, its environment) is off. */
const fixed = [
  'IdentitiesOnly yes',
  'PreferredAuthentications publickey',
  'PubkeyAuthentication yes',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'HostbasedAuthentication no',
  'GSSAPIAuthentication no',
  'PKCS11Provider none',
  'AddKeysToAgent no',
  'NumberOfPasswordPrompts 0',
  'BatchMode yes',
  'StrictHostKeyChecking yes',
  'GlobalKnownHostsFile /dev/null',
  'KnownHostsCommand none',
  'UpdateHostKeys no',
  'HashKnownHosts no',
  'CheckHostIP no',
  'VerifyHostKeyDNS no',
  'NoHostAuthenticationForLocalhost no',
  'CanonicalizeHostname no',
  'ForwardAgent no',
  'ForwardX11 no',
  'Tunnel no',
  'GatewayPorts no',
  'PermitLocalCommand no',
  'ControlMaster no',
  'ControlPath none',
  'ControlPersist no',
  'SendEnv -*',
  'EscapeChar none',
  'RequestTTY no',
  'ConnectionAttempts 1',
  'TCPKeepAlive yes',
  'Compression no',
  'LogLevel ERROR',
];

const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * A value as one quoted word of ssh_config.
 * @throws AppError 400 where ssh would read more into it than the plain text
 */
export const configWord = (what: string, value: string): string => {
  if (value === '' || value.startsWith('-') || controlCharacter.test(value) || /["'\\%$`]/.test(value)) {
    throw badRequest(
      `${what}: ${JSON.stringify(value.slice(0, 80))} holds characters that cannot be used here`,
    );
  }
  return `"${value}"`;
};

const pinPattern = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/;

const pinLine = (alias: string, pin: string): string => {
  if (!pinPattern.test(pin)) throw badRequest('A pinned host key must be "type base64"');
  return `${alias} ${pin}`;
};

export interface ConfigOptions {
  /** The private directory that holds agent socket, public key and pins. */
  dir: string;
  hops: readonly Hop[];
  connectTimeoutMs: number;
  aliveIntervalSeconds: number;
}

/** The text of the configuration file. @throws AppError 400 for values that cannot stand in it */
export const configText = ({ dir, hops, connectTimeoutMs, aliveIntervalSeconds }: ConfigOptions): string => {
  const blocks = hops.map((hop) =>
    [
      `Host ${hop.alias}`,
      `  HostName ${configWord('address', hop.address)}`,
      `  Port ${Math.trunc(hop.port)}`,
      `  User ${configWord('userName', hop.userName)}`,
      `  HostKeyAlias ${hop.alias}`,
      ...(hop.through ? [`  ProxyJump ${hop.through}`] : []),
    ].join('\n'),
  );
  const common = [
    `IdentityAgent ${configWord('directory', join(dir, 'agent'))}`,
    `IdentityFile ${configWord('directory', join(dir, 'key.pub'))}`,
    `UserKnownHostsFile ${configWord('directory', join(dir, 'known_hosts'))}`,
    `ConnectTimeout ${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`,
    `ServerAliveInterval ${aliveIntervalSeconds}`,
    'ServerAliveCountMax 3',
    ...fixed,
  ];
  return `${blocks.join('\n')}\nHost *\n${common.map((line) => `  ${line}\n`).join('')}`;
};

/** The text of known_hosts: with an alias no port belongs to the name. */
export const knownHostsText = (hops: readonly Hop[]): string =>
  hops.flatMap((hop) => hop.pins.map((pin) => `${pinLine(hop.alias, pin)}\n`)).join('');

/**
 * Writes the files of one channel into a directory of its own (0700, files 0600).
 * The name holds our process id, so that what a killed server left behind is known for it.
 */
export const writeChannelFiles = async (
  options: Omit<ConfigOptions, 'dir'> & { runtimeDir: string; publicBlob: Uint8Array },
): Promise<ChannelFiles> => {
  const dir = await mkdtemp(join(options.runtimeDir, `ch-${process.pid}-`));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const blob = Buffer.from(options.publicBlob);
    const type = blob.subarray(4, 4 + blob.readUInt32BE()).toString('latin1');
    const put = (name: string, text: string) => writeFile(join(dir, name), text, { mode: 0o600 });
    await Promise.all([
      put('config', configText({ ...options, dir })),
      put('known_hosts', knownHostsText(options.hops)),
      put('key.pub', `${type} ${blob.toString('base64')}\n`),
    ]);
    return { dir, configPath: join(dir, 'config'), agentPath: join(dir, 'agent'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
