import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import { auditEvent, digest } from './audit.ts';

test('promise 1: large texts are hashes in a record, and what is called a secret stays out, however deep', () => {
  const long = 'x'.repeat(2_000);
  const { state } = auditEvent(systemCaller('c'), {
    event: 'workflow_launched',
    target: { type: 'workflow', id: 1 },
    state: {
      newState: {
        script: long,
        list: [long, 'short'],
        keys: { privateKey: 'PEM', passphrase: 'p' },
        left: null,
      },
      metadata: { password: 'p', count: 3, tokens: ['kept: a list is not called a token'] },
    },
  });
  expect(state).toEqual({
    newState: {
      script: digest(long),
      list: [digest(long), 'short'],
      keys: { privateKey: 'hidden', passphrase: 'hidden' },
      left: null,
    },
    metadata: { password: 'hidden', count: 3, tokens: ['kept: a list is not called a token'] },
  });
});
