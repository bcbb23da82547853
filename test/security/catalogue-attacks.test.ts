import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attack, attackLogins, canary, createAttackWorld, technicianLogins } from './attack-world.ts';
import type { Answer, AttackLogin, AttackWorld } from './attack-world.ts';
import { functionCases, relationCases } from './catalogue-cases.ts';

/**
 * What a curious colleague can do with psql and a login of their own. The cases are compared with the catalogue of
 * the database, so a new table, view, column or function without a case fails here.
 */
let world: AttackWorld;
beforeAll(async () => {
  world = await createAttackWorld();
}, 60_000);
afterAll(async () => {
  await world?.database.close();
});

const rollback = new Error('rollback');

/** Runs a statement and takes back what it did. */
async function attackOnce(login: AttackLogin, text: string, parameters: unknown[] = []): Promise<Answer> {
  let answer: Answer | null = null;
  try {
    await world.logins[login].db.transaction(async (tx) => {
      answer = await attack(tx, text, parameters);
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  }
  return answer!;
}

const leaksIn = (text: string): string[] => world.forbidden.filter((word) => text.includes(word));

describe('tables and views', { timeout: 60_000 }, () => {
  it('all have a case, with every column', async () => {
    const relations = await world.database.superuser.query<{ name: string; columns: string }>(
      `select c.relname::text as name, string_agg(a.attname::text, ' ' order by a.attnum) as columns
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        group by 1 order by 1`,
    );
    expect(Object.fromEntries(relations.map(({ name, columns }) => [name, columns]))).toEqual(
      Object.fromEntries(Object.entries(relationCases).map(([name, { columns }]) => [name, columns])),
    );
  });

  it('are the only ones: there is nothing outside the schema', async () => {
    expect(
      await world.database.superuser.query(
        `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname !~ '^(pg_|information_schema$|app$)'
         union all
         select n.nspname, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where n.nspname !~ '^(pg_|information_schema$|app$)'`,
      ),
    ).toEqual([]);
  });

  it.each(Object.entries(relationCases))('%s gives columns as its case says', async (name, expected) => {
    const [granted] = await world.database.superuser.query<Record<string, string | null>>(
      `select string_agg(a.attname::text, ' ' order by a.attnum) filter (where has_column_privilege('tenantkeep_technician', c.oid, a.attname, 'select')) as "technicianReads",
              string_agg(a.attname::text, ' ' order by a.attnum) filter (where has_column_privilege('tenantkeep_technician', c.oid, a.attname, 'insert, update, references')) as "technicianWrites",
              string_agg(a.attname::text, ' ' order by a.attnum) filter (where has_column_privilege('tenantkeep_host', c.oid, a.attname, 'select')) as "hostReads",
              string_agg(a.attname::text, ' ' order by a.attnum) filter (where has_column_privilege('tenantkeep_host', c.oid, a.attname, 'insert')) as "hostInserts",
              string_agg(a.attname::text, ' ' order by a.attnum) filter (where has_column_privilege('tenantkeep_host', c.oid, a.attname, 'update')) as "hostUpdates"
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.oid = ('app.' || $1)::regclass`,
      [name],
    );
    const list = (columns: string | undefined) => (columns === '*' ? expected.columns : (columns ?? null));
    expect(granted).toEqual({
      technicianReads: list(expected.technicianReads),
      technicianWrites: null,
      hostReads: list(expected.hostReads),
      hostInserts: list(expected.hostInserts),
      hostUpdates: list(expected.hostUpdates),
    });
  });

  it.each(Object.entries(relationCases))('%s shows rows as its case says', async (name, expected) => {
    const seen: string[] = [];
    for (const login of attackLogins) {
      const isTechnician = (technicianLogins as readonly string[]).includes(login);
      const readable = isTechnician ? expected.technicianReads : expected.hostReads;
      const columns = readable === undefined || readable === '*' ? '*' : readable.replaceAll(' ', ', ');
      const answer = await attackOnce(login, `select ${columns} from app.${name}`);
      seen.push(classify(name, answer));
      if (isTechnician && expected.workspace !== true) {
        // An administrator sees names of tenants, and nothing in them.
        const mayName =
          login === 'administrator' && ['tenants', 'tenant_memberships', 'technicians'].includes(name);
        if (!mayName)
          expect({ name, login, leaks: leaksIn(answer.text) }).toEqual({ name, login, leaks: [] });
      }
    }
    expect(seen.join(' ')).toBe(expected.rows);
  });

  it.each(Object.keys(relationCases))('%s cannot be written, locked or changed by psql', async (name) => {
    const expected = relationCases[name]!;
    const column = expected.columns.split(' ')[0]!;
    for (const login of attackLogins) {
      const isTechnician = (technicianLogins as readonly string[]).includes(login);
      const mayUpdate = !isTechnician && expected.hostUpdates !== undefined;
      const mayInsert = !isTechnician && expected.hostInserts !== undefined;
      const statements: [string, boolean][] = [
        [`insert into app.${name} default values`, mayInsert],
        [`update app.${name} set ${column} = default where false`, mayUpdate],
        [`delete from app.${name}`, false],
        [`truncate app.${name} cascade`, false],
        [`merge into app.${name} t using (select 1) s on false when matched then delete`, false],
        [`select 1 from app.${name} for update`, mayUpdate],
        [`lock table app.${name} in access exclusive mode`, mayUpdate],
        [`alter table app.${name} disable row level security`, false],
        [`alter table app.${name} no force row level security`, false],
        [`alter table app.${name} disable trigger all`, false],
        [`alter table app.${name} owner to session_user`, false],
        [`create policy mine on app.${name} using (true)`, false],
        [`create trigger mine before insert on app.${name} execute function app.guard_backup_run()`, false],
        [`create rule mine as on insert to app.${name} do instead nothing`, false],
        [`create index on app.${name} (${column})`, false],
        [`drop table app.${name} cascade`, false],
        [`copy app.${name} from program 'echo 1'`, false],
        [`copy app.${name} to program 'cat'`, false],
        [`comment on table app.${name} is 'mine'`, false],
      ];
      for (const [statement, mayDo] of statements) {
        if (mayDo) continue;
        const answer = await attackOnce(login, statement);
        // Refused for want of a right, or because the kind of object does not have such a thing.
        expect([login, statement, answer.code]).toEqual([
          login,
          statement,
          expect.stringMatching(/^(42501|42809|0A000|55000|428C9)$/),
        ]);
        expect(leaksIn(answer.text)).toEqual([]);
      }
      // Without the right this is a warning, not an error; what counts is that it granted nothing.
      await attack(world.logins[login].db, `grant all on app.${name} to public`);
    }
    expect(
      await world.database.superuser.query(
        `select 1 from pg_class c, aclexplode(c.relacl) x where c.oid = ('app.' || $1)::regclass and x.grantee = 0`,
        [name],
      ),
    ).toEqual([]);
  });

  it('keep a host that is not approved from every row, also where hosts may write', async () => {
    for (const [name, expected] of Object.entries(relationCases)) {
      for (const login of ['waitingHost', 'removedHost'] as const) {
        for (const column of expected.hostUpdates?.replace(/^\*$/, expected.columns).split(' ') ?? []) {
          const answer = await attackOnce(
            login,
            `with touched as (update app.${name} set ${column} = ${column} returning 1) select count(*)::int as touched from touched`,
          );
          expect([name, column, login, answer.code, answer.rows]).toEqual([
            name,
            column,
            login,
            'ok',
            [{ touched: 0 }],
          ]);
        }
      }
    }
    for (const [login, statement, parameters] of [
      [
        'waitingHost',
        `insert into app.run_events (run_id, tenant_id, attempt, level, code, message) values ($1, $2, 1, 'info', 'x', 'x')`,
        [world.b.runId, world.b.tenantId],
      ],
      [
        'waitingHost',
        `insert into app.tenant_keys (tenant_id, sealed, recipients) values ($1, 'x', '{x}')`,
        [world.b.tenantId],
      ],
      [
        'removedHost',
        `insert into app.payloads (tenant_id, sha256, bytes, crc32, size) values ($1, sha256('y'), 'y', 0, 1)`,
        [world.b.tenantId],
      ],
      // An approved host neither makes runs that a person asks for, nor speaks for another host.
      [
        'host',
        `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, start_deadline_at) values ($1, $2, 'manual', 'queued', '{}', 1, now())`,
        [world.b.tenantId, world.b.scheduleId],
      ],
      [
        'host',
        `insert into app.host_instances (id, host_id, name, kind, app_version, engine_level, state) select gen_random_uuid(), h.id, 'x', 'service', '0', 1, 'running' from app.hosts h where h.login <> session_user limit 1`,
        [],
      ],
    ] as const) {
      expect([statement, (await attackOnce(login, statement, [...parameters])).code]).toEqual([
        statement,
        '42501',
      ]);
    }
  });
});

describe('functions', { timeout: 60_000 }, () => {
  it('all have a case, and only the named group may call them', async () => {
    const functions = await world.database.superuser.query<{ name: string; who: string }>(
      `select substr(p.oid::regprocedure::text, 5) as name,
              concat_ws(' ', case when has_function_privilege('tenantkeep_technician', p.oid, 'execute') then 'technician' end,
                             case when has_function_privilege('tenantkeep_host', p.oid, 'execute') then 'host' end) as who
         from pg_proc p where p.pronamespace = 'app'::regnamespace order by 1`,
    );
    expect(Object.fromEntries(functions.map(({ name, who }) => [name, who]))).toEqual(
      Object.fromEntries(Object.entries(functionCases).map(([name, { who }]) => [name, who])),
    );
  });

  it.each(Object.entries(functionCases))('%s refuses everybody else', async (signature, { who }) => {
    const [name, types] = [
      signature.slice(0, signature.indexOf('(')),
      signature.slice(signature.indexOf('(') + 1, -1),
    ];
    const nulls =
      types === ''
        ? ''
        : types
            .split(',')
            .map((type) => `null::${type}`)
            .join(', ');
    for (const login of attackLogins) {
      const isTechnician = (technicianLogins as readonly string[]).includes(login);
      if (who.includes(isTechnician ? 'technician' : 'host')) continue;
      const answer = await attackOnce(login, `select app.${name}(${nulls})`);
      expect([login, signature, answer.code]).toEqual([login, signature, '42501']);
    }
  });

  const attacks = Object.entries(functionCases).flatMap(([signature, { attacks: list }]) =>
    (list ?? []).map((entry) => [signature, entry] as const),
  );
  it.each(attacks)('%s answers an attack as its case says', async (_signature, { call, answers }) => {
    const [text, parameters] = call(world);
    for (const [logins, expected] of Object.entries(answers)) {
      for (const login of logins.split(' ') as AttackLogin[]) {
        const answer = await attackOnce(login, text, parameters);
        const refused = answer.rows[0]?.['refused'];
        const given =
          answer.code !== 'ok' ? answer.code : typeof refused === 'string' ? refused : answer.rows;
        expect([login, given]).toEqual([login, expected]);
        expect(answer.text).not.toContain(canary);
      }
    }
  });

  it('have an attack wherever somebody may call them', () => {
    const without = Object.entries(functionCases)
      .filter(([, { who, attacks: list }]) => who !== '' && (list ?? []).length === 0)
      .map(([signature]) => signature);
    expect(without).toEqual([]);
  });

  it('leave a refusal in the audit of the tenant that was attacked, under the true name', async () => {
    const { reader } = world.logins;
    const before = await deniedOf(reader.login);
    await reader.db.query('select app.edit_tenant($1, $2, $3)', [world.b.tenantId, 'Mine', []]);
    await reader.db.query('select app.cancel_run($1)', [world.b.runId]);
    expect((await deniedOf(reader.login)).slice(before.length)).toEqual([
      { action: 'tenant.edited', actor: reader.login, isNow: true },
      { action: 'run.cancel_requested', actor: reader.login, isNow: true },
    ]);
  });
});

/** Refusals in the chain of tenant B that a login caused. */
const deniedOf = (login: string) =>
  world.database.superuser.query(
    `select action, actor, at between app.db_now() - interval '1 minute' and app.db_now() as "isNow"
       from app.audit_events where tenant_id = $1 and outcome = 'denied' and actor = $2 order by sequence`,
    [world.b.tenantId, login],
  );

/** Which tenants the rows are of: what the case of a relation speaks of. */
function classify(name: string, answer: Answer): string {
  if (answer.code !== 'ok') return answer.code === '42501' ? 'refused' : answer.code;
  if (answer.rows.length === 0) return '-';
  const key = name === 'tenants' ? 'id' : 'tenant_id';
  if (!(key in answer.rows[0]!)) return 'rows';
  const names = new Map<unknown, string>([
    [world.a.tenantId, 'A'],
    [world.b.tenantId, 'B'],
    [null, 'W'],
  ]);
  return [...new Set(answer.rows.map((row) => names.get(row[key]) ?? '?'))].toSorted().join('');
}
