import type { AuditTerm } from '../../../shared/model/audit-query.ts';
import type { Sql } from '../database.ts';

/**
 * What an audit filter asks of an event, as SQL over `app.audit_events e`. Every reader of the trail goes through
 * here, so that a list, its counts and its export mean the same. Values travel as parameters, never as text.
 */

/** Exactly this is what a list shows and what an export writes. */
export interface AuditConditions {
  /** A tenant, the chain of the workspace (`workspace`), or null: everything that the login may see. */
  chain: string | null;
  from: Date | null;
  to: Date | null;
  terms: readonly AuditTerm[];
}

export const workspaceChainId = '00000000-0000-0000-0000-000000000000';

/** Takes a value and answers the SQL that stands for it, of the type given. */
export interface ParameterList {
  add(value: unknown, type: string): string;
}

/** Parameters of one statement, numbered as they are mentioned. */
export class Parameters implements ParameterList {
  readonly values: unknown[] = [];
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** An index over one column and the time: its values, newest events first, bound how much has to be read. */
export interface Driver {
  column: 'target_id' | 'outcome' | 'actor' | 'action' | 'chain_id';
  values: readonly string[];
}

export interface ResolvedConditions extends AuditConditions {
  /** Chains that the `tenant:` terms name, by the term. */
  chainsOf: ReadonlyMap<AuditTerm, readonly string[]>;
  /** Actions that the log holds, for categories such as `run.`. */
  knownActions: readonly string[];
}

/** Looks up what the terms name: tenants by name or id, and the actions of categories. */
export async function resolveConditions(sql: Sql, conditions: AuditConditions): Promise<ResolvedConditions> {
  const chainsOf = new Map<AuditTerm, readonly string[]>();
  for (const term of conditions.terms) {
    if (term.field === 'tenant') chainsOf.set(term, await chainsNamed(sql, term.value));
  }
  const hasCategory = conditions.terms.some(
    (term) => term.field === 'action' && !term.exclude && term.value.endsWith('.'),
  );
  return { ...conditions, chainsOf, knownActions: hasCategory ? await listKnownActions(sql) : [] };
}

async function chainsNamed(sql: Sql, name: string): Promise<string[]> {
  if (name.toLowerCase() === 'workspace') return [workspaceChainId];
  const rows = await sql.query<{ id: string }>(
    `select t.id from app.tenants t where lower(t.name) = lower($1) or t.id::text = lower($1)`,
    [name],
  );
  return rows.map((row) => row.id);
}

/** Every action that occurs, by hops along the index: one probe an action, however long the log is. */
export async function listKnownActions(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ action: string }>(
    `with recursive hop as (
       (select action from app.audit_events order by action limit 1)
       union all
       select (select e.action from app.audit_events e where e.action > hop.action order by e.action limit 1)
         from hop where hop.action is not null)
     select action from hop where action is not null`,
  );
  return rows.map((row) => row.action);
}

/** The whole filter as one condition, for reading everything. */
export function wholeCondition(conditions: ResolvedConditions, parameters: ParameterList): string {
  return [...fixedConditions(conditions, parameters), ...termConditions(conditions, parameters, null)].join(
    '\n and ',
  );
}

/** Chain and period; `true` where neither is given, so that there is always one. */
export function fixedConditions(
  { chain, from, to }: AuditConditions,
  parameters: ParameterList,
  without: Driver['column'] | null = null,
): string[] {
  return [
    'true',
    ...(chain === null || without === 'chain_id' ? [] : [`e.chain_id = ${parameters.add(chain, 'uuid')}`]),
    ...(from === null ? [] : [`e.at >= ${parameters.add(from.toISOString(), 'timestamptz')}`]),
    ...(to === null ? [] : [`e.at < ${parameters.add(to.toISOString(), 'timestamptz')}`]),
  ];
}

/** Conditions of the terms, without those that the driver answers by itself. */
export function termConditions(
  conditions: ResolvedConditions,
  parameters: ParameterList,
  driver: Driver | null,
): string[] {
  const sqls: string[] = [];
  const included = new Map<AuditTerm['field'], string[]>();
  for (const term of conditions.terms) {
    if (driver !== null && !term.exclude && fieldOf[driver.column] === term.field) continue;
    const sql = termCondition(term, conditions, parameters);
    if (term.exclude) sqls.push(`(${sql}) is not true`);
    // Words must all be there; several values of a field are alternatives.
    else if (term.field === 'text' || term.field === 'after' || term.field === 'before') sqls.push(sql);
    else included.set(term.field, [...(included.get(term.field) ?? []), sql]);
  }
  for (const alternatives of included.values()) sqls.push(`(${alternatives.join(' or ')})`);
  return sqls;
}

const fieldOf: Readonly<Record<Driver['column'], AuditTerm['field'] | null>> = {
  target_id: 'target',
  outcome: 'outcome',
  actor: 'actor',
  action: 'action',
  chain_id: null,
};

const searchedText = `concat_ws(' ', e.actor, e.action, e.target_kind, e.target_id, e.outcome, e.reason, e.host,
  e.correlation_id, e.before::text, e.after::text)`;

function termCondition(term: AuditTerm, conditions: ResolvedConditions, parameters: ParameterList): string {
  const { field, value } = term;
  switch (field) {
    case 'actor':
    case 'host':
    case 'outcome':
      return `e.${field} = ${parameters.add(value, 'text')}`;
    case 'action':
      return value.endsWith('.')
        ? `starts_with(e.action, ${parameters.add(value, 'text')})`
        : `e.action = ${parameters.add(value, 'text')}`;
    case 'target':
      return `e.${isTargetKind(value) ? 'target_kind' : 'target_id'} = ${parameters.add(value, 'text')}`;
    case 'tenant':
      return `e.chain_id = any (${parameters.add(conditions.chainsOf.get(term) ?? [], 'uuid[]')})`;
    case 'before':
    case 'after':
      return `e.${field}::text ilike ${parameters.add(`%${escapeLike(value)}%`, 'text')}`;
    case 'text':
      return `${searchedText} ilike ${parameters.add(`%${escapeLike(value)}%`, 'text')}`;
  }
}

/** `target:run` means the kind, `target:<id>` one object; ids hold digits. */
function isTargetKind(value: string): boolean {
  return /^[a-z_]+$/.test(value);
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}

/**
 * The index that bounds a list best, by what is rare as a rule: one object, what did not succeed, one chain, a person, an
 * action. Null: the newest events of all.
 */
export function chooseDriver(conditions: ResolvedConditions): Driver | null {
  const valuesOf = (field: AuditTerm['field']) =>
    conditions.terms.filter((term) => term.field === field && !term.exclude).map((term) => term.value);
  const targets = valuesOf('target');
  if (targets.length > 0 && !targets.some(isTargetKind))
    return { column: 'target_id', values: unique(targets) };
  const outcomes = valuesOf('outcome');
  if (outcomes.length > 0 && !outcomes.includes('success')) {
    return { column: 'outcome', values: unique(outcomes) };
  }
  if (conditions.chain !== null) return { column: 'chain_id', values: [conditions.chain] };
  const actors = valuesOf('actor');
  if (actors.length > 0) return { column: 'actor', values: unique(actors) };
  const actions = valuesOf('action').flatMap((value) =>
    value.endsWith('.') ? conditions.knownActions.filter((action) => action.startsWith(value)) : [value],
  );
  if (valuesOf('action').length > 0) return { column: 'action', values: unique(actions) };
  return null;
}

const unique = (values: readonly string[]) => [...new Set(values)];
