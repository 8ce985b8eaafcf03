/** Host keys: promises 16 and 17, from the scan to the decision. */
import type { Break } from './break.ts';

const lines = {
  file: 'src/actions/clusters/host-key-lines.ts',
  test: 'src/actions/clusters/host-key-lines.test.ts',
};
const identities = 'src/actions/clusters/identities.real.test.ts';
const decision = { file: 'src/actions/clusters/host-keys.ts', test: identities };
const observer = { file: 'src/actions/clusters/observe-host-keys.ts', test: identities };
const target = { file: 'src/actions/clusters/cluster-target.ts', test: identities };

const reading: readonly Break[] = [
  {
    ...lines,
    keeps: 'a host key that was cut when it was copied is refused',
    from: "blob.toString('base64') !== base64 || !isKeyBlob(blob, type)",
    to: "blob.toString('base64') !== base64",
  },
  {
    ...lines,
    keeps: 'a host key file without keys pins nothing and says so',
    from: "  if (keys.length === 0) throw badRequest('hostKeys: give at least one host key', { field: 'hostKeys' });\n",
    to: '',
  },
  {
    ...lines,
    keeps: 'promise 16: another key of a pinned type is a change, also beside a pinned one',
    from: '(!scanned.some(isPinned) || pinned.some((pin) => pin.type === key.type));',
    to: '!scanned.some(isPinned);',
  },
  {
    ...lines,
    keeps: 'promise 16: a host that shows none of the pinned keys has changed',
    from: '(!scanned.some(isPinned) || pinned.some((pin) => pin.type === key.type));',
    to: 'pinned.some((pin) => pin.type === key.type);',
  },
  {
    ...lines,
    keeps: 'promise 16: a further key of another type changes nothing',
    from: '(!scanned.some(isPinned) || pinned.some((pin) => pin.type === key.type));',
    to: 'true;',
  },
  {
    ...lines,
    keeps: 'a fingerprint is taken as people copy it',
    from: "    .replace(/^SHA256:/i, '')\n",
    to: '',
  },
];

const deciding: readonly Break[] = [
  {
    ...target,
    keeps: 'promise 16: nothing is offered before an owner has confirmed',
    from: "keys.filter((key) => key.status === 'PINNED').map((key) => key.publicKey);",
    to: 'keys.map((key) => key.publicKey);',
    named: 'promise 16: seen at creation',
  },
  {
    ...observer,
    keeps: 'promise 16: with confirm no scan pins',
    from: "const trust = policy === 'first-use' && ",
    to: 'const trust = ',
    named: 'promise 16: seen at creation',
  },
  {
    ...observer,
    keeps: 'with first-use the scan at creation pins',
    from: "const trust = policy === 'first-use' && ",
    to: "const trust = policy === 'first-use' && stored.length > 0 && ",
    named: 'first use',
  },
  {
    ...observer,
    keeps: 'first use is the first one: a later key is not trusted because it is new',
    from: " && !stored.some((key) => key.status === 'PINNED');",
    to: ';',
    test: 'src/actions/clusters/identities.real.test.ts',
    named: 'first use',
  },
  {
    ...observer,
    keeps: 'promise 16: a changed key blocks the cluster',
    from: '      if (unknown.length > 0) await block(tables, subject, stored, changed);\n',
    to: '',
    named: 'promise 16: a changed key blocks',
  },
  {
    ...observer,
    keeps: 'promise 16: the new fingerprint is in the audit log',
    from: 'metadata: { host: hostName, old, new: fingerprintsOf(shown),',
    to: 'metadata: { host: hostName, old,',
    named: 'promise 16: a changed key blocks',
  },
  {
    ...observer,
    keeps: 'promise 16: the old fingerprint is in the audit log',
    from: "const old = fingerprintsOf(stored.filter((key) => key.status === 'PINNED'));",
    to: 'const old = fingerprintsOf(shown);',
    named: 'promise 16: a changed key blocks',
  },
  {
    ...target,
    keeps: 'promise 16: a blocked cluster stays so until an owner decides, whatever the host shows',
    from: "if (address.blockedReason !== null || keys.some((key) => key.status === 'CHANGED')) {",
    to: "if (keys.every((key) => key.status === 'CHANGED')) {",
    named: 'promise 16: a changed key blocks',
  },
  {
    ...decision,
    keeps: 'promise 16: after a change only what is named is trusted',
    from: 'const kept = undecided ? [] : ',
    to: 'const kept = ',
    named: 'deciding on a change',
  },
  {
    ...decision,
    keeps: 'an unknown fingerprint confirms nothing',
    from: 'if (strange.length > 0 || chosen.length === 0) {',
    to: 'if (strange.length < 0) {',
    named: 'unknown fingerprint',
  },
  {
    ...decision,
    keeps: 'what an owner decides opens the cluster again',
    from: "        if (owner.kind === 'identity') await tables.identities.update(owner.id, { blockedReason: null });\n",
    to: '',
    named: 'deciding on a change',
  },
  {
    ...decision,
    keeps: 'who confirmed a key is told',
    from: "hostKeyRow(key, 'PINNED', now, caller.userName)",
    to: "hostKeyRow(key, 'PINNED', now)",
    named: 'promise 16: seen at creation',
  },
  {
    keeps: 'keys given at creation are pinned',
    file: 'src/actions/clusters/identities.ts',
    from: '        if (input.hostKeys) await hostKeys.pin(tables, ownerOf(made.id), input.hostKeys, caller);\n',
    to: '',
    test: identities,
    named: 'keys given at creation',
  },
  {
    keeps: 'promise 16: another host is another cluster: its pins are dropped',
    file: 'src/actions/clusters/identities.ts',
    from: '    await tables.hostKeys.removeAll(ownerOf(identity.id));\n',
    to: '',
    test: identities,
    named: 'another host is another cluster',
  },
  {
    keeps: 'promise 16: a changed key that a run meets is noted for its cluster',
    file: 'src/launcher/follow.ts',
    from: "      if (runs[0] && isAppError(error, 'host_key_changed')) await deps.noteHostKeyChange(runs[0].snapshot);\n",
    to: '',
    test: 'src/launcher/outage.test.ts',
    named: 'promise 16',
  },
];

const onTheWire: readonly Break[] = [
  {
    keeps: 'promise 16: without a confirmed key nobody even connects',
    file: 'src/ssh/pool.ts',
    from: '      if (host.pins.length === 0) throw unconfirmed(host);\n',
    to: '      if (host.pins.length < 0) throw unconfirmed(host);\n',
    test: 'src/ssh/refusals.real.test.ts',
    named: 'without a confirmed key',
  },
  {
    keeps: 'promise 16: a changed key is told with both fingerprints',
    file: 'src/ssh/explain.ts',
    from: '/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|',
    to: '/',
    test: 'src/ssh/refusals.real.test.ts',
    named: 'a changed host key is offered nothing',
  },
  {
    keeps: 'promise 17: a jump host is verified like a target',
    file: 'src/ssh/config-file.ts',
    from: '      `  HostKeyAlias ${keyName(hop)}`,\n',
    to: "      `  HostKeyAlias ${keyName(hop)}`,\n      `  StrictHostKeyChecking ${hop.alias === 'target' ? 'yes' : 'no'}`,\n",
    test: 'src/ssh/jump-hosts.real.test.ts',
    named: 'promise 17',
  },
  {
    keeps: 'promise 17: without a pin for a jump host nothing is dialled',
    file: 'src/ssh/pool.ts',
    from: '    for (const host of [...(target.through ?? []), target])\n',
    to: '    for (const host of [target])\n',
    test: 'src/ssh/jump-hosts.real.test.ts',
    named: 'without a pin for a jump host',
  },
  {
    keeps: 'promise 17: the agent of a jump host signs for that host alone',
    file: 'src/ssh/ssh-process.ts',
    from: '        pins: host.pins,\n        onAsked',
    to: '        pins: target.pins,\n        onAsked',
    test: 'src/ssh/jump-hosts.real.test.ts',
    named: 'one: the same key',
  },
  {
    keeps: 'a scan of host keys offers nothing and logs nobody in',
    file: 'src/ssh/host-key-scan.ts',
    from: "const kinds = ['ed25519', 'ecdsa', 'rsa'];",
    to: "const kinds = ['ed25519'];",
    test: 'src/ssh/refusals.real.test.ts',
    named: 'a scan shows',
  },
];

export const breaks: readonly Break[] = [...reading, ...deciding, ...onTheWire];
