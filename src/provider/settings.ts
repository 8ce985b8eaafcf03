/** The provider block: which server, as whom, trusting which certificates. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { AtPlace } from './diagnostics.ts';
import { text, type Values } from './schema/attribute.ts';

const checkUrl = (value: string): string | undefined => {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol))
    return 'must be an address such as https://latchkey.example.org';
  if (url.username !== '' || url.password !== '') return 'must not hold a password: give a token';
  return url.search === '' && url.hash === '' ? undefined : 'must end before ? and #';
};

export const settingsAttributes = {
  server_url: text({
    optional: true,
    check: checkUrl,
    description:
      'Address of the server, such as `https://latchkey.example.org`. Default: `LATCHKEY_SERVER_URL` or `TOWER_API_ENDPOINT` of the environment.',
  }),
  token: text({
    optional: true,
    sensitive: true,
    check: (value) => (/^\S+$/.test(value) ? undefined : 'must be one word: an access token'),
    description:
      'Access token. Default: `LATCHKEY_TOKEN` or `TOWER_ACCESS_TOKEN` of the environment, which is the better place: what is written here may end up in a repository.',
  }),
  bearer_auth: text({
    optional: true,
    sensitive: true,
    description: 'Another name of `token`, under which existing configurations have it.',
  }),
  ca_certificate: text({
    optional: true,
    description:
      'Certificates (PEM), or the path of a file with them, that the server may show beside those that this machine trusts already. Default: `LATCHKEY_CA_CERTIFICATE` of the environment.',
  }),
};

export interface Settings {
  serverUrl: string;
  token: string;
}

const oneCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Each by itself: a bundle may have words between them. */
const certificatesIn = (pem: string): string[] => {
  const found = pem.match(oneCertificate) ?? [];
  for (const [index, certificate] of found.entries())
    try {
      // Throws for what is none.
      new X509Certificate(certificate);
    } catch {
      throw new AtPlace(['ca_certificate'], `a certificate in it cannot be read: number ${index + 1}`);
    }
  if (found.length === 0)
    throw new AtPlace(['ca_certificate'], 'a certificate in it cannot be read: it has no end');
  return found;
};

const pemOf = (given: string): string => {
  if (given.includes('-----BEGIN CERTIFICATE-----')) return given;
  if (given.includes('-----BEGIN'))
    throw new AtPlace(['ca_certificate'], 'this is a PEM file, but none of certificates');
  try {
    const content = readFileSync(given, 'utf8');
    if (content.includes('-----BEGIN CERTIFICATE-----')) return content;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AtPlace(['ca_certificate'], `is neither PEM text nor a file that can be read: ${why}`);
  }
  throw new AtPlace(['ca_certificate'], `the file ${given} holds no certificate in PEM form`);
};

/** What this machine trusts, as other programs on it do, and what was given. */
const trust = (extra: string | undefined): void => {
  const system = getCACertificates('system');
  setDefaultCACertificates([
    ...getCACertificates('default'),
    ...system,
    ...(extra === undefined ? [] : certificatesIn(extra)),
  ]);
};

const firstOf = (...values: (string | null | undefined)[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string' && value !== '');

/** @throws AtPlace naming what is missing and where it may be given */
export const readSettings = (
  given: Values<typeof settingsAttributes>,
  environment: NodeJS.ProcessEnv = process.env,
): Settings => {
  const serverUrl = firstOf(
    given.server_url,
    environment['LATCHKEY_SERVER_URL'],
    environment['TOWER_API_ENDPOINT'],
  );
  if (serverUrl === undefined)
    throw new AtPlace(
      ['server_url'],
      'server_url: give the address of the server here or in LATCHKEY_SERVER_URL',
    );
  const wrong = checkUrl(serverUrl);
  if (wrong !== undefined) throw new AtPlace(['server_url'], `server_url: ${wrong}`);
  const token = firstOf(
    given.token,
    given.bearer_auth,
    environment['LATCHKEY_TOKEN'],
    environment['TOWER_ACCESS_TOKEN'],
  );
  if (token === undefined)
    throw new AtPlace(
      ['token'],
      'token: give an access token in LATCHKEY_TOKEN (or TOWER_ACCESS_TOKEN), or here',
    );
  const certificate = firstOf(given.ca_certificate, environment['LATCHKEY_CA_CERTIFICATE']);
  if (certificate !== undefined || serverUrl.startsWith('https:'))
    trust(certificate === undefined ? undefined : pemOf(certificate));
  return { serverUrl, token: token.trim() };
};
