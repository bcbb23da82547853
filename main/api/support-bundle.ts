import type { z } from 'zod';
import type { contract } from '../../shared/contract/index.ts';
import type { Sql } from '../db/database.ts';
import { reportAuditEvent } from '../db/repositories/audit-trail.ts';
import { listHostOverviews } from '../db/repositories/fleet.ts';
import { hostOfflineAfterSeconds } from '../db/repositories/hosts.ts';
import { listNewestEvents } from '../db/repositories/runs.ts';
import { readServerFacts } from '../db/repositories/server-facts.ts';
import { redactText } from '../logging/redact.ts';

type RunAnswer = z.input<(typeof contract)['runs.get']['output']>;

const mostEvents = 2000;

/**
 * Everything that support needs of one run, as text for a person to look at before it is copied; taking it is
 * audited. It is put together from fields that hold no secrets, and scrubbed by shape all the same.
 */
export async function supportBundle(sql: Sql, answer: RunAnswer, version: string): Promise<string> {
  const { tenantId, id } = answer.run;
  const [events, hosts, server] = await Promise.all([
    listNewestEvents(sql, tenantId, id, mostEvents),
    listHostOverviews(sql, hostOfflineAfterSeconds),
    readServerFacts(sql),
  ]);
  const bundle = {
    versions: { tenantkeep: version, node: process.versions.node, ...server },
    run: answer.run,
    sentence: answer.sentence,
    spec: answer.spec,
    retryOf: answer.retryOf,
    carriesFrom: answer.carriesFrom,
    attempts: answer.attempts,
    types: answer.types,
    events: events.toReversed(),
    eventsCut: events.length === mostEvents,
    hosts: hosts.map(
      ({
        name,
        kind,
        approved,
        state,
        online,
        tooOld,
        version: ofHost,
        lastSeenAt,
        lastTickAt,
        clockOffsetMs,
      }) => ({
        name,
        kind,
        approved,
        state,
        online,
        tooOld,
        version: ofHost,
        lastSeenAt,
        lastTickAt,
        clockOffsetMs,
      }),
    ),
  };
  await reportAuditEvent(sql, {
    tenantId,
    action: 'run.support_bundle_made',
    targetKind: 'run',
    targetId: id,
  });
  return JSON.stringify(bundle, scrub, 2);
}

function scrub(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? redactText(value) : value;
}
