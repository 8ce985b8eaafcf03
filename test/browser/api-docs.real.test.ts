/** The API's page in a real browser: it can be read, an operation can be tried, and nothing comes from elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { useServer } from '../support/use-server.ts';

const server = useServer();

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]; // biome-ignore format: a list of words

test('is read and tried in Chromium, from this origin alone', { timeout: 120_000 }, async () => {
  const profile = await mkdtemp(join(tmpdir(), 'latchkey-browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['LATCHKEY_CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: quiet,
    viewport: { width: 1200, height: 900 },
  });
  try {
    const page = await browser.newPage();
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
        elsewhere.push(request.url());
    });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/api/docs`, { waitUntil: 'networkidle' });
    await page.locator('#operations-service-info-Info').waitFor();
    expect(await page.title()).toBe('Latchkey API');

    await page.locator('#operations-service-info-Info .opblock-summary').click();
    await page.locator('#operations-service-info-Info button.execute').click();
    await page
      .locator('#operations-service-info-Info .live-responses-table .response .microlight')
      .first()
      .waitFor();
    expect(await page.locator('#operations-service-info-Info .live-responses-table').innerText()).toContain(
      'apiVersion',
    );
    // What lies further down is drawn when it is looked for.
    await page.locator('.operation-filter-input').fill('identities');
    await page.getByText('/api/identities', { exact: true }).first().waitFor();
    const picture = process.env['LATCHKEY_SCREENSHOTS'];
    if (picture) await page.screenshot({ path: join(picture, 'api-docs.png') });
    expect({ elsewhere, complaints }).toEqual({ elsewhere: [], complaints: [] });
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
});
