/** A cluster's configuration as it is written, sent, and read again. */
import { describe, expect, test } from 'vitest';
import { unknownValue } from '../values/value.ts';
import { checkGrid } from './grid-attributes.ts';
import { readConfig } from './grid-config.ts';
import { sameHostKeys } from './host-key-lines.ts';

const body = 'AAAAC3NzaC1lZDI1NTE5AAAAIJcNhNPGFMIvFLRz7lS2jRxGqTmdGC6xJZTlmmWzHkT7';
const key = `ssh-ed25519 ${body}`;

describe('host keys', () => {
  test('stay as they are written while they are the pinned ones', () => {
    for (const written of [
      [key],
      [`login.example.org ${key} somebody@login`],
      [`[login.example.org]:2222,10.0.0.1 ${key}`],
      [key, `other ${key}`],
    ])
      expect(sameHostKeys(written, [key])).toEqual(written);
    expect(sameHostKeys(null, [key])).toEqual([key]);
    expect(sameHostKeys(null, [])).toBeNull();
  });

  test('an authority is one, written with or without its hosts', () => {
    const authority = `@cert-authority ${key}`;
    expect(sameHostKeys([`@cert-authority *.example.org ${key}`], [authority])).toEqual([
      `@cert-authority *.example.org ${key}`,
    ]);
    expect(sameHostKeys([authority], [authority])).toEqual([authority]);
    // The same key as a host's own is something else, either way.
    expect(sameHostKeys([key], [authority])).toEqual([authority]);
    expect(sameHostKeys([authority], [key])).toEqual([key]);
  });

  test('others are told as they are pinned', () => {
    const other = key.replace('IJcN', 'IJcM');
    expect(sameHostKeys([key], [other])).toEqual([other]);
    expect(sameHostKeys([key, other], [key])).toEqual([key]);
    expect(sameHostKeys([key], [key, other])).toEqual([key, other]);
    expect(sameHostKeys([key], [])).toEqual([]);
  });
});

test('what the server does not say is null, and empty texts are nothing', () => {
  const read = readConfig(
    {
      discriminator: 'slurm-platform',
      workDir: '',
      headQueue: 'short',
      jumpHosts: [{ hostName: 'a', hostKeys: [key] }],
    },
    { jump_hosts: [{ host_name: 'a', host_keys: [`a ${key}`] }] as never },
  );
  expect(read).toMatchObject({
    work_dir: null,
    head_queue: 'short',
    max_queue_size: null,
    reporting: null,
    environment: null,
    jump_hosts: [
      {
        host_name: 'a',
        host_keys: [`a ${key}`],
        port: null,
        user_name: null,
        managed_identity_id: null,
        credentials_id: null,
      },
    ],
  });
});

test('what cannot go together is said where it is written', () => {
  const paths = (config: Parameters<typeof checkGrid>[0]) =>
    checkGrid(config).map(({ path }) => path?.join('.'));
  expect(paths({ platform: 'slurm-platform', unit_for_limits: 'GB', per_task_reserve: false })).toEqual([
    'unit_for_limits',
    'per_task_reserve',
  ]);
  expect(paths({ platform: 'lsf-platform', unit_for_limits: 'GB' })).toEqual([]);
  expect(paths({ platform: unknownValue, unit_for_limits: 'GB' })).toEqual([]);
  const jump = { host_name: 'a', host_keys: [key] };
  expect(
    paths({
      jump_hosts: [
        { ...jump, managed_identity_id: 1 },
        { ...jump, host_keys: [] },
        { ...jump, managed_identity_id: 1, credentials_id: 'x' },
        { ...jump, host_keys: unknownValue },
        unknownValue,
      ],
    }),
  ).toEqual(['jump_hosts.1.host_keys', 'jump_hosts.2.credentials_id']);
  expect(paths({ jump_hosts: unknownValue })).toEqual([]);
});
