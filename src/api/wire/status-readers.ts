/** Status readers as clients know them. */

import type { AnswerBody } from '#contract/route.ts';
import type { describeStatusReader } from '#contract/status-readers.ts';
import { boundKeyLine } from '#core/authorized-keys.ts';
import type { StatusReaderView } from '#core/ports/status-reader-actions.ts';
import { iso, isoOrAbsent } from './dates.ts';

export const wireStatusReader = ({
  reader,
  command,
}: StatusReaderView): AnswerBody<typeof describeStatusReader> => ({
  managedIdentityId: reader.identityId,
  userName: reader.linuxUser,
  status: reader.status,
  message: reader.message ?? undefined,
  verifiedAt: isoOrAbsent(reader.verifiedAt),
  fingerprint: reader.key.fingerprint,
  keyType: reader.key.type,
  publicKey: reader.key.publicKey,
  authorizedKeysLine: boundKeyLine(
    reader.key.publicKey,
    `latchkey:identity-${reader.identityId}:status-reader`,
    command,
  ),
  forceCommand: command,
  sees: reader.hiddenUsers.length > 0 ? 'not everybody' : reader.seenAt === null ? 'unknown' : 'everybody',
  hiddenUsers: reader.hiddenUsers,
  dateCreated: iso(reader.createdAt),
  lastUpdated: iso(reader.updatedAt),
});
