import { expect, test } from 'vitest';
import { untilCommit } from './until-commit.ts';

test('what was kept is there until the number changes, up or down, and what comes late is seen by nobody', () => {
  let version = 7;
  const current = untilCommit(
    () => version,
    () => new Set<string>(),
  );
  for (const next of [8, 3]) {
    const before = current();
    before.add('early');
    expect([...current()]).toEqual(['early']);
    version = next;
    before.add(`late ${next}`);
    expect([...current()]).toEqual([]);
  }
});
