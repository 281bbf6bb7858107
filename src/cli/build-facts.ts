/** What this program was built from, and when; of a checkout, the commit that it stands on. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { IS_BUILT, PACKAGE_ROOT, packageFile } from '../package.ts';

export interface BuildFacts {
  /** A commit, or null where that is not known. */
  readonly revision: string | null;
  /** Null: it runs from its sources. */
  readonly built_at: string | null;
  readonly built_with: string | null;
}

/** Of the program that runs. */
export function buildFacts(): BuildFacts {
  if (!IS_BUILT) {
    return { revision: checkoutRevision(PACKAGE_ROOT), built_at: null, built_with: null };
  }
  // Written by our own build, beside the module that runs.
  return JSON.parse(readFileSync(packageFile('dist/build.json'), 'utf8')) as BuildFacts;
}

/**
 * The commit that a checkout stands on, from git's own files: there may be no git here, and a
 * program that only tells its version should start no other. Null where there is no checkout.
 */
export function checkoutRevision(root: string): string | null {
  const dir = gitDir(root);
  if (dir === null) return null;
  const head = textOf(join(dir, 'HEAD'));
  const ref = head === null ? null : /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined || ref === null) return shortened(head);
  // A worktree keeps its HEAD for itself, and branches with the checkout that it was made from.
  const common = textOf(join(dir, 'commondir'));
  const shared = common === null ? dir : join(dir, common);
  const loose = textOf(join(shared, ref));
  if (loose !== null) return shortened(loose);
  const packed = textOf(join(shared, 'packed-refs')) ?? '';
  const line = packed.split('\n').find((each) => each.endsWith(` ${ref}`));
  return shortened(line?.split(' ', 1)[0] ?? null);
}

function gitDir(root: string): string | null {
  const git = join(root, '.git');
  if (!existsSync(git)) return null;
  if (statSync(git).isDirectory()) return git;
  const pointed = /^gitdir: (.+)$/.exec(textOf(git) ?? '')?.[1];
  if (pointed === undefined) return null;
  return pointed.startsWith('/') ? pointed : join(root, pointed);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not there, or not ours to read: the revision is then unknown, and nothing rests on it.
    return null;
  }
}

function shortened(commit: string | null): string | null {
  return commit !== null && /^[0-9a-f]{40}/.test(commit) ? commit.slice(0, 12) : null;
}
