import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first: what starts last should be short, or one worker ends long after the others. */
const longest = [
  // The first one builds the app; those beside it need no build and do not wait.
  'test/e2e/console.test.ts',
  'test/torture/short-pass.test.ts',
  'test/db/embedded-server.test.ts',
  'test/documents/documents.test.ts',
  'test/tooling/packaged-app.test.ts',
  'test/e2e/backup-sets.test.ts',
  'test/e2e/shell.test.ts',
  'test/e2e/tenants.test.ts',
  'test/e2e/runs.test.ts',
  'test/cli/demo-history.test.ts',
  'test/cli/person-sign-in.test.ts',
  'test/e2e/schedules-and-audit.test.ts',
  'test/security/canaries-and-egress.test.ts',
  'test/cli/demo.test.ts',
  'test/drill/disaster-drill.test.ts',
  'test/e2e-desktop/desktop.test.ts',
  'test/torture/graph-short-pass.test.ts',
  'test/e2e/schedule-templates.test.ts',
  'test/e2e/roles.test.ts',
  'test/e2e-desktop/updates.test.ts',
  'test/cli/service-lifecycle.test.ts',
];

/** Vitest knows how long files took the last time, but not on a fresh clone: there it goes by their size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = (file: TestSpecification): number => {
      const found = longest.indexOf(relative(this.ctx.config.root, file.moduleId).split(sep).join('/'));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
