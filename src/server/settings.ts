/** All settings, read and checked in one place. Each comes from one environment variable; a bad value is named, with
 * what would be right. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';

export interface Settings {
  listen: { host: string; port: number };
  /** Public address, without a slash at the end. */
  publicUrl: string;
  dataDir: string;
  database: string;
  rootKeyFile: string;
  /** CIDRs of cluster addresses that are otherwise refused. */
  allowedNetworks: string[];
  hostKeys: 'confirm' | 'first-use';
  /** Who makes organisations: whoever signs in, or the operator alone. */
  organisations: 'anybody' | 'operator';
  /** CIDRs whose `X-Forwarded-*` is believed. */
  trustedProxies: string[];
  metricsListen: { host: string; port: number } | null;
  logLevel: string;
  /** Name of this process among its replicas: the same after a restart. */
  instance: string;
}

/** One line for `latchkey config`. */
export interface SettingLine {
  name: string;
  value: string;
  source: 'environment' | 'default';
}

export class SettingsError extends Error {
  override name = 'SettingsError';
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

const refuse = (name: string, value: string, wanted: string): never => {
  throw new SettingsError(`${name}="${value}" is not right: ${wanted}`);
};

const parseListen = (name: string, value: string): { host: string; port: number } => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    return refuse(name, value, 'give an address and a port, such as 127.0.0.1:8080 or [::1]:8080');
  }
  return { host: match[1] ?? match[2] ?? '', port };
};

const parseNetworks = (name: string, value: string): string[] =>
  value
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const cidr = part.includes('/') ? part : `${part}/${part.includes(':') ? 128 : 32}`;
      if (!ipaddr.isValidCIDR(cidr)) {
        refuse(name, part, 'give networks such as 127.0.0.0/8 or fd00::/8, separated by commas');
      }
      return cidr;
    });

const parseUrl = (name: string, value: string): string => {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    refuse(name, value, 'give the address that people use, such as https://latchkey.example.org');
  }
  return value.replace(/\/+$/, '');
};

const parseDatabase = (name: string, value: string): string => {
  if (value.startsWith('sqlite:') && value.length > 'sqlite:'.length)
    return `sqlite:${resolve(value.slice('sqlite:'.length))}`;
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value)) return value;
  return refuse(
    name,
    hideDatabasePassword(value),
    'give sqlite:<file> or postgres://user:password@host/database',
  );
};

const parseOneOf = <Value extends string>(name: string, value: string, allowed: readonly Value[]): Value =>
  allowed.find((candidate) => candidate === value) ??
  refuse(name, value, `give one of ${allowed.join(', ')}`);

const hideDatabasePassword = (value: string): string => {
  if (!URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password !== '') url.password = '********';
  if (url.searchParams.has('password')) url.searchParams.set('password', '********');
  return url.protocol === 'sqlite:' ? value : url.href;
};

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const known = [
  'LATCHKEY_LISTEN',
  'LATCHKEY_URL',
  'LATCHKEY_DATA',
  'LATCHKEY_DATABASE',
  'LATCHKEY_ROOT_KEY_FILE',
  'LATCHKEY_ALLOWED_NETWORKS',
  'LATCHKEY_HOST_KEYS',
  'LATCHKEY_ORGANISATIONS',
  'LATCHKEY_TRUSTED_PROXIES',
  'LATCHKEY_METRICS_LISTEN',
  'LATCHKEY_LOG_LEVEL',
] as const;

type Name = (typeof known)[number];

/** @throws SettingsError naming the variable, its value and what would be right */
export const readSettings = (
  environment: Readonly<Record<string, string | undefined>>,
): { settings: Settings; lines: SettingLine[] } => {
  const unknown = Object.keys(environment).filter(
    (name) =>
      name.startsWith('LATCHKEY_') && !name.startsWith('LATCHKEY_TEST_') && !known.includes(name as Name),
  );
  if (unknown.length > 0) {
    throw new SettingsError(`${unknown.join(', ')}: no such setting. There are ${known.join(', ')}`);
  }
  const lines: SettingLine[] = [];
  const read = (name: Name, fallback: string): string => {
    const given = environment[name]?.trim();
    const value = given || fallback;
    lines.push({
      name,
      value: name === 'LATCHKEY_DATABASE' ? hideDatabasePassword(value) : value,
      source: given ? 'environment' : 'default',
    });
    return value;
  };

  const listen = parseListen('LATCHKEY_LISTEN', read('LATCHKEY_LISTEN', '127.0.0.1:8080'));
  const address = `http://${urlHost(listen.host)}:${listen.port}`;
  const publicUrl = parseUrl('LATCHKEY_URL', read('LATCHKEY_URL', address));
  const dataDir = resolve(read('LATCHKEY_DATA', './data'));
  const database = parseDatabase(
    'LATCHKEY_DATABASE',
    read('LATCHKEY_DATABASE', `sqlite:${dataDir}/latchkey.db`),
  );
  const rootKeyFile = resolve(read('LATCHKEY_ROOT_KEY_FILE', `${dataDir}/root.key`));
  const allowedNetworks = parseNetworks('LATCHKEY_ALLOWED_NETWORKS', read('LATCHKEY_ALLOWED_NETWORKS', ''));
  const hostKeys = parseOneOf('LATCHKEY_HOST_KEYS', read('LATCHKEY_HOST_KEYS', 'confirm'), [
    'confirm',
    'first-use',
  ]);
  const organisations = parseOneOf('LATCHKEY_ORGANISATIONS', read('LATCHKEY_ORGANISATIONS', 'anybody'), [
    'anybody',
    'operator',
  ]);
  const trustedProxies = parseNetworks('LATCHKEY_TRUSTED_PROXIES', read('LATCHKEY_TRUSTED_PROXIES', ''));
  const metrics = read('LATCHKEY_METRICS_LISTEN', '');
  const logLevel = parseOneOf('LATCHKEY_LOG_LEVEL', read('LATCHKEY_LOG_LEVEL', 'info'), logLevels);
  return {
    settings: {
      listen,
      publicUrl,
      dataDir,
      database,
      rootKeyFile,
      allowedNetworks,
      hostKeys,
      organisations,
      trustedProxies,
      metricsListen: metrics === '' ? null : parseListen('LATCHKEY_METRICS_LISTEN', metrics),
      logLevel,
      instance: `${hostname()}:${listen.host}:${listen.port}`,
    },
    lines,
  };
};
