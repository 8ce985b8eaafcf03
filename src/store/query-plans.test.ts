/** The queries that grow with the installation go through indexes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { CamelCasePlugin, type Compilable, Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditPage } from './audit.ts';
import { addedPage, everybody, missingPage, withKey } from './credential-rows.ts';
import { openSqlite } from './dialect/sqlite.ts';
import { dueRuns } from './leases.ts';
import { migrate } from './migrate.ts';
import { memberListQuery } from './people/members.ts';
import { participantListQuery, rolesHeldQuery } from './people/participants.ts';
import type { Database } from './tables.ts';

let dir: string;
let db: Kysely<Database>;
let file: DatabaseSync;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-'));
  const path = join(dir, 'plans.db');
  db = new Kysely<Database>({ dialect: openSqlite(path), plugins: [new CamelCasePlugin()] });
  await migrate(db as unknown as Kysely<unknown>, 'sqlite');
  file = new DatabaseSync(path);
});
afterAll(async () => {
  file.close();
  await db.destroy();
  await rm(dir, { recursive: true });
});

const planOf = (query: Compilable): string => {
  const { sql, parameters } = query.compile();
  return file
    .prepare(`explain query plan ${sql}`)
    .all(...(parameters as SQLInputValue[]))
    .map((row) => String(row['detail']))
    .join('\n');
};

test('leasing walks along the runs that are due, soonest first', () => {
  const plan = planOf(dueRuns(db, 'sqlite', 1, 10));
  expect(plan).toBe('SEARCH runs USING INDEX runs_due (<expr><?)');
});

test('the audit log is read from the newest on, whatever the filter', () => {
  const page = { after: 1, before: 9, beyond: { timestamp: 5, id: 5 }, max: 10 };
  expect(planOf(auditPage(db, { organisationId: 1 }, page))).toMatch(
    /^SEARCH audit_events USING INDEX audit_events_of_organisation \(organisation_id=\? AND timestamp.*\)$/,
  );
  expect(planOf(auditPage(db, { userId: 1 }, page))).toMatch(
    /^SEARCH audit_events USING INDEX audit_events_of_user \(user_id=\? AND timestamp.*\)$/,
  );
});

test('the list of credentials is read along indexes in its order, and counted from them alone', () => {
  const query = { organisationId: 1, identityId: 1, firstUserId: 1, max: 20, offset: 0 };
  for (const filter of [{}, { search: 'a' }]) {
    const asked = { ...query, ...filter };
    expect(planOf(addedPage(db, asked, 1))).toMatch(
      /^SEARCH managed_credentials USING COVERING INDEX managed_credentials_by_name \(identity_id=\? AND has_key=\?\)$/,
    );
    expect(planOf(missingPage(db, asked, 1))).toMatch(
      /^SEARCH members USING COVERING INDEX members_by_name \(organisation_id=\?\)\n/,
    );
    expect(planOf(missingPage(db, asked, 1))).toMatch(
      /SEARCH credential USING COVERING INDEX managed_credentials_by_name \(identity_id=\? AND has_key=\? AND user_name_folded=\? AND user_id=\?\)$/,
    );
    const counts = [withKey(db, asked), everybody(db, asked)].map((counted) =>
      planOf((counted as ReturnType<typeof withKey>).select((eb) => eb.fn.countAll().as('rows'))),
    );
    for (const plan of counts)
      expect(plan).toMatch(/^SEARCH \w+ USING COVERING INDEX \w+ \(\w+=\?(?: AND has_key=\?)?\)$/);
  }
});

test('members of an organisation and of a team come by index, in their order where nothing is searched', () => {
  const all = planOf(memberListQuery(db, 1, {}).matching);
  expect(all).toMatch(/SEARCH members USING INDEX members_by_name/);
  expect(all).not.toMatch(/TEMP B-TREE|SCAN/);
  for (const filter of [{ search: 'a' }, { teamId: 1 }, { roles: ['owner' as const] }]) {
    const plan = planOf(memberListQuery(db, 1, filter).matching);
    expect(plan).toMatch(/SEARCH members USING/);
    expect(plan).not.toMatch(/SCAN (members|users|team)/);
  }
});

test('participants of a workspace come by index, people and teams', () => {
  for (const search of [undefined, 'a']) {
    const plan = planOf(participantListQuery(db, 1, search));
    expect(plan).toMatch(/SEARCH participants USING INDEX participants_workspace_id_(member|team)_id/);
    expect(plan).not.toMatch(/SCAN/);
  }
});

test("what a user may do is found from the user's own rows, in a workspace or in all", () => {
  for (const workspaceId of [undefined, 1]) {
    const { own, ofTeams } = rolesHeldQuery(db, 1, workspaceId);
    for (const [query, column] of [
      [own, 'member_id'],
      [ofTeams, 'team_id'],
    ] as const) {
      const plan = planOf(query);
      expect(plan).toMatch(
        new RegExp(`SEARCH participants USING INDEX \\w+ \\((workspace_id=\\? AND )?${column}=\\?`),
      );
      expect(plan).toMatch(/SEARCH members USING (COVERING )?INDEX members_of_user/);
      expect(plan).not.toMatch(/SCAN/);
    }
  }
});
