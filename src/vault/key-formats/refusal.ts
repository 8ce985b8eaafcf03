/** For tests: how a pasted text is refused, checked against what every refusal has to keep. */
import { expect } from 'vitest';
import { AppError, isAppError } from '#core/errors.ts';
import { openPrivateKey } from './open-private-key.ts';

/** The refusal of a pasted text; fails if it is accepted or if the refusal is not the agreed kind. */
export const refusal = (pasted: string, passphrase = ''): string => {
  try {
    openPrivateKey(Buffer.from(pasted), Buffer.from(passphrase));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.code, error.status]).toEqual(['key_unusable', 400]);
    expect(error.message).toMatch(new RegExp(`^${String(error.details['field'])}: [A-Z].*\\.$`, 's'));
    expect(error.message.split(/[.!?] [A-Z]/).length).toBeLessThanOrEqual(2);
    const lines = pasted.split(/\s+/).filter((word) => word.length >= 12);
    for (const word of lines) expect(error.message).not.toContain(word);
    return error.message;
  }
  throw new Error('was accepted');
};

export const armour = (label: string, body: Buffer): string =>
  `-----BEGIN ${label}-----\n${body.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END ${label}-----\n`;

export const bodyOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');

/** Fingerprint of the key, or the code of the refusal; anything else is thrown. */
export const outcome = (pasted: string, passphrase = ''): string => {
  try {
    return openPrivateKey(Buffer.from(pasted), Buffer.from(passphrase)).facts.fingerprint;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
};

/** Milliseconds of this thread's processor time that the work takes: what a machine busy with other things leaves alone. */
export const effort = (work: () => void): number => {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};
