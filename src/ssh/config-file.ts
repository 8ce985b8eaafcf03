/**
 * The files that one `ssh` process is given: a configuration that leaves nothing to defaults, the pins, the public
 * half of the key. One generated file and not `-o` options, for ssh hands `-F` on to the ssh of every hop.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badRequest } from '#core/errors.ts';
import { isAuthority, pinPattern } from './pins.ts';

/** One machine on the way; the last one is `target`. */
export interface Hop {
  /** Our name for it: what `ssh` is called with. */
  alias: string;
  /** The address that was checked; behind another hop, where only that one can resolve it, the name. */
  address: string;
  /** As people know it: certificates are made out to this name. */
  hostName: string;
  port: number;
  userName: string;
  pins: readonly string[];
  /** Alias of the hop before. */
  through?: string;
  /** Public half of the one key that is offered there. */
  publicBlob: Uint8Array;
}

export interface ChannelFiles {
  dir: string;
  configPath: string;
  /** Socket of the agent for a hop. */
  agentPath(hop: Pick<Hop, 'alias'>): string;
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

/**
 * The name that the pins stand under: an alias, so that port and address do not count. Where an authority is pinned it
 * must be the host's own, for ssh compares it with what a certificate is made out to.
 */
const keyName = ({ alias, hostName, pins }: Hop): string => {
  if (!pins.some(isAuthority)) return alias;
  if (!/^[A-Za-z0-9][A-Za-z0-9.:_-]*$/.test(hostName)) throw badRequest(`"${hostName}" is not a host name`);
  return hostName.toLowerCase();
};

const pinLine = (name: string, pin: string): string => {
  if (!pinPattern.test(pin)) throw badRequest('A pinned host key must be "type base64"');
  const [, marker = '', key = pin] = /^(@\S+) (.*)$/.exec(pin) ?? [];
  return `${marker && `${marker} `}${name} ${key}`;
};

/** File names stay short: a socket's path has at most 107 bytes. */
const agentName = ({ alias }: Pick<Hop, 'alias'>): string => `agent-${alias}`;
const publicKeyName = ({ alias }: Pick<Hop, 'alias'>): string => `${alias}.pub`;
/** A file for each hop: what one must show is no pin of another, whatever they are called. */
const knownHostsName = ({ alias }: Pick<Hop, 'alias'>): string => `${alias}.known_hosts`;

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
      `  HostKeyAlias ${keyName(hop)}`,
      `  IdentityAgent ${configWord('directory', join(dir, agentName(hop)))}`,
      `  IdentityFile ${configWord('directory', join(dir, publicKeyName(hop)))}`,
      `  UserKnownHostsFile ${configWord('directory', join(dir, knownHostsName(hop)))}`,
      ...(hop.through ? [`  ProxyJump ${hop.through}`] : []),
    ].join('\n'),
  );
  const common = [
    `ConnectTimeout ${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`,
    `ServerAliveInterval ${aliveIntervalSeconds}`,
    'ServerAliveCountMax 3',
    ...fixed,
  ];
  return `${blocks.join('\n')}\nHost *\n${common.map((line) => `  ${line}\n`).join('')}`;
};

/** The text of known_hosts: with an alias no port belongs to the name. */
export const knownHostsText = (hops: readonly Hop[]): string =>
  hops.flatMap((hop) => hop.pins.map((pin) => `${pinLine(keyName(hop), pin)}\n`)).join('');

/**
 * Writes the files of one channel into a directory of its own (0700, files 0600).
 * The name holds our process id, so that what a killed server left behind is known for it.
 */
export const writeChannelFiles = async (
  options: Omit<ConfigOptions, 'dir'> & { runtimeDir: string },
): Promise<ChannelFiles> => {
  const dir = await mkdtemp(join(options.runtimeDir, `ch-${process.pid}-`));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const publicKey = (hop: Hop): string => {
      const blob = Buffer.from(hop.publicBlob);
      return `${blob.subarray(4, 4 + blob.readUInt32BE()).toString('latin1')} ${blob.toString('base64')}\n`;
    };
    const put = (name: string, text: string) => writeFile(join(dir, name), text, { mode: 0o600 });
    await Promise.all([
      put('config', configText({ ...options, dir })),
      ...options.hops.map((hop) => put(knownHostsName(hop), knownHostsText([hop]))),
      ...options.hops.map((hop) => put(publicKeyName(hop), publicKey(hop))),
    ]);
    return {
      dir,
      configPath: join(dir, 'config'),
      agentPath: (hop) => join(dir, agentName(hop)),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
};
