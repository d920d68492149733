// Looks at a page as people with different screens and schemes do, and as axe
// does.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { require } from './tools.mjs';

const axe = require('axe-core').source;

export const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 375, height: 740 } };
const SCHEMES = ['light', 'dark'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Checks the page on each screen and in each scheme: a picture, what axe finds,
 * whether it fits. What the page says is added to `seen.pages`.
 */
export async function look(page, name, job, seen, { screens = SCREENS, fullPage = true } = {}) {
  const problems = [];
  for (const [screen, size] of Object.entries(screens)) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const where = `${name}-${screen}-${colorScheme}`;
      await page.screenshot({ path: join(job.artifacts, `${where}.png`), fullPage });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) {
        problems.push({ where, id: 'reflow', impact: 'serious', help: `${wide} px too wide`, nodes: [] });
      }
      // Runs as the browser's own tools do, outside the page's policy; and
      // without `preload`, which would ask for the style sheets once more.
      await page.evaluate(axe);
      const { violations } = await page.evaluate(
        (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'], preload: false }),
        WCAG,
      );
      for (const { id, impact, help, nodes } of violations) {
        problems.push({ where, id, impact, help, nodes: nodes.map((node) => node.html) });
      }
    }
  }
  await page.setViewportSize(SCREENS.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
  writeFileSync(join(job.artifacts, `${name}.html`), await page.content());
  const facts = await page.evaluate(() => ({
    title: document.title,
    language: document.documentElement.lang,
    headings: [...document.querySelectorAll('h1')].map((heading) => heading.innerText.trim()),
    text: document.body.innerText,
  }));
  seen.pages[name] = { url: page.url(), ...facts, problems };
}
