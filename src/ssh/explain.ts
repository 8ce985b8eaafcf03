/** Turns what `ssh` said before it gave up into an error that tells a person what is wrong and what to do. */
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { endedSession } from './ended-sessions.ts';
import { fingerprint } from './fingerprint.ts';

export type Where = Pick<ClusterTarget, 'hostName' | 'port' | 'userName' | 'pins'>;

/** How far an opening had come when it failed. */
export interface Failure {
  /** Last of what ssh printed on stderr, and of what the far side printed before our hello. */
  stderr: string;
  noise: string;
  exitCode: number | null;
  /** The agent has given its signature. */
  signed: boolean;
  /** Our own limit ended it. */
  timedOut: boolean;
}

/** How far a login came on its way: the hosts that it has proved a key to, and that it has begun to. */
export interface Way {
  signed: number;
  asked: number;
}

/** The host that a login came to grief at. @param hosts in the order of the way, the target last */
export const failedHost = <Host extends Where>(
  hosts: readonly Host[],
  { signed, asked }: Way,
  stderr: string,
): Host => {
  // A refused key was offered; whatever else went wrong did so before the next one could be.
  const refused = /: Permission denied \(|Too many authentication failures/.test(stderr);
  const at = refused ? asked - 1 : signed;
  return hosts[Math.max(0, Math.min(at, hosts.length - 1))] as Host;
};

/** Printable, short, and only the last lines: it was written by somebody else. */
const quoteFar = (text: string, most = 300): string =>
  text
    .replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
    .replace(/[^\P{C}\n]/gu, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-4)
    .join(' / ')
    .slice(-most);

export const hostLabel = ({ hostName, port }: Pick<Where, 'hostName' | 'port'>): string =>
  port === 22 ? hostName : `${hostName}:${port}`;

export const clusterError = (
  code: ErrorCode,
  status: number,
  where: Where,
  sentence: string,
  details: Record<string, unknown> = {},
): AppError =>
  new AppError(code, status, sentence, {
    details: { host: where.hostName, port: where.port, userName: where.userName, ...details },
  });

export const unconfirmed = (where: Where): AppError =>
  clusterError(
    'host_key_unconfirmed',
    409,
    where,
    `The host key of ${hostLabel(where)} has not been confirmed yet, so nothing was offered to it. ` +
      'An owner can compare its fingerprint with the one the site publishes and confirm it.',
  );

const changed = (where: Where, stderr: string): AppError => {
  const shown = [...new Set(stderr.match(/SHA256:[A-Za-z0-9+/]{43}/g) ?? [])];
  const pinned = where.pins.map(fingerprint);
  return clusterError(
    'host_key_changed',
    409,
    where,
    `${hostLabel(where)} shows a host key other than the confirmed one, so nothing was offered to it. ` +
      'Ask the site whether its key was changed; if so, an owner can confirm the new fingerprint (where several login nodes ' +
      'share this name, those of all).',
    { pinned, shown },
  );
};

/** The connection was accepted and closed before the server had said what it is. */
const dropped = /kex_exchange_identification: (read: )?Connection (closed|reset)/;

/** What ssh itself says of a connection that broke; an account's start-up files can say it too, so no host rests for it. */
const lostLine = /closed by remote host|Connection reset|Broken pipe|not responding|timed out/;

const unreachableReasons: [RegExp, string][] = [
  [
    /open failed: (connect failed|administratively prohibited|resource shortage|unknown channel type)|stdio forwarding failed/,
    'the jump host before it could not open the way: check that its name is known there, that its sshd runs, and that the jump host allows forwarding (AllowTcpForwarding)',
  ],
  [
    /Connection refused/,
    'nothing accepts connections there: check host name and port, and that its sshd runs',
  ],
  [
    /timed out|Operation timed out/i,
    'it did not answer in time: check host name, port and the firewalls in between',
  ],
  [
    /No route to host|Network is unreachable/,
    'there is no route to it from this server: check network and VPN',
  ],
  [
    /Connection reset|kex_exchange_identification|Connection closed by|banner exchange|Broken pipe/,
    'it closed the connection before the login: too many logins at once (MaxStartups), or a firewall or ban list there ' +
      '(PerSourcePenalties, fail2ban) that shuts out this server for some minutes. Ask the site to exempt its address',
  ],
  [/no matching|Unable to negotiate/, 'it and this server have no common cipher or key exchange'],
];

/** The sentence for an opening that failed; nothing was run. */
export const explainOpening = (where: Where, failure: Failure): AppError => {
  const { stderr, noise, signed, timedOut, exitCode } = failure;
  const host = hostLabel(where);
  const said = quoteFar(stderr);
  const far = quoteFar(`${noise}\n${stderr}`);
  const [, invalid] = /Certificate invalid: ([^\r\n]*)/.exec(stderr) ?? [];
  if (!signed && invalid !== undefined) {
    return clusterError(
      'host_unreachable',
      502,
      where,
      `${host} shows a host certificate that does not hold (${quoteFar(invalid)}), so nothing was offered to it. Ask the site to renew it.`,
      { said },
    );
  }
  // The agent signs for a pinned host alone: after that such words are the account's own, and must not block a cluster.
  if (
    !signed &&
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known|REVOKED HOST KEY|no matching host key type/.test(
      stderr,
    )
  ) {
    return changed(where, stderr);
  }
  if (/: Permission denied \([a-z,-]+\)|Too many authentication failures/.test(stderr)) {
    const cause = signed
      ? 'It did not let the account in although the key was proven: the account may be locked, expired or not allowed to log in'
      : `It does not know this key for this account: check that the public key is in ${where.userName}'s authorized_keys ` +
        'there (or registered with the site), that the Linux user is right, and that the account is not locked';
    return clusterError(
      'credential_refused',
      502,
      where,
      `${host} refused ${where.userName}'s key. ${cause}.`,
      { said },
    );
  }
  if (signed && !timedOut && exitCode === 255 && lostLine.test(stderr)) {
    return clusterError(
      'session_ended',
      502,
      where,
      `The connection to ${host} was lost while ${where.userName} was logging in; nothing was run. If it happens again, ` +
        'ask the site whether that login node is well, or whether the account may not open sessions there.',
      { said, lost: true },
    );
  }
  if (signed) {
    const ended = timedOut
      ? "did not become ready in time: the account's start-up files (.bashrc, .cshrc, config.fish) take too long or wait for " +
        'something, or the site runs another command in its place (ForceCommand). Make them return at once where no terminal is.'
      : endedSession(`${noise}\n${stderr}`);
    const words = far ? ` The cluster said: ${far}` : '';
    return clusterError(
      'session_ended',
      502,
      where,
      `The session of ${where.userName} on ${host} ${ended}${words}`,
      {
        said: far,
        exitCode,
      },
    );
  }
  const reason =
    unreachableReasons.find(([pattern]) => pattern.test(stderr))?.[1] ??
    (timedOut
      ? 'it did not finish the login in time'
      : said
        ? `ssh says: ${said}`
        : 'the connection ended during the login');
  return clusterError('host_unreachable', 502, where, `${host} could not be reached: ${reason}.`, {
    said,
    ...(dropped.test(stderr) && { dropped: true }),
  });
};

/** The far side is ready although no key was proved to it: whoever answers there may be anybody. */
export const unproven = (where: Where): AppError =>
  clusterError(
    'session_ended',
    502,
    where,
    `${hostLabel(where)} let ${where.userName} in without asking for a key, so nothing was run there. ` +
      'Ask the site to require public keys for this account (no empty passwords, no "none" authentication).',
  );

export const closedOnPurpose = (where: Where): AppError =>
  clusterError(
    'session_ended',
    502,
    where,
    `The channel to ${hostLabel(where)} was closed because its key or cluster changed; nothing was run.`,
  );

/** The outcome of a command is not known. */
export const channelLost = (where: Where, why: string, said = ''): AppError =>
  clusterError(
    'channel_lost',
    502,
    where,
    `The connection to ${hostLabel(where)} as ${where.userName} was lost while a command was running (${why}); ` +
      'whether the command finished is not known.',
    said ? { said } : {},
  );

/** The caller has aborted a command that had not been sent. */
export const calledOff = (): AppError =>
  new AppError('unavailable', 503, 'The command was called off before it was sent; nothing was run.');
