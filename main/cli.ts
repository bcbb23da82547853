#!/usr/bin/env -S node --max-semi-space-size=16
/**
 * Entry of the command `tenantkeep`. Looks at the version of Node before anything is loaded that an older one
 * could not even parse, and leaves the rest to the program.
 */
export const neededMajor = 24;
// Whoever read stderr may be gone (a killed demo, a closed terminal). The log file goes on, and a service still has to
// stop in good order; without a listener the next line would end the process.
process.stderr.on('error', () => undefined);

const major = Number(process.versions.node.split('.')[0]);

if (major < neededMajor) {
  process.stderr.write(
    `TenantKeep needs Node ${neededMajor} or later; this is Node ${process.versions.node}. Run it through npm (npx tenantkeep), which brings the right one.\n`,
  );
  process.exitCode = 2;
} else {
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
}
