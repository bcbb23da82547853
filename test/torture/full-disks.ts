import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../main/clock.ts';
import { findServerAccount } from '../../main/db/server-binaries.ts';
import { type Measurement, measured, notMeasured } from '../support/measurement.ts';
import type { MeasurementCase, MeasurementOptions } from '../support/measurement-runner.ts';
import { type Fleet, judge, openFleet, until } from './support/fleet.ts';

const run = promisify(execFile);

/** R8: no space for logs, exports, the database. */
export const fullDisks: MeasurementCase = {
  id: 'R8',
  what: 'disk full for logs, exports, database',
  wholeMinutes: { fixed: 0.2, trials: 0 },
  measure: measureFullDisks,
};

export async function measureFullDisks({ seed }: MeasurementOptions): Promise<Measurement[]> {
  const fleet = await openFleet({ tenants: 2, schedulesPerTenant: 2, everyMinutes: 15, rate: 1 });
  try {
    return [
      ...(await withLimitedFiles(fleet)),
      ...(await withFullDatabase(fleet)),
      ...(await judge(fleet, {
        id: 'R8',
        seed,
        plan: {},
        alsoAllowedErrors: /could not extend file|No space left on device/,
      })),
    ];
  } finally {
    await fleet.close();
  }
}

/** Files that grow beyond 64 KB are refused by the system, as on a full disk (EFBIG in place of ENOSPC). */
async function withLimitedFiles(fleet: Fleet): Promise<Measurement[]> {
  if (process.platform === 'win32') {
    return [
      notMeasured('R8', 'log and export on a full disk', 'count', 'Windows has no limit on file size.'),
    ];
  }
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-full-disk-'));
  const script = fileURLToPath(new URL('./support/full-disk-process.ts', import.meta.url));
  const underLimit = async (job: 'log' | 'export', place: string): Promise<Record<string, unknown>> => {
    await mkdir(place);
    const { stdout } = await run('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 64; exec "$0" "$@"`,
      process.execPath,
      script,
      job,
      place,
      fleet.arena.superuserUrl,
    ]);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  try {
    await fleet.arena.superuser.query(
      `select app.audit_write(array_fill(null::uuid, array[5000]), array_fill('run.queued'::text, array[5000]))`,
    );
    const log = await underLimit('log', join(directory, 'log'));
    const exported = await underLimit('export', join(directory, 'export'));
    const left = await readdir(join(directory, 'export'));
    return [
      measured(
        'R8',
        'programs that a log on a full disk stopped',
        log['wentOn'] === true ? 0 : 1,
        'count',
        { atMost: 0 },
        log,
      ),
      measured(
        'R8',
        'exports on a full disk that left something or failed unclearly',
        Number(left.length > 0 || exported['code'] !== 'export_disk_full'),
        'count',
        { atMost: 0 },
        {
          ...exported,
          filesLeft: left.length,
        },
      ),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Payloads live on a small file system of their own, which is full when a backup wants to write. */
async function withFullDatabase(fleet: Fleet): Promise<Measurement[]> {
  const what = 'seconds from a slot until its run failed for want of space';
  const place = await mkdtemp(join(tmpdir(), 'tenantkeep-small-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]);
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    return [
      notMeasured(
        'R8',
        what,
        's',
        `A small file system needs the right to mount: ${String(error).slice(0, 120)}`,
      ),
    ];
  }
  const { superuser } = fleet.arena;
  try {
    const account = await findServerAccount();
    if (account !== null) await chown(place, account.uid, account.gid);
    await superuser.query(`create tablespace small location '${place}'`);
    await superuser.query('alter table app.payloads set tablespace small');
    await superuser.query('create table app.torture_filler (bytes bytea) tablespace small');
    await superuser.query('alter table app.torture_filler alter column bytes set storage external');
    for (let size = 200_000; size > 1_000; size = Math.floor(size / 2)) {
      try {
        for (;;)
          await superuser.query(
            `insert into app.torture_filler values (decode(repeat('ab', $1::int), 'hex'))`,
            [size],
          );
      } catch (error) {
        if ((error as { code?: string }).code !== '53100') throw error;
      }
    }
    const host = await fleet.start(await fleet.enrol('Full disk'), {
      work: { kind: 'backup', types: 1, items: 400, stepMs: 0 },
    });
    const started = systemClock.monotonicMs();
    const due = await fleet.addDueNow(1);
    await host.tick();
    const stateOf = async (ids: readonly string[]) =>
      await superuser.query<{ state: string; reason: string | null; alarmed: boolean }>(
        `select r.state, r.reason, exists (select 1 from app.audit_events e where e.target_id = r.id::text
                  and e.action = 'run.failed' and e.reason = 'storage_full' and e.outcome = 'failure') as alarmed
           from app.backup_runs r where r.schedule_id = any ($1) and r.state not in ('queued', 'running')`,
        [ids],
      );
    const ended = await until(async () => (await stateOf(due)).length === 1, 90_000);
    const seconds = (systemClock.monotonicMs() - started) / 1000;
    const [failed] = await stateOf(due);
    await superuser.query('drop table app.torture_filler');
    await superuser.query('checkpoint');
    const later = await fleet.addDueNow(1);
    await host.tick();
    await until(async () => (await stateOf(later)).length === 1, 60_000);
    const [recovered] = await stateOf(later);
    return [
      measured('R8', what, ended ? seconds : 90, 's', { atMost: 60 }, { ...failed }),
      measured(
        'R8',
        'of: failed with storage_full, told by an audit event, good again when there is space',
        Number(failed?.reason === 'storage_full') +
          Number(failed?.alarmed === true) +
          Number(recovered?.state === 'succeeded'),
        'count',
        { atLeast: 3 },
        { afterwards: recovered?.state ?? null },
      ),
    ];
  } finally {
    for (const host of fleet.hosts) await host.stop();
    await superuser.query('drop table if exists app.torture_filler');
    await superuser.query('alter table app.payloads set tablespace pg_default');
    await superuser.query('drop tablespace small');
    await run('umount', [place]);
    await rm(place, { recursive: true, force: true });
  }
}
