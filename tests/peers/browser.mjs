// Logs people in through a real browser, and tells what it saw: one job in, one
// answer out. See README.md beside this file for both.
//
// It judges little: the test reads the answer. Pictures and pages are kept in
// the job's folder, for looking at.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from './tools.mjs';
import { launch, listen } from './chromium.mjs';
import { SCREENS, look } from './look.mjs';

/** More presses of Tab than any page needs. */
const MAX_TABS = 80;

/** Presses Tab until what has the focus is called so, and shows that it has it. */
async function tabTo(page, wanted) {
  const passed = [];
  for (let presses = 0; presses < MAX_TABS; presses += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      return { name: element.innerText || element.getAttribute('aria-label') || element.id, outlined };
    });
    if (focus.name?.includes(wanted)) {
      if (!focus.outlined) {
        throw new Error(`"${wanted}" does not show that it has the focus`);
      }
      return;
    }
    passed.push(focus.name);
  }
  throw new Error(`Tab never reaches "${wanted}" at ${page.url()}; it reaches: ${[...new Set(passed)].join(' | ')}`);
}

/** Goes on by the keyboard or by the mouse, to the next page. */
async function goOn(page, role, name, keyboard) {
  const next = page.waitForEvent('framenavigated');
  // What goes wrong before is the error to tell, not that nobody navigated.
  next.catch(() => {});
  if (keyboard) {
    await tabTo(page, name);
    await page.keyboard.press('Enter');
  } else {
    await page.getByRole(role, { name }).first().click();
  }
  await next;
  await page.waitForLoadState('load');
}

/** The size of a picture of the documents: three stand beside each other. */
const PICTURE = { width: 760, height: 820 };

/** Takes a picture of the page for the documents, and puts the screen back. */
async function take(page, name, job) {
  await page.setViewportSize(PICTURE);
  await page.screenshot({ path: join(job.artifacts, `${name}-picture.png`), animations: 'disabled' });
  await page.setViewportSize(SCREENS.desktop);
}

/** One login, in a browser that has never been here. */
async function visit(browser, job, { name, example, keyboard, pictures }) {
  const context = await browser.newContext({ viewport: SCREENS.desktop, locale: 'en-GB' });
  const page = await context.newPage();
  const seen = { complaints: [], answers: [], pages: {} };
  listen(page, seen);
  try {
    await page.goto(job.sign_in_url);
    if (pictures) {
      await look(page, 'sign-in', job, seen);
      await take(page, 'sign-in', job);
    }
    await goOn(page, 'link', job.connection, keyboard);
    if (pictures) await look(page, 'identity-provider', job, seen);
    await goOn(page, 'link', example, keyboard);
    const arrived = page.waitForURL((url) => !url.href.startsWith(job.identity_provider));
    arrived.catch(() => {});
    await goOn(page, 'button', job.send, keyboard);
    await arrived;
    await page.waitForLoadState('load');
    await look(page, name, job, seen);
    await take(page, name, job);
    const session = await context.request.get(job.session_url);
    seen.session = { status: session.status(), body: session.ok() ? await session.json() : null };
    seen.cookies = await context.cookies();
    return seen;
  } catch (error) {
    await page.screenshot({ path: join(job.artifacts, `${name}-failed.png`), fullPage: true }).catch(() => {});
    throw new Error(`${name}: ${error.message}\n${JSON.stringify(seen.answers, null, 1)}\n${seen.complaints.join('\n')}`);
  } finally {
    await context.close();
  }
}

await answer(async (job) => {
  mkdirSync(job.artifacts, { recursive: true });
  const browser = await launch(job.chromium);
  try {
    const visits = {};
    for (const each of job.visits) {
      visits[each.name] = await visit(browser, job, each);
    }
    return { browser: browser.version(), visits };
  } finally {
    await browser.close();
  }
});
