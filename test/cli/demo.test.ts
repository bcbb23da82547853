import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../../main/cli/demo.ts';
import { runCli, type CliResult } from '../support/cli.ts';

/** The main job on its own database server, with the processes that a newcomer would start. */
const home = mkdtempSync(join(tmpdir(), 'tenantkeep-demo-test-'));
let result: CliResult;
let report: DemoReport;
beforeAll(async () => {
  result = await runCli(['demo', '--once', '--json', '--home', home], {
    home,
    env: { TENANTKEEP_DATABASE_URL: '' },
  });
  report = result.json as DemoReport;
}, 240_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('demo --once --json', () => {
  it('ends well and prints one document on stdout', () => {
    expect(result.error).toBeNull();
    expect(result.exitCode).toBe(0);
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(report.tenants).toHaveLength(3);
    expect(report.seconds).toBeLessThan(180);
  });

  it('has its first run dispatched by the minute scheduler, the others started by hand', () => {
    for (const { runs } of report.tenants) {
      expect(runs.map((run) => run.trigger)).toEqual(['scheduled', 'manual', 'manual']);
      expect(runs[0]!.slot).toMatch(/T\d\d:\d\d:00\.000Z$/);
    }
  });

  it('is green only where every type is complete or not available', () => {
    const states = report.tenants.map(({ runs }) => runs.map((run) => run.state));
    expect(states.filter((tenant) => tenant.every((state) => state === 'succeeded'))).toHaveLength(2);
    expect(states.filter((tenant) => tenant.every((state) => state === 'partial'))).toHaveLength(1);
    for (const run of report.tenants.flatMap(({ runs }) => runs)) {
      expect(run.types.unknown).toBe(0);
      expect(run.types.notAvailable).toBeGreaterThan(0);
      expect(run.types.incomplete > 0).toBe(run.state === 'partial');
    }
  });

  it('adds nothing for a tenant in which nothing changed, and counts what did', () => {
    const quiet = report.tenants.filter(({ runs }) =>
      runs.slice(1).every((run) => run.added + run.changed + run.removed === 0),
    );
    expect(quiet).toHaveLength(1);
    for (const run of quiet[0]!.runs.slice(1)) expect(run.backupSet!.newBytes).toBe(0);
    for (const { runs } of report.tenants) {
      expect(runs[0]!.added).toBe(runs[0]!.items);
      for (const run of runs) expect(run.backupSet).toMatchObject({ items: run.items });
      const expected = runs.slice(1).map((run, index) => runs[index]!.items + run.added - run.removed);
      expect(runs.slice(1).map((run) => run.items)).toEqual(expected);
    }
  });

  it('prunes one set of each tenant, and everything verifies', () => {
    expect(report.retention.pruned).toBe(3);
    expect(report.verify).toEqual({ sets: 6, damaged: 0 });
    expect(report.audit.verified).toBe(true);
    expect(report.audit.events).toBeGreaterThan(30);
  });

  it('leaves a home in which one can look around afterwards', async () => {
    const runs = await runCli(['runs', 'list', '--json'], { home, env: { TENANTKEEP_DATABASE_URL: '' } });
    expect(runs.json.runs).toHaveLength(9);
  });
});
