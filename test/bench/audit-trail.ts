import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../main/clock.ts';
import { openDatabase, type PooledDatabase } from '../../main/db/open-database.ts';
import type { AuditConditions } from '../../main/db/repositories/audit-conditions.ts';
import { countAuditFacets, listAuditEvents } from '../../main/db/repositories/audit-events.ts';
import { parseAuditQuery } from '../../shared/model/audit-query.ts';
import { findServerAccount } from '../../main/db/server-binaries.ts';
import { type Arena, openArena } from '../support/arena.ts';
import { answerOf } from '../support/child-answer.ts';
import { type Measurement, measured, median, percentile } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import type { ExportDone, ExportOrder } from './audit-export-child.ts';

/** P8 and P9: the audit trail at a million events. */
export const auditTrail: MeasurementCase = {
  id: 'P8',
  what: 'audit of 1,000,000 events: filtered first pages, page 1,000 by cursor',
  measure: ({ minutes }) =>
    withTrail(minutes, async (trail) => {
      const at: Record<string, Awaited<ReturnType<typeof readPages>>> = {};
      for (const [name, share] of [
        ['1×', 1 / 16],
        ['4×', 1 / 4],
        ['16×', 1],
      ] as const) {
        await trail.fillUpTo(Math.round(trail.events * share));
        at[name] = await readPages(trail);
      }
      return [...judgePages(trail, at['16×']!), growthOfPages(at)];
    }),
};

export const auditExport: MeasurementCase = {
  id: 'P9',
  what: 'audit CSV export of 1,000,000 events beside COPY of the same query',
  measure: ({ minutes }) =>
    withTrail(minutes, async (trail) => {
      await trail.fillUpTo(trail.events);
      return measureExport(trail);
    }),
};

const tenants = 200;
const pageSize = 50;

interface Trail {
  arena: Arena;
  technician: PooledDatabase;
  technicianUrl: string;
  /** How many there are in the end. */
  events: number;
  fillUpTo(count: number): Promise<void>;
}

async function withTrail(
  minutes: number,
  measure: (trail: Trail) => Promise<Measurement[]>,
): Promise<Measurement[]> {
  const events = Math.min(1_000_000, Math.round(minutes * 250_000));
  const arena = await openArena({});
  try {
    for (let index = 0; index < tenants; index += 1) await arena.addTenant(`Tenant ${index}`);
    const technicianUrl = await arena.addTechnician('Auditor');
    const technician = await openDatabase({
      url: technicianUrl,
      applicationName: 'tenantkeep/bench',
      max: 2,
    });
    let filled = 0;
    try {
      return await measure({
        arena,
        technician,
        technicianUrl,
        events,
        async fillUpTo(count) {
          await addEvents(arena, filled, count);
          filled = count;
        },
      });
    } finally {
      await technician.close();
    }
  } finally {
    await arena.close();
  }
}

/** The events numbered from `first` up to, but not including `end`. */
async function addEvents(arena: Arena, first: number, end: number): Promise<void> {
  // Hashes of the right length; nothing here reads the chain.
  await arena.superuser.transaction(
    (tx) =>
      tx.query(
        `insert into app.audit_events (tenant_id, sequence, at, actor, host, action, target_kind, target_id, outcome, reason, after, previous_hash, hash)
         select t.id, n / ${tenants} + 1, timestamptz '2026-01-01' + n * interval '20 seconds',
                'host_' || n % 7, 'Host ' || n % 7,
                (array['run.queued','run.started','run.succeeded','set.pruned','schedule.changed'])[1 + n % 5],
                'run', md5((n / 3)::text)::uuid::text, case when n % 5000 = 0 then 'denied' when n % 97 = 0 then 'failure' else 'success' end,
                case when n % 97 = 0 then 'internal' end,
                jsonb_build_object('scheduleId', md5(n::text)::uuid, 'attempt', 1, 'instanceId', md5((n % 99)::text)::uuid),
                decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex')
           from generate_series(${first}, ${end - 1}) n
           join (select id, row_number() over (order by id) - 1 as position from app.tenants) t on t.position = n % ${tenants}`,
      ),
    { statementTimeoutMs: 600_000 },
  );
  await arena.superuser.query('vacuum analyze app.audit_events');
}

const noFilter: AuditConditions = { chain: null, from: null, to: null, terms: [] };
const words = (query: string): Partial<AuditConditions> => ({ terms: parseAuditQuery(query) });

/** Times of each kind of page, in milliseconds. */
async function readPages({ arena, technician }: Trail): Promise<Record<string, number[]>> {
  const [tenant] = await arena.superuser.query<{ id: string }>('select id from app.tenants limit 1');
  const [target] = await arena.superuser.query<{ id: string }>(
    'select target_id as id from app.audit_events where sequence = 1 limit 1',
  );
  const filters: [string, Partial<AuditConditions>][] = [
    ['none', {}],
    ['tenant', { chain: tenant!.id }],
    ['a day long ago', { from: new Date('2026-01-02'), to: new Date('2026-01-03') }],
    ['actor', words('actor:host_3')],
    ['actor without events', words('actor:nobody')],
    ['action', words('action:set.pruned')],
    ['action without events', words('action:tenant.disconnected')],
    ['category', words('action:run.')],
    ['failures', words('outcome:failure')],
    ['denials', words('outcome:denied')],
    ['denials of a tenant', { ...words('outcome:denied'), chain: tenant!.id }],
    ['one run, the oldest', words(`target:${target!.id}`)],
    ['no such run', words('target:00000000-0000-0000-0000-000000000000')],
    ['a category without events', words('action:technician.')],
    ['everything but what is common', words('-action:run. -action:set. -action:schedule.')],
    ['a word that nothing holds', words('nowhere-to-be-found')],
    ['a word in what came after', words('after:instanceId -outcome:success')],
    ['a tenant by name', words('tenant:"Tenant 7"')],
    ['several at once', words('actor:host_3 action:set.pruned outcome:denied -host:"Host 1"')],
  ];
  const times: Record<string, number[]> = {};
  for (const [name, filter] of filters) {
    times[name] = await timesOf(async () => {
      await listAuditEvents(technician, { ...noFilter, ...filter }, { cursor: null, limit: pageSize });
    });
  }
  const [row] = await arena.superuser.query<{ cursor: string }>(
    `select (extract(epoch from at) * 1000000)::bigint || '_' || chain_id || '_' || sequence as cursor
       from app.audit_events order by at desc, chain_id desc, sequence desc 
      offset least($1, (select count(*) - ${pageSize + 1} from app.audit_events)) limit 1`,
    [999 * pageSize],
  );
  times[deepPage] = await timesOf(async () => {
    await listAuditEvents(technician, noFilter, { cursor: row!.cursor, limit: pageSize });
  });
  times['counts per facet'] = await timesOf(async () => {
    await countAuditFacets(technician, noFilter);
  });
  times['counts per facet of a word'] = await timesOf(async () => {
    await countAuditFacets(technician, { ...noFilter, ...words('host_3') });
  });
  return times;
}

const deepPage = 'page 1,000 by cursor';

function judgePages({ events }: Trail, times: Record<string, number[]>): Measurement[] {
  const p95 = Object.fromEntries(
    Object.entries(times).map(([name, each]) => [name, Number(percentile(each, 0.95).toFixed(1))]),
  );
  const { [deepPage]: deep, ...first } = p95;
  return [
    measured(
      'P8',
      'slowest filtered first page, p95',
      Math.max(...Object.values(first)),
      'ms',
      { atMost: 50 },
      { events, tenants, p95: first },
    ),
    measured('P8', 'page 1,000 by cursor, p95', deep!, 'ms', { atMost: 50 }, { events, pageSize }),
  ];
}

/** Every kind of page once: a page shows fifty events however many there are, so that is the cost of an object. */
function growthOfPages(at: Record<string, Record<string, number[]>>): Measurement {
  const cost = Object.fromEntries(
    Object.entries(at).map(([name, times]) => [
      name,
      Object.values(times).reduce((sum, each) => sum + median(each), 0),
    ]),
  );
  return measured(
    'P14',
    'P8 at 1×, 4×, 16×: all kinds of pages, at the dearest beside 1×',
    Math.max(...Object.values(cost)) / cost['1×']!,
    'ratio',
    { atMost: 1.2 },
    { msForAllPages: cost },
  );
}

async function timesOf(work: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  await work();
  for (let sample = 0; sample < 20; sample += 1) {
    const startedMs = systemClock.monotonicMs();
    await work();
    times.push(systemClock.monotonicMs() - startedMs);
  }
  return times;
}

async function measureExport({ arena, technicianUrl, events }: Trail): Promise<Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-export-'));
  const account = await findServerAccount();
  if (account !== null) await chown(directory, account.uid, account.gid);
  const exporter = await startExporter({
    databaseUrl: technicianUrl,
    emptyTarget: join(directory, 'nothing.csv'),
  });
  try {
    const ours: number[] = [];
    const copies: number[] = [];
    let done: ExportDone | null = null;
    let bytes = 0;
    for (let sample = 0; sample < 5; sample += 1) {
      const copied = join(directory, `copy-${sample}.csv`);
      copies.push(await timed(() => copyOnServer(arena, copied)));
      const target = join(directory, `export-${sample}.csv`);
      done = await exporter.exportTo(target);
      ours.push(done.ms);
      bytes = (await stat(target)).size;
      await rm(target);
      await rm(copied);
    }
    const { before, highest } = done!;
    return [
      measured(
        'P9',
        'speed of our CSV export ÷ COPY of the same rows on the server',
        median(copies.map((copyMs, sample) => copyMs / ours[sample]!)),
        'ratio',
        { atLeast: 0.5 },
        {
          events,
          ourSeconds: Number((median(ours) / 1000).toFixed(1)),
          copySeconds: Number((median(copies) / 1000).toFixed(1)),
          mebibytes: Math.round(bytes / 2 ** 20),
          samples: ours.length,
          note: 'COPY writes on the server and does not cross a socket, so it is faster than \\copy.',
        },
      ),
      measured(
        'P9',
        'resident growth of the exporting process over all exports',
        (highest.rss - before.rss) / 2 ** 20,
        'MiB',
        { atMost: 64 },
        {
          mebibytesBefore: Math.round(before.rss / 2 ** 20),
          // Of the same moment; what is outside the heap are buffers that the socket filled.
          growthOfHeap: Math.round((highest.heapTotal - before.heapTotal) / 2 ** 20),
          growthOutsideHeap: Math.round((highest.external - before.external) / 2 ** 20),
        },
      ),
    ];
  } finally {
    await exporter.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function copyOnServer(arena: Arena, target: string): Promise<void> {
  await arena.superuser.transaction(
    (tx) =>
      tx.query(
        `copy (select e.tenant_id, t.name, e.sequence, e.at, e.actor, e.host, e.action, e.target_kind, e.target_id, e.outcome,
                      e.reason, e.before, e.after, e.correlation_id, encode(e.previous_hash, 'hex'), encode(e.hash, 'hex')
                 from app.audit_events e left join app.tenants t on t.id = e.tenant_id order by e.chain_id, e.sequence)
           to '${target}' with (format csv, force_quote *)`,
      ),
    { statementTimeoutMs: 600_000 },
  );
}

interface Exporter {
  exportTo(target: string): Promise<ExportDone>;
  close(): Promise<void>;
}

async function startExporter(order: ExportOrder): Promise<Exporter> {
  const child = fork(fileURLToPath(new URL('./audit-export-child.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const ask = <Answer>(message: ExportOrder | string): Promise<Answer> => {
    child.send(message);
    return answerOf<Answer>(child, 'exporting process');
  };
  await ask<'ready'>(order);
  return {
    exportTo: (target) => ask<ExportDone>(target),
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - startedMs;
}
