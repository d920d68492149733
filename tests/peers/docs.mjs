// Reads the contract in a real browser, and tries it with a key: one job in, one
// answer out. See README.md beside this file for both.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from './tools.mjs';
import { launch, listen } from './chromium.mjs';

/** Enters a key, and runs an operation; what the page shows of its answer comes back. */
async function tryOut(page, job) {
  await page.goto(job.docs_url);
  await page.locator('.opblock').first().waitFor();
  const operations = await page.locator('.opblock').count();
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.getByLabel('auth-bearer-value').fill(job.key);
  await page.locator('.auth-container', { has: page.getByLabel('auth-bearer-value') }).locator('button.authorize').click();
  await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click();
  const operation = page.locator(`.opblock[id$="-${job.operation}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const shown = operation.locator('.live-responses-table tbody');
  await shown.waitFor();
  const status = (await shown.locator('.response-col_status').first().innerText()).trim();
  const body = await shown.locator('.highlight-code').first().innerText();
  await page.screenshot({ path: join(job.artifacts, 'tried.png') });
  return { operations, title: await page.title(), status, body };
}

await answer(async (job) => {
  mkdirSync(job.artifacts, { recursive: true });
  const browser = await launch(job.chromium);
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
    const seen = { complaints: [], answers: [] };
    listen(page, seen);
    page.setDefaultTimeout(20_000);
    try {
      return { ...(await tryOut(page, job)), ...seen };
    } catch (error) {
      await page.screenshot({ path: join(job.artifacts, 'failed.png') }).catch(() => {});
      throw new Error(`${error.message}\n${JSON.stringify(seen, null, 1)}`);
    }
  } finally {
    await browser.close();
  }
});
