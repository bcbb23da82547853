import type { Database, Transaction, TransactionOptions } from '../../../main/db/database.ts';
import { adoptRuns } from '../../../main/db/sql/adopt-runs.sql.ts';
import { beatRun } from '../../../main/db/sql/beat-run.sql.ts';
import { checkInHost } from '../../../main/db/sql/check-in-host.sql.ts';
import { claimRuns } from '../../../main/db/sql/claim-runs.sql.ts';
import { expireQueuedRuns } from '../../../main/db/sql/expire-queued-runs.sql.ts';
import { fenceRun } from '../../../main/db/sql/fence-run.sql.ts';
import { finishRun } from '../../../main/db/sql/finish-run.sql.ts';
import { insertDueRuns } from '../../../main/db/sql/insert-due-runs.sql.ts';
import { insertRunEvents } from '../../../main/db/sql/insert-run-events.sql.ts';
import { lockDueSchedules } from '../../../main/db/sql/lock-due-schedules.sql.ts';
import { markHostTick } from '../../../main/db/sql/mark-host-tick.sql.ts';
import { reapRuns } from '../../../main/db/sql/reap-runs.sql.ts';

/**
 * The statements of a host by name. The product knows nothing of this: names are found by the text of a
 * statement, and the points lie around the database handle that the host is given.
 */
const byText = new Map<string, string>([
  [adoptRuns, 'adopt'],
  [beatRun, 'beat'],
  [checkInHost, 'check-in'],
  [claimRuns, 'claim'],
  [expireQueuedRuns, 'expire'],
  [fenceRun, 'fence'],
  [finishRun, 'finish'],
  [insertDueRuns, 'insert-due'],
  [insertRunEvents, 'events'],
  [lockDueSchedules, 'lock-due'],
  [markHostTick, 'mark-tick'],
  [reapRuns, 'reap'],
]);
const byWords: readonly [RegExp, string][] = [
  [/app\.audit_append_many/, 'audit'],
  [/insert into app\.payloads/, 'payloads'],
  [/insert into app\.manifests/, 'manifests'],
  [/insert into app\.policies/, 'policies'],
  [/insert into app\.run_types/, 'run-type'],
  [/from app\.backup_set_heads[\s\S]*for no key update/, 'lock-head'],
  [/insert into app\.backup_sets/, 'seal'],
  [/update app\.backup_set_heads/, 'move-head'],
];

function nameOf(statement: string): string | null {
  return byText.get(statement) ?? byWords.find(([words]) => words.test(statement))?.[1] ?? null;
}

/** Statements around which a host can be killed when it backs up a scripted tenant. */
const reachedStatements = [
  'check-in',
  'reap',
  'expire',
  'lock-due',
  'insert-due',
  'mark-tick',
  'claim',
  'audit',
  'beat',
  'fence',
  'payloads',
  'manifests',
  'policies',
  'run-type',
  'events',
  'lock-head',
  'seal',
  'move-head',
  'finish',
];
/** Transactions, named by the statement that tells them apart, before and after whose commit a host can be killed. */
const reachedCommits = ['reap', 'insert-due', 'claim', 'beat', 'run-type', 'finish'];

export const killPoints: readonly string[] = [
  ...reachedStatements.flatMap((name) => [`before ${name}`, `after ${name}`]),
  ...reachedCommits.flatMap((name) => [`before commit of ${name}`, `after commit of ${name}`]),
];

/** Which of its statements gives a transaction its name: the later in this list, the stronger. */
const naming = [
  'fence',
  'audit',
  'expire',
  'reap',
  'lock-due',
  'insert-due',
  'claim',
  'beat',
  'run-type',
  'finish',
];

/** A handle that tells `reached` of each named point, in order, before going on. */
export function withPoints(database: Database, reached: (point: string) => void): Database {
  const around = async <T>(name: string | null, work: () => Promise<T>): Promise<T> => {
    if (name === null) return await work();
    reached(`before ${name}`);
    const answer = await work();
    reached(`after ${name}`);
    return answer;
  };
  return {
    ...database,
    query: <Row extends object>(text: string, parameters?: readonly unknown[]) =>
      around(nameOf(text), () => database.query<Row>(text, parameters)),
    async transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T> {
      let label: string | null = null;
      const answer = await database.transaction(async (tx) => {
        const result = await work({
          ...tx,
          query: <Row extends object>(text: string, parameters?: readonly unknown[]) => {
            const name = nameOf(text);
            if (name !== null && naming.indexOf(name) > naming.indexOf(label ?? '')) label = name;
            return around(name, () => tx.query<Row>(text, parameters));
          },
        });
        if (label !== null) reached(`before commit of ${label}`);
        return result;
      }, options);
      if (label !== null) reached(`after commit of ${String(label)}`);
      return answer;
    },
  };
}
