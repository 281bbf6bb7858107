/** What a page in a browser has wrong for who reads it with ears, hands or weak eyes, by axe. */

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const results = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/** One text for each violation of what WCAG 2.2 AA and good practice ask; empty: none is found. */
export async function violationsOf(page: Page, within?: string): Promise<readonly string[]> {
  // Evaluated as the debugger does, which no content policy forbids; nothing stays in the page.
  await page.evaluate(`${axe.source}; 0`);
  const found = results.parse(
    await page.evaluate(`axe.run(${within === undefined ? 'document' : JSON.stringify(within)})`),
  );
  return found.violations.map(({ id, help, nodes }) => {
    const [first] = nodes;
    return `${id}: ${help} (${nodes.length}): ${first?.html} ${first?.failureSummary ?? ''}`;
  });
}
