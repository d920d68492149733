// Reads the pages of the contracts in a real browser, and sends requests from
// them: one job in, one answer out. See README.md beside this file for both.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from './tools.mjs';
import { launch, listen } from './chromium.mjs';
import { SCREENS, look } from './look.mjs';

/** As narrow as a page must fit without scrolling sideways (WCAG 1.4.10). */
const NARROW = { desktop: SCREENS.desktop, narrow: { width: 320, height: 740 } };

const visible = (page, selector) => page.locator(`${selector}:visible`);

/**
 * What stands on a page before anything is done with it. A few operations are
 * opened: axe would take minutes for all, and each is made by the same template.
 */
async function read(page, name, url, opened, job, seen) {
  await page.goto(url);
  await page.evaluate((ids) => {
    const all = ids.flatMap((id) => [...document.querySelectorAll(`#${id} details`)]);
    all.forEach((details) => (details.open = true));
  }, opened);
  await look(page, name, job, seen, { screens: NARROW, fullPage: false });
  delete seen.pages[name].text;
  await page.setViewportSize(NARROW.narrow);
  const facts = {
    operations: await visible(page, 'article[id^=operation-]').count(),
    schemas: await visible(page, 'article[id^=schema-]').count(),
    prefilled: await page.evaluate(() =>
      [...document.querySelectorAll('input')].filter((input) => input.value !== '').map((input) => input.id),
    ),
    wide: await page.evaluate(() => {
      document.querySelectorAll('details').forEach((details) => (details.open = true));
      return document.documentElement.scrollWidth - window.innerWidth;
    }),
  };
  await page.setViewportSize(NARROW.desktop);
  return facts;
}

/** Finds an operation by the keyboard alone. */
async function search(page, words) {
  await page.keyboard.press('/');
  await page.keyboard.type(words);
  const found = {
    operations: await visible(page, 'article[id^=operation-]').evaluateAll((all) => all.map((one) => one.id)),
    links: await visible(page, 'nav.index li[data-of]').evaluateAll((all) => all.map((one) => one.dataset.of)),
    status: await page.locator('#found').innerText(),
  };
  await page.keyboard.press('Escape');
  found.cleared = await visible(page, 'article[id^=operation-]').count();
  return found;
}

/** The first stop of the keyboard, and whether it can be seen there. */
async function skip(page) {
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => {
    const { left } = document.activeElement.getBoundingClientRect();
    const { outlineStyle } = getComputedStyle(document.activeElement);
    return { text: document.activeElement.innerText, isVisible: left >= 0 && outlineStyle !== 'none' };
  });
  await page.keyboard.press('Enter');
  return { ...first, focus: await page.evaluate(() => document.activeElement.id) };
}

/** Switches between light and dark, and back. */
async function switchScheme(page) {
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await colour();
  await page.locator('#scheme').click();
  const switched = await colour();
  await page.reload();
  const reloaded = await colour();
  await page.locator('#scheme').click();
  return { before, switched, reloaded, after: await colour() };
}

/** Sends the request of an operation as its form stands. */
async function send(page, operation) {
  const form = page.locator(`#operation-${operation} details.try`);
  await form.evaluate((details) => (details.open = true));
  await form.getByRole('button', { name: 'Send' }).click();
  await form.locator('.result .status').waitFor();
  const status = await form.locator('.result .status').innerText();
  const body = await form.locator('.result > pre').innerText();
  return { status: status.split(' ')[0], body: JSON.parse(body) };
}

/** The page of a browser that runs no script. */
async function withoutScript(browser, url) {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(url);
  return {
    operations: await visible(page, 'article[id^=operation-]').count(),
    controls: await visible(page, ':is(input, button, select, textarea)').count(),
  };
}

async function visit(page, browser, job, seen) {
  const opened = { scim: ['operation-createScimUser', 'response-NotFound'], admin: ['operation-importUsers', 'operation-updateUser'] };
  const facts = { scim: await read(page, 'docs-scim', job.scim_url, opened.scim, job, seen) };
  facts.admin = await read(page, 'docs', job.docs_url, opened.admin, job, seen);
  await page.goto(job.docs_url);
  facts.skip = await skip(page);
  facts.search = await search(page, job.words);
  facts.scheme = await switchScheme(page);
  facts.links = await page.evaluate(() =>
    [...document.querySelectorAll('main a[href^="/"]')].map((link) => link.getAttribute('href')),
  );
  facts.broken = await page.evaluate(() =>
    [...document.querySelectorAll('a[href^="#"]')].map((link) => link.hash.slice(1)).filter((id) => !document.getElementById(id)),
  );
  await page.locator('#key').fill(job.key);
  facts.sent = {};
  for (const operation of job.operations) {
    facts.sent[operation] = await send(page, operation);
  }
  facts.stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  await page.reload();
  facts.key = await page.locator('#key').inputValue();
  facts.withoutScript = await withoutScript(browser, job.docs_url);
  return facts;
}

await answer(async (job) => {
  mkdirSync(job.artifacts, { recursive: true });
  const browser = await launch(job.chromium);
  try {
    const page = await (await browser.newContext({ viewport: SCREENS.desktop, reducedMotion: 'reduce' })).newPage();
    const seen = { complaints: [], answers: [], pages: {} };
    listen(page, seen);
    page.setDefaultTimeout(20_000);
    try {
      return { ...(await visit(page, browser, job, seen)), ...seen };
    } catch (error) {
      await page.screenshot({ path: join(job.artifacts, 'failed.png') }).catch(() => {});
      throw new Error(`${error.message}\n${JSON.stringify(seen, null, 1)}`);
    }
  } finally {
    await browser.close();
  }
});
