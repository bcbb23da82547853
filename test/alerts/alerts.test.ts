import { createHmac, randomUUID } from 'node:crypto';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { Database } from '../../main/db/database.ts';
import {
  type AlertChannel,
  listAlertChannels,
  listAlerts,
  readTestMessage,
  removeAlertChannel,
  saveAlertChannel,
  testAlertChannel,
} from '../../main/db/repositories/alert-channels.ts';
import { type AlertWatch, createAlertWatch } from '../../main/engine/alerts/alert-watch.ts';
import { createAlertSender } from '../../main/notify/alert-sender.ts';
import { type ChannelSecret, sealChannelSecret } from '../../main/notify/channel-secret.ts';
import { addSchedule, silentLog } from '../engine/scheduling-fixture.ts';
import { createTestDatabase, type TestClock, type TestDatabase } from '../support/database.ts';
import { type Receiver, startHttpReceiver, startMailReceiver, type TakenPost } from './receivers.ts';

const daily = { kind: 'daily' as const, times: ['02:00' as const] };

let test: TestDatabase;
let clock: TestClock;
let administrator: Database;
let web: Receiver<TakenPost>;
let mail: Receiver<string>;
let hosts: AlertWatch[];
let recipient: string;
let tenantId: string;
/** Passes that failed: they are logged, and must not stay unseen here. */
const troubles: string[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(new Date('2026-11-28T12:00:00Z'));
  administrator = (await test.asTechnician('Anna', 'administrator')).db;
  const identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  hosts = [];
  for (const name of ['first', 'second']) {
    const { db } = await test.asHost(name);
    hosts.push(
      createAlertWatch({
        database: db,
        sender: createAlertSender({ identity, clock: systemClock }),
        savedHeads: () => Promise.resolve([]),
        clock: systemClock,
        log: {
          ...silentLog,
          warn: (fields, message) => void troubles.push(`${message}: ${JSON.stringify(fields)}`),
        },
      }),
    );
  }
  web = await startHttpReceiver();
  mail = await startMailReceiver();
});

afterAll(async () => {
  for (const host of hosts) await host.stop();
  await web.close();
  await mail.close();
  await test.close();
});

beforeEach(async () => {
  // A minute later, so that hosts may look again.
  await clock.advanceMs(60_000);
  tenantId = await test.addTenant(`Contoso ${randomUUID()}`);
  await test.superuser.query(
    `insert into app.credentials (tenant_id, kind, client_id, sealed, recipients) values ($1, 'secret', gen_random_uuid(), 'x', '{x}')`,
    [tenantId],
  );
  Object.assign(web, { taken: [], refuseWith: null, attempts: 0 });
  Object.assign(mail, { taken: [], refuseWith: null, attempts: 0 });
});

afterEach(async () => {
  for (const channel of await listAlertChannels(administrator, null)) {
    await removeAlertChannel(administrator, channel.channelId);
  }
  // Nothing of one test is in trouble in the next.
  await test.superuser.query(`update app.tenants set state = 'connected'`);
  await test.superuser.query(`update app.backup_schedules set enabled = false, next_slot_at = null`);
  await clock.advanceMs(60_000);
  await pass();
});

/** Both hosts at the same time, as every minute. */
async function pass(): Promise<void> {
  await Promise.all(hosts.map((host) => host.passNow()));
  expect(troubles.filter((trouble) => !trouble.startsWith('A channel took no message'))).toEqual([]);
}

/** Header lines of a mail as they were before they were folded. */
const unfolded = (text: string) => text.replace(/\r\n[ \t]/g, ' ');

async function addChannel(
  secret: ChannelSecret,
  settings: AlertChannel['settings'],
  change: Partial<AlertChannel> = {},
): Promise<string> {
  const channelId = randomUUID();
  const sealed = await sealChannelSecret({ channelId, tenantId: null }, secret, [recipient]);
  await saveAlertChannel(
    administrator,
    {
      channelId,
      tenantId: null,
      name: settings.kind,
      kind: settings.kind,
      settings,
      enabled: true,
      leastSeverity: 'warning',
      quietHours: null,
      digest: null,
      ...change,
    },
    { sealed, recipients: [recipient] },
  );
  return channelId;
}

const addWebhook = (change?: Partial<AlertChannel>) =>
  addChannel(
    { kind: 'webhook', url: `http://127.0.0.1:${web.port}/hook?sig=secret`, signingKey: 'signing-key' },
    { kind: 'webhook', host: '127.0.0.1' },
    change,
  );
const addTeams = () =>
  addChannel(
    { kind: 'teams', url: `http://127.0.0.1:${web.port}/teams?sig=secret` },
    { kind: 'teams', host: '127.0.0.1' },
  );
const addMail = (password = 'mail-password') =>
  addChannel(
    { kind: 'smtp', password },
    {
      kind: 'smtp',
      server: '127.0.0.1',
      port: mail.port,
      security: 'none',
      user: 'alerts',
      from: 'tenantkeep@example.com',
      to: ['ops@example.com'],
    },
  );

/** A schedule that has been without any set for longer than it promises. */
async function neglect(): Promise<void> {
  const scheduleId = await addSchedule(test, tenantId, { cadence: daily, nextSlotAt: null });
  await test.superuser.query(
    `update app.backup_schedules set created_at = app.db_now() - interval '3 days' where id = $1`,
    [scheduleId],
  );
}

async function mend(): Promise<void> {
  await test.superuser.query(
    `update app.backup_schedules set created_at = app.db_now() where tenant_id = $1`,
    [tenantId],
  );
  await test.superuser.query(`update app.backup_schedules set enabled = false where tenant_id = $1`, [
    tenantId,
  ]);
}

describe('one failure, two hosts', () => {
  it('sends exactly one message over each channel, and one that it is over', async () => {
    await addWebhook();
    await addTeams();
    await addMail();
    await neglect();
    await pass();
    await pass();
    expect(web.taken.map((post) => post.path).sort()).toEqual(['/hook?sig=secret', '/teams?sig=secret']);
    expect(mail.taken).toHaveLength(1);
    expect(unfolded(mail.taken[0]!)).toMatch(/^Subject: TenantKeep: Contoso .* was never backed up/m);

    await mend();
    await clock.advanceMs(60_000);
    await pass();
    await pass();
    expect(web.taken).toHaveLength(4);
    expect(mail.taken).toHaveLength(2);
    expect(mail.taken[1]).toContain('Over: Contoso');
    const alerts = await test.superuser.query(
      `select action, count(*)::int as events from app.audit_events where tenant_id = $1 and action like 'alert.%' group by 1 order by 1`,
      [tenantId],
    );
    expect(alerts).toEqual([
      { action: 'alert.raised', events: 1 },
      { action: 'alert.resolved', events: 1 },
    ]);
  });

  it('reminds once a day while it lasts', async () => {
    await addWebhook();
    await neglect();
    await pass();
    for (let hour = 1; hour <= 49; hour += 1) {
      await clock.advanceMs(3_600_000);
      await pass();
    }
    const kinds = web.taken.map(
      (post) => (JSON.parse(post.body) as { messages: { kind: string }[] }).messages[0]!.kind,
    );
    expect(kinds).toEqual(['raised', 'reminder', 'reminder']);
  });
});

describe('a channel', () => {
  it('that is down for an hour gets its message once when it is back, and shows why meanwhile', async () => {
    const channelId = await addWebhook();
    web.refuseWith = 503;
    await neglect();
    for (let minute = 0; minute < 60; minute += 1) {
      await pass();
      await clock.advanceMs(60_000);
    }
    const [failing] = await listAlertChannels(administrator, null);
    expect(failing).toMatchObject({
      channelId,
      waiting: 1,
      lastError: 'The other side answered with status 503.',
    });
    expect(failing!.failingSince).not.toBeNull();
    // Neither host hammers: 1, 2, 5, 10, 15 and 30 minutes apart.
    expect(web.attempts).toBeLessThanOrEqual(6);

    web.refuseWith = null;
    await clock.advanceMs(30 * 60_000);
    await pass();
    await pass();
    expect(web.taken).toHaveLength(1);
    expect((await listAlertChannels(administrator, null))[0]).toMatchObject({
      failingSince: null,
      waiting: 0,
      lastError: null,
    });
  });

  it('signs what it posts, so that the receiver can check who sent it', async () => {
    await addWebhook();
    await neglect();
    await pass();
    const [post] = web.taken;
    const signature = String(post!.headers['x-tenantkeep-signature']);
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    expect(mac).toBe(createHmac('sha256', 'signing-key').update(`${seconds}.${post!.body}`).digest('hex'));
    expect(JSON.parse(post!.body)).toMatchObject({
      format: 'tenantkeep-alerts-1',
      messages: [{ kind: 'raised' }],
    });
  });

  it('of Teams gets an Adaptive Card in which names are plain text', async () => {
    await test.superuser.query(
      `update app.tenants set name = '[Click](http://evil.example) *b*' where id = $1`,
      [tenantId],
    );
    await addTeams();
    await neglect();
    await pass();
    const card = JSON.parse(web.taken[0]!.body) as {
      attachments: { contentType: string; content: { type: string; body: { text: string }[] } }[];
    };
    const [attachment] = card.attachments;
    expect(attachment!.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(attachment!.content.type).toBe('AdaptiveCard');
    const text = attachment!.content.body.map((block) => block.text).join('\n');
    expect(text).toContain('Click');
    expect(text).not.toMatch(/[[\]()*]/);
  });

  it('gathers many alerts into one message', async () => {
    await addMail();
    await neglect();
    await test.superuser.query(`update app.tenants set name = 'First tenant' where id = $1`, [tenantId]);
    tenantId = await test.addTenant('Second tenant');
    await test.superuser.query(
      `insert into app.credentials (tenant_id, kind, client_id, sealed, recipients) values ($1, 'secret', gen_random_uuid(), 'x', '{x}')`,
      [tenantId],
    );
    await neglect();
    await pass();
    expect(mail.taken).toHaveLength(1);
    expect(unfolded(mail.taken[0]!)).toMatch(/^Subject: TenantKeep: 2 alerts in 2 tenants/m);
  });

  it('with a wrong password says so without quoting it', async () => {
    await addMail('wrong-password-canary');
    await neglect();
    await pass();
    const [channel] = await listAlertChannels(administrator, null);
    expect(channel!.lastError).toBe('The mail server refused the login.');
    const rows = await test.superuser.query(
      `select row_to_json(c)::text || (select string_agg(row_to_json(e)::text, '') from app.audit_events e) as text from app.alert_channels c`,
    );
    expect(JSON.stringify(rows)).not.toContain('wrong-password-canary');
  });

  it('holds warnings back in the quiet hours and lets critical ones through', async () => {
    const now = await clock.now();
    const inHours = (hours: number) =>
      new Date(now.getTime() + hours * 3_600_000).toISOString().slice(11, 16);
    await addWebhook({
      quietHours: { from: inHours(-1), to: inHours(5), timeZone: 'Etc/UTC', exceptCritical: true },
    });
    await test.superuser.query(
      `update app.credentials set expires_at = app.db_now() + interval '20 days' where tenant_id = $1`,
      [tenantId],
    );
    await pass();
    expect(web.taken.map((post) => post.body)).toEqual([]);
    await neglect();
    await clock.advanceMs(60_000);
    await pass();
    expect(web.taken).toHaveLength(1);
    expect(web.taken[0]!.body).toContain('never backed up');
    expect(web.taken[0]!.body).not.toContain('The credential of');
  });

  it('can be tried: the test arrives, or the page is told why not', async () => {
    const channelId = await addWebhook();
    const message = await testAlertChannel(administrator, channelId);
    expect(await readTestMessage(administrator, message)).toEqual({ state: 'waiting', error: null });
    await pass();
    expect(await readTestMessage(administrator, message)).toEqual({ state: 'sent', error: null });
    expect(web.taken[0]!.body).toContain('This is a test');
    web.refuseWith = 404;
    const second = await testAlertChannel(administrator, channelId);
    await pass();
    expect(await readTestMessage(administrator, second)).toEqual({
      state: 'failed',
      error: 'The other side answered with status 404.',
    });
  });

  it('belongs to those who may change it', async () => {
    const channelId = await addWebhook();
    const owner = (await test.asTechnician('Olga', 'owner', tenantId)).db;
    await expect(removeAlertChannel(owner, channelId)).rejects.toMatchObject({
      code: 'administrator_needed',
    });
    await expect(owner.query('select sealed from app.alert_channels')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(administrator.query('select sealed from app.alert_channels')).rejects.toMatchObject({
      code: '42501',
    });
    expect(await listAlertChannels(owner, null)).toEqual([]);
  });
});

describe('silence of all hosts', () => {
  it('is told once by the first host that is back, with the slots that were missed', async () => {
    await addWebhook();
    await pass();
    const scheduleId = await addSchedule(test, tenantId, { cadence: daily, nextSlotAt: null });
    await clock.advanceMs(4 * 3_600_000);
    await test.superuser.query(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, reason, slot_at, spec, spec_version, finished_at)
       values ($1, $2, 'scheduled', 'missed', 'late', date_trunc('minute', app.db_now()) - interval '2 hours', '{}', 1, app.db_now())`,
      [tenantId, scheduleId],
    );
    await pass();
    await pass();
    const told = web.taken.filter((post) => post.body.includes('No host dispatched schedules from'));
    expect(told).toHaveLength(1);
    expect(told[0]!.body).toContain('1 slot was missed');
    const alerts = await listAlerts(administrator, { tenantId: null, resolvedDays: 1 });
    expect(alerts.find((alert) => alert.cause === 'nothing_dispatched')?.resolvedAt).not.toBeNull();
  });
});
