/** A server behind TLS with a site's own authority: trusted when it is named, in any of the ways; refused where it is not. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { makeAuthority, type Proxy, startProxy } from '#test/support/provider/proxy.ts';
import { expectRefusal, optionsFor } from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);
const [ours, others] = [makeAuthority('Our site'), makeAuthority('Another site')];
let proxy: Proxy;
let misnamed: Proxy;
beforeAll(async () => {
  proxy = await startProxy(server.url, { tls: ours.issue() });
  misnamed = await startProxy(server.url, { tls: ours.issue('DNS:elsewhere.example.org') });
});
afterAll(() => {
  proxy.close();
  misnamed.close();
});

withEachDriver('trust', (_driver, stack) => {
  /** One workspace on a server behind TLS. */
  const attempt = async (lines: string, environment: Record<string, string> = {}, url = proxy.url) => {
    const name = freshName('lab');
    const it = await stack(options({ environment: { LATCHKEY_TOKEN: server.ownerToken, ...environment } }));
    await writeFile(join(it.dir, 'ours.pem'), `Subject: our authority\n${ours.pem}`);
    await it.write({
      'main.tf': `provider "latchkey" {
  server_url = "${url}"
  ${lines}
}
resource "latchkey_workspace" "lab" {
  org_id = ${server.organisationId}
  name   = "${name}"
}
`,
    });
    const before = proxy.asked.length;
    const outcome = await it.plan();
    return { it, outcome, asked: proxy.asked.length - before };
  };
  const asText = (pem: string) => `ca_certificate = <<-EOT\n${pem}  EOT`;

  test('named as text, as a file or in the environment it is trusted', async () => {
    for (const [lines, environment] of [
      [asText(ours.pem), {}],
      // Somebody else's beside it does no harm.
      [asText(others.pem + ours.pem), {}],
      ['ca_certificate = "${path.module}/ours.pem"', {}],
      ['', { LATCHKEY_CA_CERTIFICATE: ours.pem }],
    ] as const) {
      const { outcome } = await attempt(lines, environment);
      expect(outcome, outcome.output).toMatchObject({ ok: true });
    }
    const { it } = await attempt(asText(ours.pem));
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.destroy()).toMatchObject({ ok: true });
  });

  test('without it, or with another one, nothing is sent: said where it would be named', async () => {
    for (const [lines, attribute, url] of [
      ['', 'server_url', proxy.url],
      [asText(others.pem), 'ca_certificate', proxy.url],
    ] as const) {
      const { outcome, asked } = await attempt(lines, {}, url);
      expectRefusal(
        outcome,
        attribute,
        /cannot be reached: .*certificate.*Give the certificate of the authority that has issued it in ca_certificate/,
      );
      // No token went to somebody who has not shown who they are.
      expect(asked).toBe(0);
    }
    const { outcome } = await attempt(asText(ours.pem), {}, misnamed.url);
    expectRefusal(outcome, 'server_url', /cannot be reached: .*altnames.*127\.0\.0\.1/);
  });

  test('what is no certificate is said at it', async () => {
    for (const [lines, sentence] of [
      ['ca_certificate = "/nowhere/ca.pem"', /neither PEM text nor a file that can be read: .*ENOENT/],
      ['ca_certificate = "${path.module}/main.tf"', /holds no certificate in PEM form/],
      [
        asText('-----BEGIN PUBLIC KEY-----\nbm9uZQ==\n-----END PUBLIC KEY-----\n'),
        /is a PEM file, but none of certificates/,
      ],
      [
        asText('-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n'),
        /a certificate in it cannot be read/,
      ],
    ] as const) {
      const { outcome } = await attempt(lines);
      expectRefusal(outcome, 'ca_certificate', sentence);
    }
  });
});
