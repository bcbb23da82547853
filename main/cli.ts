#!/usr/bin/env node
/**
 * Entry of the command `tenantkeep`. Looks at the version of Node before anything is loaded that an older one
 * could not even parse, and leaves the rest to the program.
 */
export const neededMajor = 24;
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
