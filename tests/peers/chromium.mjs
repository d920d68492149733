// What the programs that drive a real browser share.

import { require } from './tools.mjs';

const { chromium } = require('playwright-core');

/** A browser that has never been anywhere. */
export async function launch(executablePath) {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      // Root has no user namespaces to make a sandbox of; the pages are ours.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-default-apps',
      '--disable-sync',
    ],
  });
}

/** Everything that a browser complains of, and every address that it asks. */
export function listen(page, seen) {
  page.on('console', (message) => {
    // An error page comes with the status of an error; the test reads it from
    // the answers.
    const ofThePage = message.text().startsWith('Failed to load resource') && message.location().url === page.url();
    if (['error', 'warning'].includes(message.type()) && !ofThePage) {
      seen.complaints.push(`${message.type()} at ${page.url()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => seen.complaints.push(`script error at ${page.url()}: ${error.message}`));
  page.on('requestfailed', (request) => {
    seen.complaints.push(`no answer from ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    seen.answers.push({ method: response.request().method(), url: response.url(), status: response.status() });
  });
}
