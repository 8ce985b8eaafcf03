/** What goes wrong on the way to a cluster, as a person reads it: what failed, where, what to try. */
import { expect, test } from 'vitest';
import { createTestSigner } from '#test/support/test-signer.ts';
import { explainOpening, type Failure } from './explain.ts';

const where = {
  hostName: 'hpc.example',
  port: 2222,
  userName: 'alice',
  pins: [createTestSigner().publicKey],
};
const said = (stderr: string, more: Partial<Failure> = {}): Failure => ({
  stderr,
  noise: '',
  exitCode: 255,
  signed: false,
  timedOut: false,
  ...more,
});
const signed = { signed: true, exitCode: 1 };

test.each<[string, Failure, string, RegExp]>([
  ['nobody listens', said('ssh: connect to host 192.0.2.1 port 2222: Connection refused'), 'host_unreachable', /nothing accepts connections there: check host name and port/],
  ['no answer', said('ssh: connect to host 192.0.2.1 port 2222: Connection timed out'), 'host_unreachable', /did not answer in time: check host name, port and the firewalls/],
  ['no route', said('ssh: connect to host 192.0.2.1 port 2222: No route to host'), 'host_unreachable', /no route to it from this server: check network and VPN/],
  ['dropped', said('kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 192.0.2.1 port 2222'), 'host_unreachable', /MaxStartups.*PerSourcePenalties, fail2ban.*Ask the site to exempt its address/s],
  ['no common cipher', said('Unable to negotiate with 192.0.2.1 port 2222: no matching key exchange method found.'), 'host_unreachable', /no common cipher or key exchange/],
  ['behind a jump host', said('channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed'), 'host_unreachable', /the jump host before it could not open the way.*AllowTcpForwarding/s],
  ['host certificate', said('Certificate invalid: expired\nHost key verification failed.'), 'host_unreachable', /certificate that does not hold \(expired\).*Ask the site to renew it/s],
  ['another host key', said('Host key verification failed.'), 'host_key_changed', /other than the confirmed one, so nothing was offered.*Ask the site whether its key was changed/s],
  ['unknown key', said('alice@192.0.2.1: Permission denied (publickey).'), 'credential_refused', /refused alice's key.*check that the public key is in alice's authorized_keys/s],
  ['locked account', said('alice@192.0.2.1: Permission denied (publickey).', { signed: true }), 'credential_refused', /although the key was proven: the account may be locked, expired/],
  ['the line broke', said('Connection to 192.0.2.1 closed by remote host.', { signed: true }), 'session_ended', /was lost while alice was logging in; nothing was run.*ask the site/s],
  ['file transfer only', said('', { ...signed, noise: 'This service allows sftp connections only.\r\n' }), 'session_ended', /internal-sftp\)\. Ask the site/],
  ['nologin', said('', { ...signed, noise: 'This account is currently not available.\n' }), 'session_ended', /login shell is nologin\. Ask the site to give/],
  ['restricted shell', said('rbash: line 1: exec: restricted\n', signed), 'session_ended', /restricted one.*Ask the site for an ordinary shell/s],
  ['expired password', said('WARNING: Your password has expired.\n', signed), 'session_ended', /password has expired\. Log in by hand and change it/],
  ['quota', said('touch: cannot touch x: Disk quota exceeded\n', signed), 'session_ended', /no room for the account to write in.*Make room in the home directory/s],
  ['processes', said('-bash: fork: retry: Resource temporarily unavailable\n', signed), 'session_ended', /limit of processes or memory.*End processes/s],
  ['no home', said('Could not chdir to home directory /home/alice: No such file or directory\n', signed), 'session_ended', /home directory is missing.*mount it on this login node/s],
  ['another command', said('', signed), 'session_ended', /start-up files.*ForceCommand.*ask the site to let the account run commands/s],
  ['start-up files that wait', said('', { ...signed, timedOut: true, exitCode: null }), 'session_ended', /did not become ready in time.*Make them return at once/s],
])('%s', (_, failure, code, sentence) => {
  const error = explainOpening(where, failure);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(sentence);
  expect(error.message).toContain('hpc.example:2222');
  expect(error.message).not.toMatch(/undefined|\.\.|[\x00-\x08]/);
}); // biome-ignore format: a table
