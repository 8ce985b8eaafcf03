/** Keys and what proves them: on a cluster, made here, tried too often, over jump hosts; a status reader's. */
import type { Break } from './break.ts';

const proof = {
  file: 'src/actions/credentials/verify-credential.ts',
  test: 'src/actions/credentials/proof.real.test.ts',
};
const next = {
  file: 'src/actions/credentials/save-credential.ts',
  test: 'src/actions/credentials/next-key.real.test.ts',
};
const moves = {
  file: 'src/actions/credentials/next-key.ts',
  test: 'src/actions/credentials/next-key.real.test.ts',
};
const brake = {
  file: 'src/actions/credentials/proof-brake.ts',
  test: 'src/actions/credentials/proof-brake.test.ts',
};
const jumps = {
  file: 'src/actions/clusters/jump-hosts.ts',
  test: 'src/actions/clusters/jump-hosts.real.test.ts',
};
const files = {
  file: 'src/actions/clusters/cluster-target.ts',
  test: 'src/actions/clusters/files-way.real.test.ts',
};
const reader = {
  file: 'src/actions/status-reader/prove.ts',
  test: 'src/actions/status-reader/status-reader.real.test.ts',
};
const sight = {
  file: 'src/actions/status-reader/sight.ts',
  test: 'src/actions/status-reader/status-reader.real.test.ts',
};

export const breaks: readonly Break[] = [
  {
    ...proof,
    keeps: 'promise 15: a login that ends up as somebody else proves nothing',
    from: '    if (report.linuxUser !== target.userName) return wrongUser(target, report.linuxUser);\n',
    to: '',
  },
  {
    ...proof,
    keeps: 'promise 15: a key that the cluster refuses is not kept',
    file: 'src/actions/credentials/proof-channel.ts',
    from: "error.code === 'credential_refused' || error.code === 'credential_blocked'",
    to: "error.code === 'credential_blocked'",
  },
  {
    ...proof,
    keeps: 'promise 15: what the cluster said of the account is told',
    from: "    return { kind: 'proved', report, findings: driver ? findings : [...findings, notLaunchable(platform)] };",
    to: "    return { kind: 'proved', report, findings: driver ? [] : [...findings, notLaunchable(platform)] };",
  },
  {
    ...proof,
    keeps: 'promise 16: no key is offered before the host key is confirmed, nor to a changed one',
    file: 'src/actions/clusters/cluster-target.ts',
    from: "keys.filter((key) => key.status === 'PINNED')",
    to: 'keys',
  },
  {
    ...next,
    keeps: 'a key that was made here is not offered to a cluster that cannot know it',
    from: 'const moved = candidate?.generated && !keepsServing(stored) ? false : linuxUser !== stored?.linuxUser;\n    const renewed = candidate?.generated === false ||',
    to: 'const moved = linuxUser !== stored?.linuxUser;\n    const renewed = candidate !== undefined ||',
    named: 'is stored without being offered',
  },
  {
    ...next,
    keeps: 'what a check by hand finds is noted',
    file: 'src/actions/credentials/managed-credentials.ts',
    from: '      await tables.managedCredentials.update(credential.id, checked);\n',
    to: '',
    named: 'works once its line is there',
  },
  {
    ...next,
    keeps: 'a made key needs a Linux user like any other',
    from: '  if (input.adopt) return null;\n',
    to: '  if (input.adopt || input.generate) return null;\n',
    named: 'needs a Linux user',
  },
  {
    ...next,
    keeps: 'a made key waits beside one that works',
    from: 'candidate?.generated === true && keepsServing(before);',
    to: 'candidate?.generated === true && before?.key === null;',
    named: 'beside a key that works',
  },
  {
    ...next,
    keeps: 'a key that could not be tried is not given up for a made one',
    from: "credential.key !== null && credential.status !== 'refused';",
    to: "credential.key !== null && credential.status === 'verified';",
    named: 'could not be tried',
  },
  {
    ...next,
    keeps: 'a pasted key overtakes the one that waits',
    from: "      if (!waits)\n        await tables.sealedValues.destroy('managed_credentials', String(row.id), 'next_private_key');\n",
    to: '',
    named: 'a pasted key overtakes',
  },
  {
    ...next,
    keeps: 'a key that the cluster refuses is replaced at once',
    from: "credential.key !== null && credential.status !== 'refused';",
    to: 'credential.key !== null;',
    named: 'is replaced at once',
  },
  {
    ...next,
    keeps: 'a new Linux user is proved with the key that serves',
    from: 'candidate?.generated === false || (stored?.key && moved);',
    to: 'candidate?.generated === false || (!candidate && stored?.key && moved);',
    named: 'a new Linux user is proved',
  },
  {
    ...moves,
    keeps: 'promise 8: a next key that moved up is sealed in one place',
    from: '    await tables.sealedValues.destroy(from.table, from.record, from.field);\n',
    to: '',
    named: 'promise 8: let in',
  },
  {
    ...moves,
    keeps: 'a next key that is not let in yet does not move up',
    from: "    if (proof.kind !== 'proved') return proof;",
    to: "    if (proof.kind === 'unproved') return proof;",
    named: 'the new one waits|there is one that waits',
  },
  {
    ...moves,
    keeps: 'promise 8: with a credential go all keys that are sealed for it',
    file: 'src/store/sealed-values.ts',
    from: "await (field === undefined ? values : values.where('field', '=', field)).execute();",
    to: "await values.where('field', '=', field ?? 'private_key').execute();",
    named: 'promise 8: deleting takes both',
  },
  {
    ...moves,
    keeps: 'no two keys that are made here are the same',
    file: 'src/vault/vault.ts',
    from: "acceptKey(generateKeyPairSync('ed25519').privateKey)",
    to: "acceptKey((Object(process).pair ??= generateKeyPairSync('ed25519')).privateKey)",
    named: 'two are never the same',
  },
  {
    ...brake,
    keeps: 'after five refusals nobody connects for a while',
    from: '    if (first === undefined) return;\n',
    to: '    if (first === undefined || under === 0) return;\n',
    named: 'the sixth proof',
  },
  {
    ...brake,
    keeps: 'a key that proves itself clears what was refused before',
    from: "      if (proof.kind === 'proved') refusals.delete(key);\n",
    to: '',
    named: 'a success clears it',
  },
  {
    ...brake,
    keeps: 'what says nothing about a key counts for nothing',
    from: "      if (proof.kind === 'refused') note(key);\n",
    to: "      if (proof.kind !== 'proved') note(key);\n",
    named: 'a success clears it',
  },
  {
    ...brake,
    keeps: 'refusals count for one person and one host, under whatever name',
    from: '`${askedBy} ${hostName.toLowerCase()}:${port}`;',
    to: '`${askedBy} ${hostName}:${port}`;',
    named: 'it holds for one person',
  },
  {
    ...brake,
    keeps: 'proofs under way count before they have ended',
    from: '      begin(key);\n      begun = true;\n',
    to: '',
    named: 'proofs under way',
  },
  {
    ...jumps,
    keeps: 'a key for a jump host is in use as the cluster’s own is',
    file: 'src/store/runs.ts',
    from: '        if (further.size === 0) return;\n',
    to: '        if (further.size >= 0) return;\n',
    named: 'is not deleted under a run',
  },
  {
    ...jumps,
    keeps: 'a deleted key for a jump host still leads to what is to be stopped',
    from: '    if (retired && old?.key && same && isAlive(old, retired))',
    to: '    if (retired && old?.key && same && old.retiredAt === null)',
    named: 'still leads to the head job',
  },
  {
    ...jumps,
    keeps: 'ten minutes at most',
    from: '  destroyAt === null || destroyAt > now;',
    to: '  destroyAt === null || destroyAt > 0;',
    named: 'with its identity deleted too',
  },
  {
    ...jumps,
    keeps: 'a key that took the place of another serves all that lives',
    from: '  if (present?.key && identity?.organisationId === bearer.organisationId) {',
    to: '  if (!retired && present?.key && identity?.organisationId === bearer.organisationId) {',
    named: 'took the place of',
  },
  {
    ...jumps,
    keeps: 'members’ further keys are never offered for a status reader',
    file: 'src/actions/clusters/cluster-target.ts',
    from: '{ userName: linuxUser, signer }, nobody),',
    to: '{ userName: linuxUser, signer }, { organisationId: identity.organisationId, userId: identity.updatedBy }),',
    named: 'with its own key alone',
  },
  {
    ...files,
    keeps: 'a member’s files are read for the same account alone',
    from: 'if (!present?.key || theirs !== linuxUser)',
    to: 'if (!present?.key || !theirs)',
  },
  {
    ...files,
    keeps: 'nobody’s files are read with another’s key',
    from: 'const present = await store.managedCredentials.find(identityId, userId);',
    to: 'const [present] = await store.managedCredentials.listOfIdentity(identityId);',
  },
  {
    ...reader,
    keeps: 'promise 15: a status reader that ends up as somebody else does not count',
    from: '    if (name !== target.userName)\n',
    to: "    if (name === '')\n",
    named: 'promise 15',
  },
  {
    ...sight,
    keeps: 'a status reader that is not verified does not count',
    from: "      if (reader?.status !== 'verified') return null;\n",
    to: "      if (!reader || reader.status === 'refused') return null;\n",
    named: 'promise 15',
  },
  {
    ...sight,
    keeps: 'promise 3: a status reader’s key is bound to its version',
    file: 'src/actions/credentials/key-places.ts',
    from: '  owner: `identity ${reader.identityId}`,\n  version: reader.keyVersion,\n',
    to: '  owner: `identity ${reader.identityId}`,\n  version: 1,\n',
    named: 'promises 1, 3, 8',
  },
  {
    ...sight,
    keeps: 'promise 8: with a status reader goes its key',
    file: 'src/actions/status-reader/actions.ts',
    from: "        await tables.sealedValues.destroy('status_readers', String(id));\n",
    to: '',
    named: 'promises 1, 3, 8',
  },
  {
    ...sight,
    keeps: 'what an earlier status reader saw is not this one’s',
    from: 'return reader?.keyVersion === keyVersion && identity ?',
    to: 'return reader && keyVersion > 0 && identity ?',
    named: 'out of use',
  },
];
