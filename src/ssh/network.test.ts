import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkBehindJump, checkedAddresses, createAddressCheck } from './network.ts';

const check = createAddressCheck([]);

describe('promise 26: special addresses are refused', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.0.0.1',
    '169.254.169.254',
    '169.254.0.7',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '100.100.100.200',
    '168.63.129.16',
    '::',
    '::1',
    '::7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0:1::1',
    'not an address',
    '',
  ])('%s', (address) => expect(check(address)).toBe(false));

  test.each([
    '10.1.2.3',
    '192.168.1.1',
    '172.16.5.5',
    '100.64.0.1',
    '8.8.8.8',
    '2600::1',
    'fd12:3456::1',
    '::ffff:10.0.0.1',
  ])('%s is where clusters live', (address) => expect(check(address)).toBe(true));

  test('any IPv4 address counts the same when it is mapped into IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(check(`::ffff:${address}`)).toBe(check(address));
      }),
    );
  });

  test('the operator allows a range, and only that', () => {
    const allowing = createAddressCheck(['127.0.0.0/8', 'fe80::/10']);
    expect(['127.0.0.1', '::ffff:127.0.0.1', 'fe80::1'].map(allowing)).toEqual([true, true, true]);
    expect(['169.254.169.254', '::1', '0.0.0.0'].map(allowing)).toEqual([false, false, false]);
  });

  test('a bad network is named with its setting', () => {
    expect(() => createAddressCheck(['127.0.0.1'])).toThrow('LATCHKEY_ALLOWED_NETWORKS: "127.0.0.1"');
  });
});

describe('checkedAddresses', () => {
  const resolving = (...addresses: string[]) => ({ resolve: async () => addresses });

  test('keeps usable ones in order, without duplicates, four at most', async () => {
    const found = [
      '127.0.0.1',
      '10.0.0.2',
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
    ];
    expect(await checkedAddresses('hpc', check, resolving(...found))).toEqual([
      '10.0.0.2',
      '10.0.0.1',
      '10.0.0.3',
      '10.0.0.4',
    ]);
  });

  test('a name with refused addresses alone names the setting', async () => {
    await expect(checkedAddresses('evil.example', check, resolving('169.254.169.254'))).rejects.toMatchObject(
      {
        code: 'host_address_refused',
        status: 400,
        message: expect.stringContaining('LATCHKEY_ALLOWED_NETWORKS'),
      },
    );
  });

  test.each(['2130706433', '0x7f.1', '0177.0.0.1', '127.1'])(
    '%s is read as what it reaches',
    async (name) => {
      await expect(checkedAddresses(name, check)).rejects.toMatchObject({ code: 'host_address_refused' });
    },
  );

  test.each(['-oProxyCommand=x', 'a b', 'a\nb', 'host%n', '', 'fe80::1%eth0', 'a'.repeat(260)])(
    '%j is no host name',
    async (name) => {
      await expect(checkedAddresses(name, check)).rejects.toMatchObject({
        code: expect.stringMatching(/host_unresolved|host_address_refused/),
      });
    },
  );

  test('a name nobody knows, and a resolver that hangs, end in time', async () => {
    await expect(checkedAddresses('nobody.invalid', check)).rejects.toMatchObject({
      code: 'host_unresolved',
    });
    const hanging = { resolve: () => new Promise<string[]>(() => undefined), limitMs: 20 };
    await expect(checkedAddresses('slow.example', check, hanging)).rejects.toMatchObject({
      code: 'host_unresolved',
    });
  });
});

describe('behind a jump host', () => {
  test.each(['login.inner.example', 'node7', '10.1.2.3', 'fd12:3456::1'])(
    '%s is left to the jump host to find',
    async (name) => expect(await checkBehindJump(name, check)).toBeUndefined(),
  );

  test.each(['127.0.0.1', '2130706433', '::ffff:169.254.169.254', 'localhost', 'a.LOCALHOST.'])(
    'promise 26: %s is refused there as well',
    async (name) => {
      await expect(checkBehindJump(name, check)).rejects.toMatchObject({ code: 'host_address_refused' });
    },
  );

  test.each(['-oProxyCommand=x', 'a b', 'host%h'])('%j is no host name there either', async (name) => {
    await expect(checkBehindJump(name, check)).rejects.toMatchObject({ code: 'host_unresolved' });
  });

  test('where the operator allows loopback, so does the way over a jump host', async () => {
    const allowing = createAddressCheck(['127.0.0.0/8']);
    expect(await checkBehindJump('localhost', allowing)).toBeUndefined();
  });
});
