/** Signatures differ in length, and so do certificates: every one must be readable. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { makeCertificate } from './certificate.ts';

test('five hundred of them, of every length, are taken by TLS', () => {
  const lengths = new Set<number>();
  for (let count = 0; count < 500; count += 1) {
    const { der, certificatePem, keyPem } = makeCertificate();
    lengths.add(der.length);
    expect(() => createSecureContext({ cert: certificatePem, key: keyPem })).not.toThrow();
  }
  expect(lengths.size).toBeGreaterThan(1);
});

test('self-signed, for localhost', () => {
  const { certificatePem } = makeCertificate();
  const read = new X509Certificate(certificatePem);
  expect(read.checkHost('localhost')).toBe('localhost');
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.ca).toBe(true);
});
