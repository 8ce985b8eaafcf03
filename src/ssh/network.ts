/** Where we may connect to (promise 26): names are resolved here, checked here, and the checked address is dialled. */
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { AppError, badRequest } from '#core/errors.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Ranges where clusters live; everything that is not named here is refused. */
const usable = new Set(['unicast', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Inside usable ranges, yet never a cluster: metadata and host agents of clouds, IPv4 in IPv6 clothes. */
const refused: Network[] = [
  'fd00:ec2::/32',
  'fd20:ce::/64',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/96',
  '64:ff9b:1::/48',
  'fec0::/10',
].map((cidr) => ipaddr.parseCIDR(cidr));

const inside = (address: Address, [network, bits]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

const parse = (text: string): Address | undefined => {
  try {
    // `process` turns ::ffff:a.b.c.d into a.b.c.d: what is checked is what would be reached.
    return text.includes('%') ? undefined : ipaddr.process(text);
  } catch {
    return undefined;
  }
};

export type AddressCheck = (address: string) => boolean;

/**
 * @param allowedNetworks CIDRs that are fine although they would be refused
 * @throws AppError 400 for what is no CIDR
 */
export const createAddressCheck = (allowedNetworks: readonly string[]): AddressCheck => {
  const allowed = allowedNetworks.map((cidr): Network => {
    try {
      return ipaddr.parseCIDR(cidr);
    } catch {
      throw badRequest(`LATCHKEY_ALLOWED_NETWORKS: "${cidr}" is not a network such as 127.0.0.0/8`);
    }
  });
  return (text) => {
    const address = parse(text);
    if (!address) return false;
    if (allowed.some((network) => inside(address, network))) return true;
    return usable.has(address.range()) && !refused.some((network) => inside(address, network));
  };
};

export type Resolve = (hostName: string) => Promise<string[]>;

const systemResolve: Resolve = async (hostName) =>
  (await lookup(hostName, { all: true, order: 'verbatim' })).map((found) => found.address);

const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?$/;
const maxAddresses = 4;

const unresolved = (hostName: string, why: string, cause?: unknown): AppError =>
  new AppError('host_unresolved', 502, `The host name ${hostName.slice(0, 255)} was not found: ${why}.`, {
    details: { host: hostName.slice(0, 255) },
    ...(cause === undefined ? {} : { cause }),
  });

/** @returns whether it is an address. @throws AppError `host_unresolved` for what is neither that nor a name */
const isAddress = (hostName: string): boolean => {
  const address = ipaddr.isValid(hostName);
  if (!address && !hostPattern.test(hostName)) throw unresolved(hostName, 'it is not a host name');
  return address;
};

const withLimit = <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
};

/**
 * The addresses of a host that may be connected to, in the resolver's order, at most `most` (four).
 * @throws AppError `host_unresolved`, `host_address_refused`
 */
export const checkedAddresses = async (
  hostName: string,
  isUsable: AddressCheck,
  {
    resolve = systemResolve,
    limitMs = 5_000,
    most = maxAddresses,
  }: { resolve?: Resolve; limitMs?: number; most?: number } = {},
): Promise<string[]> => {
  const address = isAddress(hostName);
  let found: string[];
  try {
    found = address ? [hostName] : await withLimit(resolve(hostName), limitMs);
  } catch (error) {
    throw unresolved(hostName, 'check its spelling, and that this server can look it up', error);
  }
  if (found.length === 0) throw unresolved(hostName, 'it has no address');
  const usableOnes = found.filter(isUsable).map((text) => ipaddr.process(text).toString());
  if (usableOnes.length > 0) return [...new Set(usableOnes)].slice(0, most);
  throw new AppError(
    'host_address_refused',
    400,
    `${hostName} is at ${found.slice(0, maxAddresses).join(', ')}, where no cluster is expected (loopback, link-local, ` +
      'metadata and other special addresses). The operator of this server can allow it with LATCHKEY_ALLOWED_NETWORKS.',
    {
      details: {
        host: hostName,
        addresses: found.slice(0, maxAddresses),
        setting: 'LATCHKEY_ALLOWED_NETWORKS',
      },
    },
  );
};

/**
 * A host that only the jump host before it can look up: an address is checked all the same, a name cannot be.
 * @throws AppError `host_unresolved`, `host_address_refused`
 */
export const checkBehindJump = async (hostName: string, isUsable: AddressCheck): Promise<void> => {
  const told = /^(.*\.)?localhost\.?$/i.test(hostName) ? '127.0.0.1' : hostName;
  if (isAddress(told)) await checkedAddresses(told, isUsable);
};
