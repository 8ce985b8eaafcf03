import { expect, test } from 'vitest';
import { createTestSigner } from '#test/support/test-signer.ts';
import { parseScan } from './host-key-scan.ts';

test('a scan is read best key first; comments, other types and broken lines are passed over', () => {
  const rsa = createTestSigner('rsa');
  const ed25519 = createTestSigner('ed25519');
  const output = [
    '# 192.0.2.1:22 SSH-2.0-OpenSSH_9.2',
    `192.0.2.1 ${rsa.publicKey}`,
    `[192.0.2.1]:2222 ${ed25519.publicKey}`,
    `[192.0.2.1]:2222 ${ed25519.publicKey}`,
    '192.0.2.1 ssh-dss AAAAB3NzaC1kc3MAAACBAK',
    '192.0.2.1 ssh-ed25519 not~base64~at~all~~',
    '192.0.2.1',
    '',
  ].join('\n');
  expect(parseScan(output)).toEqual([
    { type: 'ssh-ed25519', publicKey: ed25519.publicKey, fingerprint: ed25519.fingerprint },
    { type: 'ssh-rsa', publicKey: rsa.publicKey, fingerprint: rsa.fingerprint },
  ]);
});
