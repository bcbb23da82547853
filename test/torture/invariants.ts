import { readFile } from 'node:fs/promises';
import type { Sql } from '../../main/db/database.ts';
import type { Arena } from '../support/arena.ts';

/** A rule that does not hold, with the rows that break it. */
export interface BrokenInvariant {
  rule: string;
  rows: object[];
}

/** The database's time at the moment of the snapshot: a fast clock would run away while the rules are read. */
const now = `current_setting('torture.now')::timestamptz`;

/**
 * The rules of scheduling (section 13 of its design) as queries that answer the rows that break them. They read
 * the database and know nothing of the engine.
 */
const rules: Readonly<Record<string, string>> = {
  'I1 one row per slot of a schedule': `
    select schedule_id, slot_at, count(*) from app.backup_runs where slot_at is not null
     group by schedule_id, slot_at having count(*) > 1`,
  'I2 at most one active run per schedule': `
    select schedule_id, count(*) from app.backup_runs where state in ('queued', 'running')
     group by schedule_id having count(*) > 1`,
  'I2 no two attempts of a schedule at the same time': `
    select * from (
      select r.schedule_id, a.run_id, a.attempt, a.started_at, a.ended_at,
             lead(a.run_id) over following as next_run, lead(a.started_at) over following as next_start
        from app.run_attempts a join app.backup_runs r on r.id = a.run_id
      window following as (partition by r.schedule_id order by a.started_at, a.attempt)) f
     where next_start < coalesce(ended_at, 'infinity')`,
  'I3 a set implies a good end under the same token, and the reverse': `
    with sets as (select s.run_id, s.lease_token, s.id from app.backup_sets s)
    select r.id, r.state, r.lease_token, s.lease_token as set_token, s.id as set_id, r.backup_set_id
      from app.backup_runs r full join sets s on s.run_id = r.id
     where (r.state in ('succeeded', 'partial')) is distinct from
           (s.id is not null or exists (select 1 from app.pruned_backup_sets p where p.run_id = r.id))
        or (s.id is not null and (s.lease_token <> r.lease_token or s.id is distinct from r.backup_set_id))`,
  'I3 no set is visible by half': `
    select s.id, s.run_id, count(p.*) as parts, sum(p.captured) as captured, s.items
      from app.backup_sets s left join app.backup_set_parts p on p.set_id = s.id
     group by s.id having count(p.*) = 0 or coalesce(sum(p.captured), 0) <> s.items`,
  'I5 at most two attempts': `select id, attempt from app.backup_runs where attempt > 2`,
  'I5 attempts are counted as they are kept': `
    select r.id, r.state, r.attempt, count(a.*) as kept from app.backup_runs r left join app.run_attempts a on a.run_id = r.id
     group by r.id having r.attempt <> count(a.*)`,
  'I6 no event was written outside of its attempt': `
    select e.id, e.run_id, e.attempt, e.at, e.code, a.started_at, a.ended_at, a.outcome
      from app.run_events e left join app.run_attempts a on (a.run_id, a.attempt) = (e.run_id, e.attempt)
     where a.run_id is null or e.at < a.started_at or e.at > a.ended_at`,
  'I6 no type was recorded outside of its attempt': `
    select t.run_id, t.policy_type, t.attempt, t.read_ended_at, a.started_at, a.ended_at
      from app.run_types t left join app.run_attempts a on (a.run_id, a.attempt) = (t.run_id, t.attempt)
     where a.run_id is null or t.read_ended_at < a.started_at or t.read_ended_at > a.ended_at`,
  'an open attempt belongs to a running run': `
    select a.run_id, a.attempt, a.ended_at, r.state from app.run_attempts a join app.backup_runs r on r.id = a.run_id
     where (a.ended_at is null) <> (r.state = 'running' and a.attempt = r.attempt)`,
  'I8 every run has its first audit event': `
    select r.id, r.state, r.trigger from app.backup_runs r
     where not exists (select 1 from app.audit_events e where e.target_id = r.id::text
                          and e.action ~ '^run\\.(queued|skipped|missed|requested|retry_requested)$')`,
  'I8 every attempt and every end of a run has its audit event': `
    select r.id, r.state, r.attempt, e.started, e.ended from app.backup_runs r
      join lateral (select count(*) filter (where action = 'run.started') as started,
                           count(*) filter (where action ~ '^run\\.(succeeded|partial|failed|cancelled|skipped|missed|interrupted)$') as ended
                      from app.audit_events where target_id = r.id::text) e on true
     where e.started <> r.attempt or e.ended <> case when r.state in ('queued', 'running') then 0 else 1 end`,
  'I8 the audit chain holds': `
    select chain_id, sequence from (
      select e.*, lag(hash, 1, decode(repeat('00', 32), 'hex')) over (partition by chain_id order by sequence) as before_hash,
             row_number() over (partition by chain_id order by sequence) as position
        from app.audit_events e) c
     where position <> sequence or previous_hash <> before_hash
        or hash <> sha256(previous_hash || app.audit_event_hash(tenant_id, sequence, at, actor, host, action, target_kind,
                          target_id, outcome, reason, before, after, correlation_id))`,
  'I8 the recorded end of each chain is its last event': `
    select h.chain_id, h.sequence, e.last from app.audit_heads h
      left join (select chain_id, max(sequence) as last from app.audit_events group by chain_id) e on e.chain_id = h.chain_id
     where h.sequence <> coalesce(e.last, 0)`,
  'I9 the next slot lies after every recorded one': `
    select s.id, s.next_slot_at, max(coalesce(r.missed_until, r.slot_at)) as newest
      from app.backup_schedules s join app.backup_runs r on r.schedule_id = s.id
     group by s.id having s.next_slot_at <= max(coalesce(r.missed_until, r.slot_at))`,
  'I15 set numbers of a tenant have no gap': `
    select tenant_id, count(*), max(sequence) from (
      select tenant_id, sequence from app.backup_sets union all select tenant_id, sequence from app.pruned_backup_sets) n
     group by tenant_id having count(*) <> max(sequence) or count(distinct sequence) <> count(*)`,
  'I16 no run outlives its lease by 60 seconds': `
    select id, lease_expires_at, ${now} as now from app.backup_runs
     where state = 'running' and lease_expires_at < ${now} - interval '60 seconds'`,
  'nothing runs late': `
    select id, schedule_id, slot_at, created_at, state from app.backup_runs
     where trigger = 'scheduled' and state <> 'missed' and created_at > slot_at + interval '120 seconds'`,
  'nothing starts before its slot': `
    select id, slot_at, created_at from app.backup_runs where slot_at > created_at`,
};

/**
 * I4 for elapsed cadences, whose slots SQL can count by itself: every slot from the first one lies in exactly one
 * row or summary. Schedules that were paused in between are left out.
 */
const everySlotIsKept = `
  with elapsed as (
    select s.id, s.next_slot_at, (s.cadence ->> 'minutes')::int as minutes,
           (select min(r.slot_at) from app.backup_runs r where r.schedule_id = s.id) as first
      from app.backup_schedules s
     where s.cadence ->> 'kind' = 'everyMinutes' and s.enabled and s.deleted_at is null),
  kept as (
    select r.schedule_id, sum(coalesce(r.missed_count, 1)) as slots,
           count(*) filter (where r.missed_count is not null
             and extract(epoch from r.missed_until - r.slot_at) / 60 / e.minutes + 1 <> r.missed_count and r.missed_count < 2000) as crooked,
           bool_or(r.missed_count >= 2000) as uncounted
      from app.backup_runs r join elapsed e on e.id = r.schedule_id where r.slot_at is not null group by r.schedule_id)
  select e.id, e.first, e.next_slot_at, k.slots, extract(epoch from e.next_slot_at - e.first) / 60 / e.minutes as due, k.crooked
    from elapsed e join kept k on k.schedule_id = e.id
   where not k.uncounted
     and (k.crooked > 0 or k.slots <> extract(epoch from e.next_slot_at - e.first) / 60 / e.minutes)`;

/** Terminal rows and how they looked at the last check; a change between two checks breaks I7. */
const keepEndedRuns = `
  create table if not exists app.torture_ended_runs (id uuid primary key, digest text not null)`;
const changedEndedRuns = `
  select k.id, r.state from app.torture_ended_runs k left join app.backup_runs r on r.id = k.id
   where r.id is null or md5(r::text) <> k.digest`;
const rememberEndedRuns = `
  insert into app.torture_ended_runs (id, digest)
  select r.id, md5(r::text) from app.backup_runs r where r.state not in ('queued', 'running')
  on conflict (id) do nothing`;

/**
 * Checks all rules. `settled`: hosts live and the dust has come down, so that nothing may be overdue either.
 * Answers at most 20 rows of each broken rule.
 */
export async function checkInvariants(
  arena: Arena,
  options: { settled: boolean; alsoAllowedErrors?: RegExp },
): Promise<BrokenInvariant[]> {
  const { superuser } = arena;
  const broken: BrokenInvariant[] = [];
  // One snapshot, so that work that goes on meanwhile is seen whole or not at all.
  await superuser.transaction(
    async (tx) => {
      await tx.query(`select set_config('torture.now', app.db_now()::text, true)`);
      for (const [rule, query] of Object.entries(rules)) await check(tx, broken, rule, query);
      await check(tx, broken, 'I4 every slot lies in one row or summary', everySlotIsKept);
      if (options.settled) {
        await check(
          tx,
          broken,
          'I4 no schedule is left overdue',
          `select id, next_slot_at from app.backup_schedules where next_slot_at < ${now} - interval '60 seconds'`,
        );
      }
    },
    { isolation: 'repeatable read', statementTimeoutMs: 120_000 },
  );
  await superuser.query(keepEndedRuns);
  await check(superuser, broken, 'I7 ended runs never change', changedEndedRuns);
  await superuser.query(rememberEndedRuns);
  broken.push(...(await readServerLog(arena, options.alsoAllowedErrors)));
  return broken;
}

async function check(sql: Sql, broken: BrokenInvariant[], rule: string, query: string): Promise<void> {
  const rows = await sql.query(`${query} limit 20`);
  if (rows.length > 0) broken.push({ rule, rows });
}

/** What the server may say when hosts die, are frozen or cut off, or the server itself is stopped. */
const plannedErrors =
  /terminating (?:connection|autovacuum process)|canceling statement due to (?:lock|statement) timeout|current transaction is aborted|the database system is (?:shutting down|starting up|in recovery mode|not yet accepting)|could not (?:send|receive) data|connection (?:to client lost|reset)|unexpected EOF|idle-in-transaction|canceling authentication due to timeout|canceling statement due to user request|because of unexpected postmaster exit|not accepting connections/i;

/** I17: no deadlock, no unique violation, and no other error that nobody planned, in the server's own words. */
async function readServerLog(arena: Arena, alsoAllowed: RegExp | undefined): Promise<BrokenInvariant[]> {
  const text = await readFile(arena.server.logFile, 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => /\b(?:ERROR|FATAL|PANIC):/.test(line))
    .filter((line) => !plannedErrors.test(line) && !alsoAllowed?.test(line))
    .map((line) => ({ line }));
  return rows.length === 0
    ? []
    : [{ rule: 'I17 no deadlock, no unplanned error of the server', rows: rows.slice(0, 20) }];
}

/** Prints what broke, with what is needed to do it again. */
export function printBroken(
  context: { case: string; seed: number; plan: unknown },
  broken: readonly BrokenInvariant[],
): void {
  for (const { rule, rows } of broken) {
    process.stderr.write(
      `BROKEN ${context.case} (seed ${context.seed}): ${rule}\n  plan: ${JSON.stringify(context.plan)}\n` +
        rows.map((row) => `  row: ${JSON.stringify(row)}\n`).join(''),
    );
  }
}
