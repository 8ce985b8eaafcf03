import { describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from './settings.ts';

describe('settings', () => {
  test('defaults are those of the manual', () => {
    const { settings, lines } = readSettings({ HOME: '/root' });
    expect(settings).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080 },
      publicUrl: 'http://127.0.0.1:8080',
      dataDir: `${process.cwd()}/data`,
      hostKeys: 'confirm',
      allowedNetworks: [],
      trustedProxies: [],
      metricsListen: null,
      logLevel: 'info',
    });
    expect(settings.database).toBe(`sqlite:${process.cwd()}/data/latchkey.db`);
    expect(settings.rootKeyFile).toBe(`${process.cwd()}/data/root.key`);
    expect(lines.every((line) => line.source === 'default')).toBe(true);
  });

  test('values of the environment win and say so; secrets stay hidden', () => {
    const { settings, lines } = readSettings({
      LATCHKEY_LISTEN: '[::1]:9000',
      LATCHKEY_DATABASE: 'postgres://latchkey:hunter2@db/latchkey',
      LATCHKEY_ALLOWED_NETWORKS: '127.0.0.0/8, ::1',
      LATCHKEY_METRICS_LISTEN: '127.0.0.1:9100',
      LATCHKEY_URL: 'https://keys.example.org/',
      LATCHKEY_DATA: '/srv/latchkey',
      LATCHKEY_ROOT_KEY_FILE: '/etc/latchkey/root.key',
      LATCHKEY_HOST_KEYS: 'first-use',
      LATCHKEY_TRUSTED_PROXIES: '10.0.0.1 10.1.0.0/16',
      LATCHKEY_LOG_LEVEL: 'debug',
    });
    expect(settings).toMatchObject({
      listen: { host: '::1', port: 9000 },
      dataDir: '/srv/latchkey',
      rootKeyFile: '/etc/latchkey/root.key',
      hostKeys: 'first-use',
      trustedProxies: ['10.0.0.1/32', '10.1.0.0/16'],
      logLevel: 'debug',
    });
    expect(settings.publicUrl).toBe('https://keys.example.org');
    expect(settings.allowedNetworks).toEqual(['127.0.0.0/8', '::1/128']);
    expect(settings.metricsListen).toEqual({ host: '127.0.0.1', port: 9100 });
    expect(settings.database).toContain('hunter2');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines.find((line) => line.name === 'LATCHKEY_LISTEN')).toMatchObject({ source: 'environment' });
  });

  test.each([
    ['LATCHKEY_LISTEN', '8080', 'an address and a port'],
    ['LATCHKEY_LISTEN', 'localhost:99999', 'an address and a port'],
    ['LATCHKEY_URL', 'ftp://x', 'the address that people use'],
    ['LATCHKEY_DATABASE', 'mysql://x', 'sqlite:<file> or postgres://'],
    ['LATCHKEY_DATABASE', 'sqlite:', 'sqlite:<file> or postgres://'],
    ['LATCHKEY_ALLOWED_NETWORKS', '127.0.0.0/64', 'networks such as'],
    ['LATCHKEY_ALLOWED_NETWORKS', 'cluster', 'networks such as'],
    ['LATCHKEY_HOST_KEYS', 'no', 'confirm, first-use'],
    ['LATCHKEY_TRUSTED_PROXIES', 'proxy', 'networks such as'],
    ['LATCHKEY_METRICS_LISTEN', '9100', 'an address and a port'],
    ['LATCHKEY_LOG_LEVEL', 'loud', 'one of fatal'],
    ['LATCHKEY_LISTENS', 'x', 'no such setting'],
  ])('%s=%s is refused with the cure', (name, value, cure) => {
    expect(() => readSettings({ [name]: value })).toThrow(SettingsError);
    expect(() => readSettings({ [name]: value })).toThrow(name);
    expect(() => readSettings({ [name]: value })).toThrow(cure);
  });
});
