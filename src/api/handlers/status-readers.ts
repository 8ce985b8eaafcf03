/** Status readers: one for each managed identity. */
import * as readers from '#contract/status-readers.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireStatusReader } from '../wire/status-readers.ts';

export const statusReaderHandlers = ({ statusReaders }: Actions): Binding[] => [
  bind(readers.describeStatusReader, async ({ caller, scope, params }) =>
    wireStatusReader(await statusReaders.describe(caller, scope, params.managedIdentityId)),
  ),
  bind(readers.saveStatusReader, async ({ caller, scope, params, body }) =>
    wireStatusReader(await statusReaders.save(caller, scope, params.managedIdentityId, body)),
  ),
  bind(readers.verifyStatusReader, ({ caller, scope, params }) =>
    statusReaders.verify(caller, scope, params.managedIdentityId),
  ),
  bind(readers.deleteStatusReader, ({ caller, scope, params }) =>
    statusReaders.remove(caller, scope, params.managedIdentityId),
  ),
];
