import type { AlertCause, AlertMessageKind, AlertSeverity } from '../../../shared/model/alerts.ts';
import type { Sql } from '../database.ts';

/** Alerts and the messages that tell of them, as hosts write them and people read them. */

/** What a rule found, as `main/domain/alerts` states it. */
export interface FoundTrouble {
  tenantId: string | null;
  cause: AlertCause;
  subject: string;
  severity: AlertSeverity;
  sentence: string;
  nextStep: string | null;
  lasts: boolean;
}

export interface ChangedAlert {
  alertId: string;
  tenantId: string | null;
  cause: AlertCause;
  severity: AlertSeverity;
  sentence: string;
  change: 'raised' | 'escalated' | 'resolved';
}

/**
 * Takes the turn of looking for trouble, if no other host has it and nobody looked within `leastAgeSeconds`. The
 * turn lasts as long as the transaction. `previousLookAt` is null at the first look of all.
 */
export async function takeAlertTurn(
  tx: Sql,
  leastAgeSeconds: number,
): Promise<{ now: Date; previousLookAt: Date | null } | null> {
  const [watch] = await tx.query<{ now: Date; previousLookAt: Date | null }>(
    `select app.db_now() as now, w.looked_at as "previousLookAt" from app.alert_watch w
      where w.looked_at is null or w.looked_at <= (select app.db_now()) - make_interval(secs => $1)
        for update skip locked`,
    [leastAgeSeconds],
  );
  if (watch === undefined) return null;
  await tx.query('update app.alert_watch set looked_at = $1::timestamptz', [watch.now.toISOString()]);
  return watch;
}

const zero = `'00000000-0000-0000-0000-000000000000'::uuid`;

/**
 * Makes the open alerts those that were found: opens, changes and resolves, and answers what changed. Safe only
 * under the turn of `takeAlertTurn`: a host with older facts could otherwise resolve what another one just opened.
 */
export async function recordTroubles(tx: Sql, found: readonly FoundTrouble[]): Promise<ChangedAlert[]> {
  return await tx.query<ChangedAlert>(
    `with found as (
       select f."tenantId" as tenant_id, f.cause, f.subject, f.severity, f.sentence, f."nextStep" as next_step, f.lasts
         from jsonb_to_recordset($1::jsonb) as f ("tenantId" uuid, cause text, subject text, severity text, sentence text,
                                                  "nextStep" text, lasts boolean)
     ),
     open as (
       select a.* from app.alerts a where a.resolved_at is null
     ),
     opened as (
       insert into app.alerts (tenant_id, cause, subject, severity, sentence, next_step, resolved_at, recovers)
       select f.tenant_id, f.cause, f.subject, f.severity, f.sentence, f.next_step,
              case when f.lasts then null else app.db_now() end, f.lasts
         from found f
        where not exists (select 1 from open o where coalesce(o.tenant_id, ${zero}) = coalesce(f.tenant_id, ${zero})
                             and o.cause = f.cause and o.subject = f.subject)
       on conflict do nothing
       returning id, tenant_id, cause, severity, sentence, 'raised' as change
     ),
     changed as (
       update app.alerts a set severity = f.severity, sentence = f.sentence, next_step = f.next_step,
              escalated_at = case when o.severity = 'warning' and f.severity = 'critical' then app.db_now() else a.escalated_at end
         from found f join open o on coalesce(o.tenant_id, ${zero}) = coalesce(f.tenant_id, ${zero})
                                 and o.cause = f.cause and o.subject = f.subject
        where a.id = o.id and f.lasts and (o.severity, o.sentence) is distinct from (f.severity, f.sentence)
       returning a.id, a.tenant_id, a.cause, a.severity, a.sentence,
                 case when o.severity = 'warning' and f.severity = 'critical' then 'escalated' end as change
     ),
     resolved as (
       update app.alerts a set resolved_at = app.db_now()
         from open o
        where a.id = o.id
          and not exists (select 1 from found f where f.lasts and coalesce(o.tenant_id, ${zero}) = coalesce(f.tenant_id, ${zero})
                             and o.cause = f.cause and o.subject = f.subject)
       returning a.id, a.tenant_id, a.cause, a.severity, a.sentence, 'resolved' as change
     )
     select c.id as "alertId", c.tenant_id as "tenantId", c.cause, c.severity, c.sentence, c.change
       from (select * from opened union all select * from changed union all select * from resolved) c
      where c.change is not null`,
    [JSON.stringify(found)],
  );
}

/**
 * Writes the messages that are owed: of every open alert one when it began, one when it grew and one a day, of a
 * resolved one that it is over, to each channel that hears of it. What was written before is not written again.
 */
export async function oweMessages(
  tx: Sql,
  sending: readonly { channelId: string; severity: AlertSeverity; dueAt: Date }[],
): Promise<number> {
  const [row] = await tx.query<{ owed: number }>(
    `with channel as (
       select c.id, c.tenant_id, c.least_severity, s.severity, s.due_at
         from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as s (id, severity, due_at)
         join app.alert_channels c on c.id = s.id and c.enabled and c.removed_at is null
     ),
     heard as (
       select a.*, c.id as channel_id, c.due_at
         from app.alerts a
         join channel c on c.severity = a.severity and (c.tenant_id is null or c.tenant_id = a.tenant_id)
                       and (c.least_severity = 'warning' or a.severity = 'critical')
        where a.resolved_at is null or a.resolved_at > (select app.db_now()) - interval '1 day'
     ),
     -- Once over, an alert that this channel never heard of is no longer news, but for one that was over when seen.
     owed as (
       select h.channel_id, h.tenant_id, h.id as alert_id, 'raised' as kind, 0 as number, h.due_at
         from heard h where h.resolved_at is null or not h.recovers
       union all
       select h.channel_id, h.tenant_id, h.id, 'escalated', 0, h.due_at
         from heard h
        where h.resolved_at is null and h.escalated_at is not null
          and exists (select 1 from app.alert_messages m where m.alert_id = h.id and m.channel_id = h.channel_id
                         and m.kind = 'raised' and m.created_at < h.escalated_at)
       union all
       select h.channel_id, h.tenant_id, h.id, 'reminder',
              floor(extract(epoch from (select app.db_now()) - h.opened_at) / 86400)::int, h.due_at
         from heard h
        where h.resolved_at is null and h.opened_at <= (select app.db_now()) - interval '1 day'
          and exists (select 1 from app.alert_messages m where m.alert_id = h.id and m.channel_id = h.channel_id
                         and m.kind = 'raised' and m.created_at <= (select app.db_now()) - interval '1 day')
       union all
       select h.channel_id, h.tenant_id, h.id, 'recovered', 0, h.due_at
         from heard h
        where h.resolved_at is not null and h.recovers
          and exists (select 1 from app.alert_messages m where m.alert_id = h.id and m.channel_id = h.channel_id and m.kind = 'raised')
     ),
     written as (
       insert into app.alert_messages (channel_id, tenant_id, alert_id, kind, number, due_at)
       select o.channel_id, o.tenant_id, o.alert_id, o.kind, o.number, o.due_at from owed o
        where not exists (select 1 from app.alert_messages m where m.alert_id = o.alert_id and m.channel_id = o.channel_id
                             and m.kind = o.kind and m.number = o.number)
       on conflict do nothing
       returning 1
     )
     select count(*)::int as owed from written`,
    [
      sending.map((one) => one.channelId),
      sending.map((one) => one.severity),
      sending.map((one) => one.dueAt.toISOString()),
    ],
  );
  return row!.owed;
}

/** A message that waits to be sent, with the alert that it tells of; `alert` is null for a test. */
export interface ClaimedMessage {
  messageId: string;
  kind: AlertMessageKind;
  alert: {
    tenantId: string | null;
    tenantName: string | null;
    cause: AlertCause;
    severity: AlertSeverity;
    sentence: string;
    nextStep: string | null;
    openedAt: Date;
    resolvedAt: Date | null;
  } | null;
}

/**
 * Takes what is due of a channel for two minutes: all of it goes out as one message, so that a night in which many
 * tenants fail is one mail. Nothing where another host has it, or the channel waits after a failure.
 */
export async function claimMessages(sql: Sql, channelId: string): Promise<ClaimedMessage[]> {
  return await sql
    .query<ClaimedMessage>(
      `with due as (
       select m.id from app.alert_messages m
         join app.alert_channels c on c.id = m.channel_id and c.enabled and c.removed_at is null
                                  and (c.retry_at is null or c.retry_at <= (select app.db_now()))
        where m.channel_id = $1 and m.sent_at is null and m.given_up_at is null and m.due_at <= (select app.db_now())
          and (m.leased_until is null or m.leased_until <= (select app.db_now()))
        order by m.created_at, m.id
        limit 500
          for update of m skip locked
     ),
     taken as (
       update app.alert_messages m set leased_until = app.db_now() + interval '2 minutes', attempts = m.attempts + 1
         from due where m.id = due.id
       returning m.*
     )
     select t.id as "messageId", t.kind,
            case when a.id is null then null else
              jsonb_build_object('tenantId', a.tenant_id, 'tenantName', n.name, 'cause', a.cause, 'severity', a.severity,
                                 'sentence', a.sentence, 'nextStep', a.next_step) end as alert,
            a.opened_at as "openedAt", a.resolved_at as "resolvedAt"
       from taken t
       left join app.alerts a on a.id = t.alert_id
       left join app.tenants n on n.id = a.tenant_id
      order by t.created_at, t.id`,
      [channelId],
    )
    .then((rows) =>
      (rows as (ClaimedMessage & { openedAt: Date; resolvedAt: Date | null })[]).map(
        ({ openedAt, resolvedAt, ...message }) => ({
          ...message,
          alert: message.alert === null ? null : { ...message.alert, openedAt, resolvedAt },
        }),
      ),
    );
}

/** The channel took the messages. */
export async function noteMessagesSent(
  tx: Sql,
  channelId: string,
  messageIds: readonly string[],
): Promise<{ wasFailing: boolean }> {
  await tx.query(
    `update app.alert_messages set sent_at = app.db_now(), leased_until = null where id = any ($1::uuid[])`,
    [messageIds],
  );
  const [row] = await tx.query<{ wasFailing: boolean }>(
    `with before as (select id, failing_since from app.alert_channels where id = $1 for update)
     update app.alert_channels c set last_sent_at = app.db_now(), failing_since = null, failures = 0, retry_at = null, last_error = null
       from before b where c.id = b.id
     returning b.failing_since is not null as "wasFailing"`,
    [channelId],
  );
  return { wasFailing: row?.wasFailing ?? false };
}

/** Minutes until the next try after so many failures in a row; the last one repeats. */
const retryMinutes = [1, 2, 5, 10, 15, 30];
/** What nobody could be told for so long is told no more; the alerts themselves stay on the screen. */
const giveUpAfterDays = 3;

/** The channel did not take the messages: they wait, and the channel shows why. */
export async function noteSendingFailed(
  tx: Sql,
  channelId: string,
  messageIds: readonly string[],
  error: string,
): Promise<{ firstFailure: boolean; givenUp: number }> {
  const [channel] = await tx.query<{ failures: number }>(
    `update app.alert_channels set failures = failures + 1, failing_since = coalesce(failing_since, app.db_now()), last_error = $2,
            retry_at = app.db_now() + make_interval(mins => ($3::int[])[least(failures + 1, cardinality($3::int[]))])
      where id = $1 returning failures`,
    [channelId, error.slice(0, 500), retryMinutes],
  );
  // A test tells what happened now; it is not sent hours later.
  const gone = await tx.query(
    `update app.alert_messages set leased_until = null,
            given_up_at = case when kind = 'test' or created_at < app.db_now() - make_interval(days => $2) then app.db_now() end
      where id = any ($1::uuid[]) returning given_up_at`,
    [messageIds, giveUpAfterDays],
  );
  return {
    firstFailure: channel?.failures === 1,
    givenUp: gone.filter((row) => (row as { given_up_at: Date | null }).given_up_at !== null).length,
  };
}

/** Ends of host silence: the newest tick of any host, and how many slots were missed after an instant. */
export async function readDispatchFacts(
  sql: Sql,
  since: Date,
): Promise<{ lastTickAt: Date | null; missedSlots: number }> {
  const [row] = await sql.query<{ lastTickAt: Date | null; missedSlots: number }>(
    `select (select max(i.last_tick_at) from app.host_instances i) as "lastTickAt",
            (select coalesce(sum(coalesce(r.missed_count, 1)), 0)::int from app.backup_runs r
              where r.state = 'missed' and r.created_at >= $1::timestamptz) as "missedSlots"`,
    [since.toISOString()],
  );
  return row!;
}

export interface ChainCheck {
  tenantId: string | null;
  tenantName: string | null;
  checkedAt: Date;
  checkedBy: string;
  events: string;
  headHash: string;
  brokenSequence: string | null;
  what: string | null;
}

/** The last check of each chain that the login may see. */
export async function listChainChecks(sql: Sql): Promise<ChainCheck[]> {
  return await sql.query<ChainCheck>(
    `select c.tenant_id as "tenantId", t.name as "tenantName", c.checked_at as "checkedAt", c.checked_by as "checkedBy",
            c.events::text as events, c.head_hash as "headHash", c.broken_sequence::text as "brokenSequence", c.what
       from app.chain_checks c left join app.tenants t on t.id = c.tenant_id
      order by c.tenant_id nulls first`,
  );
}

/**
 * Keeps what a host found when it walked a chain. What another host found broken stays: it may have saved an end that
 * this one never saw. Only that host says that it is whole again, or time does after a week.
 */
export async function noteChainCheck(
  sql: Sql,
  check: {
    tenantId: string | null;
    events: number;
    headHash: string;
    brokenSequence: string | null;
    what: string | null;
  },
): Promise<void> {
  await sql.query(
    `insert into app.chain_checks as c (chain_id, tenant_id, events, head_hash, broken_sequence, what)
     values (coalesce($1::uuid, ${zero}), $1, $2, $3, $4, $5)
     on conflict (chain_id) do update set checked_at = app.db_now(), checked_by = session_user, events = excluded.events,
       head_hash = excluded.head_hash, broken_sequence = excluded.broken_sequence, what = excluded.what
     where c.broken_sequence is null or excluded.broken_sequence is not null or c.checked_by = session_user
        or c.checked_at < (select app.db_now()) - interval '7 days'`,
    [check.tenantId, check.events, check.headHash, check.brokenSequence, check.what?.slice(0, 500) ?? null],
  );
}
