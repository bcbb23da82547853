import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import {
  claimAccessCheck,
  finishAccessCheck,
  readAccessChecks,
  requestAccessCheck,
} from '../../main/db/repositories/access-checks.ts';
import type { AccessOutcome, AccessProbe } from '../../main/engine/ports.ts';
import { AppError } from '../../shared/errors.ts';
import {
  createTestDatabase,
  type TestClock,
  type TestDatabase,
  type TestHost,
  type TestTechnician,
} from '../support/database.ts';
import { auditActions, eventually, startHost } from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let one: TestHost;
let two: TestHost;
let operator: TestTechnician;
let manager: TestTechnician;
let tenantId: string;

const outcome: AccessOutcome = {
  organizationName: 'Contoso Ltd',
  missingPermissions: ['Policy.Read.All'],
  consentUrl: 'https://login.example.com/adminconsent',
  types: [
    {
      typeKey: 'namedLocations',
      state: 'permission_missing',
      permissions: ['Policy.Read.All'],
      requestId: 'r1',
      httpStatus: 403,
    },
    {
      typeKey: 'deviceConfigurations',
      state: 'readable',
      permissions: [],
      requestId: null,
      httpStatus: null,
    },
  ],
};

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock();
  one = await test.asHost('one');
  two = await test.asHost('two');
});
afterAll(() => test.close());
beforeEach(async () => {
  tenantId = await test.addTenant(`Contoso ${randomUUID()}`);
  operator = await test.asTechnician('olga', 'operator', tenantId);
  manager = await test.asTechnician('mona', 'manager', tenantId);
});

async function propose(recipients: string[]): Promise<string> {
  const id = randomUUID();
  const [row] = await manager.db.query<{ refused: string | null }>(
    `select refused from app.propose_credential($1, $2, 'secret', gen_random_uuid(), 'sealed', $3, null, null)`,
    [tenantId, id, recipients],
  );
  expect(row!.refused).toBeNull();
  return id;
}

const currentCredentials = async () =>
  (
    await test.superuser.query<{ id: string }>(
      'select id from app.credentials where tenant_id = $1 and replaced_at is null',
      [tenantId],
    )
  ).map(({ id }) => id);

const key = async (host: TestHost) =>
  (
    await test.superuser.query<{ key: string }>('select public_key as key from app.hosts where id = $1', [
      host.hostId,
    ])
  )[0]!.key;

const runHost = async (probe: AccessProbe, work: () => Promise<void>) => {
  const { engine } = await startHost(test, one, { probe, limits: { accessCheckPollMs: 20 } });
  try {
    await work();
  } finally {
    await engine.stop('host_shutdown', { budgetMs: 3_000 });
  }
};
const newest = () => readAccessChecks(operator.db, tenantId);

describe('an access check', () => {
  it('is asked for once at a time, done by one host and shown with its date', async () => {
    const asked = await requestAccessCheck(operator.db, tenantId);
    expect(asked.created).toBe(true);
    expect(await requestAccessCheck(manager.db, tenantId)).toEqual({
      checkId: asked.checkId,
      created: false,
    });
    const claims = await Promise.all([one, two].map((host) => claimAccessCheck(host.db, [tenantId])));
    const claimed = claims.filter((claim) => claim !== null);
    expect(claimed).toHaveLength(1);
    const holder = claims[0] === null ? two : one;
    expect(await finishAccessCheck(holder.db, claimed[0]!, { outcome })).toBe(true);
    const { active, last, shown } = await readAccessChecks(operator.db, tenantId);
    expect(active).toBeNull();
    expect(last).toMatchObject({
      state: 'done',
      organizationName: 'Contoso Ltd',
      hostName: holder === one ? 'one' : 'two',
    });
    expect(shown!.types).toEqual(outcome.types);
    expect(shown!.missingPermissions).toEqual(['Policy.Read.All']);
    expect(await auditActions(test, tenantId)).toEqual([
      'tenant.access_check_requested',
      'tenant.access_checked',
    ]);
  });

  it('is refused to an auditor, and says nothing of a tenant without membership', async () => {
    const auditor = await test.asTechnician('aura', 'auditor', tenantId);
    const stranger = await test.asTechnician('stan');
    await expect(requestAccessCheck(auditor.db, tenantId)).rejects.toMatchObject({
      code: 'tenant_forbidden',
    });
    await expect(requestAccessCheck(stranger.db, tenantId)).rejects.toMatchObject({
      code: 'tenant_not_found',
    });
  });

  it('is left alone by a host that cannot open the credential', async () => {
    await requestAccessCheck(operator.db, tenantId);
    expect(await claimAccessCheck(one.db, [randomUUID()])).toBeNull();
    expect(await claimAccessCheck(one.db, [tenantId])).not.toBeNull();
  });

  it('goes to another host when its own vanished, and the late answer is left', async () => {
    await requestAccessCheck(operator.db, tenantId);
    const dead = (await claimAccessCheck(one.db, [tenantId]))!;
    expect(await claimAccessCheck(two.db, [tenantId])).toBeNull();
    await clock.advanceMs(121_000);
    const second = (await claimAccessCheck(two.db, [tenantId]))!;
    expect(second.checkId).toBe(dead.checkId);
    expect(await finishAccessCheck(one.db, dead, { outcome })).toBe(false);
    const error = { code: 'auth_secret_expired', message: 'The secret has expired.', nextStep: null };
    expect(await finishAccessCheck(two.db, second, { error })).toBe(true);
    expect((await readAccessChecks(operator.db, tenantId)).last).toMatchObject({ state: 'failed', error });
  });

  it('ends as a failure after the third host that vanished over it', async () => {
    await requestAccessCheck(operator.db, tenantId);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await claimAccessCheck(one.db, [tenantId])).toMatchObject({ token: attempt });
      await clock.advanceMs(121_000);
    }
    expect(await claimAccessCheck(one.db, [tenantId])).toBeNull();
    expect((await readAccessChecks(operator.db, tenantId)).last?.error).toMatchObject({ code: 'host_lost' });
    expect((await requestAccessCheck(operator.db, tenantId)).created).toBe(true);
  });

  it('keeps the result of the newest good check beside a later failure', async () => {
    for (const ending of [
      { outcome },
      { error: { code: 'graph_unavailable', message: 'No answer.', nextStep: null } },
    ]) {
      await clock.advanceMs(1_000);
      await requestAccessCheck(operator.db, tenantId);
      await finishAccessCheck(one.db, (await claimAccessCheck(one.db, [tenantId]))!, ending);
    }
    const { last, shown } = await readAccessChecks(operator.db, tenantId);
    expect(last!.state).toBe('failed');
    expect(shown!.types).toHaveLength(2);
  });

  it('is not kept for ever', async () => {
    for (let round = 0; round < 24; round += 1) {
      await clock.advanceMs(1_000);
      await requestAccessCheck(operator.db, tenantId);
      await finishAccessCheck(one.db, (await claimAccessCheck(one.db, [tenantId]))!, { outcome });
    }
    const [row] = await test.superuser.query<{ kept: number }>(
      'select count(*)::int as kept from app.access_checks where tenant_id = $1',
      [tenantId],
    );
    expect(row!.kept).toBe(21);
  });
});

describe('a proposed credential', () => {
  it('takes the place of the one in force when a host has signed in with it', async () => {
    const candidateId = await propose([await key(two)]);
    expect(await currentCredentials()).toEqual([]);
    expect(await claimAccessCheck(one.db, [tenantId])).toBeNull();
    const claimed = (await claimAccessCheck(two.db, []))!;
    expect(claimed.candidateId).toBe(candidateId);
    await finishAccessCheck(two.db, claimed, { outcome });
    expect(await currentCredentials()).toEqual([candidateId]);
    const next = await propose([await key(two)]);
    await finishAccessCheck(two.db, (await claimAccessCheck(two.db, []))!, { outcome });
    expect(await currentCredentials()).toEqual([next]);
    expect(await auditActions(test, next)).toEqual(['credential.proposed', 'credential.stored']);
  });

  it('leaves the old one in force when it does not pass, and can be tried again or discarded', async () => {
    const candidateId = await propose([await key(one)]);
    const error = { code: 'auth_certificate_rejected', message: 'Not known yet.', nextStep: null };
    await finishAccessCheck(one.db, (await claimAccessCheck(one.db, []))!, { error });
    expect(await currentCredentials()).toEqual([]);
    expect((await requestAccessCheck(manager.db, tenantId, candidateId)).created).toBe(true);
    await expect(requestAccessCheck(operator.db, tenantId, candidateId)).rejects.toMatchObject({
      code: 'tenant_forbidden',
    });
    await manager.db.query('select app.discard_candidate($1)', [tenantId]);
    expect(await claimAccessCheck(one.db, [])).toBeNull();
    await expect(requestAccessCheck(manager.db, tenantId, candidateId)).rejects.toMatchObject({
      code: 'candidate_not_found',
    });
  });

  it("connects a disconnected tenant again once it has passed, and is an owner's to propose", async () => {
    const before = await propose([await key(one)]);
    await finishAccessCheck(one.db, (await claimAccessCheck(one.db, []))!, { outcome });
    expect(await currentCredentials()).toEqual([before]);
    const owner = await test.asTechnician('otto', 'owner', tenantId);
    await owner.db.query('select app.disconnect_tenant($1, null)', [tenantId]);
    expect(await currentCredentials()).toEqual([]);
    const proposal = async (who: TestTechnician) => {
      const id = randomUUID();
      const [row] = await who.db.query<{ refused: string | null }>(
        `select refused from app.propose_credential($1, $2, 'secret', gen_random_uuid(), 'sealed', $3, null, null)`,
        [tenantId, id, [await key(one)]],
      );
      return { id, refused: row!.refused };
    };
    const stateOfTenant = async () =>
      (
        await test.superuser.query<{ state: string }>('select state from app.tenants where id = $1', [
          tenantId,
        ])
      )[0]!.state;
    expect((await proposal(manager)).refused).toBe('tenant_forbidden');
    const next = await proposal(owner);
    expect(next.refused).toBeNull();
    const error = { code: 'auth_secret_rejected', message: 'Wrong.', nextStep: null };
    await finishAccessCheck(one.db, (await claimAccessCheck(one.db, []))!, { error });
    expect(await stateOfTenant()).toBe('disconnected');
    await requestAccessCheck(owner.db, tenantId, next.id);
    const claimed = (await claimAccessCheck(one.db, []))!;
    // Disconnecting once more cannot happen in between: it is refused, and a new proposal would take this one's place.
    await finishAccessCheck(one.db, claimed, { outcome });
    expect(await stateOfTenant()).toBe('connected');
    expect(await currentCredentials()).toEqual([next.id]);
    expect(await auditActions(test, tenantId)).toContain('tenant.reconnected');
  });

  it('goes with its check when the tenant is disconnected', async () => {
    await propose([await key(one)]);
    const owner = await test.asTechnician('otto', 'owner', tenantId);
    await owner.db.query('select app.disconnect_tenant($1, null)', [tenantId]);
    expect(await claimAccessCheck(one.db, [tenantId])).toBeNull();
    expect((await readAccessChecks(owner.db, tenantId)).last?.error).toMatchObject({
      code: 'tenant_disconnected',
    });
    await expect(requestAccessCheck(owner.db, tenantId)).rejects.toMatchObject({
      code: 'tenant_disconnected',
    });
  });
});

describe('a host', () => {
  it('does what is asked for and tells a refusal as its sentence', async () => {
    let refuse = false;
    const probe: AccessProbe = {
      async check() {
        if (refuse) throw new AppError('auth_consent_missing', 'Nobody has consented.');
        return outcome;
      },
    };
    await runHost(probe, async () => {
      await requestAccessCheck(operator.db, tenantId);
      await eventually(async () => (await newest()).last?.state === 'done', 'the check is done');
      refuse = true;
      await clock.advanceMs(1_000);
      await requestAccessCheck(operator.db, tenantId);
      await eventually(async () => (await newest()).last?.state === 'failed', 'the check failed');
      expect((await newest()).last!.error).toMatchObject({ code: 'auth_consent_missing' });
    });
  });

  it('gives a check back when it stops', async () => {
    const begun = Promise.withResolvers<void>();
    const probe: AccessProbe = {
      check: async (_what, signal) => {
        begun.resolve();
        await systemClock.sleep(60_000, signal);
        return outcome;
      },
    };
    await runHost(probe, async () => {
      await requestAccessCheck(operator.db, tenantId);
      await begun.promise;
    });
    expect((await newest()).active).toMatchObject({ state: 'queued', hostName: null });
  });
});
