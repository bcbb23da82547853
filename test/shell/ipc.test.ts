import { beforeEach, expect, it, vi } from 'vitest';
import type { Session } from '../../main/api/router.ts';
import { silentLog } from '../support/silent-log.ts';

type Answer = { ok: boolean; error?: { code: string } };
const electron = vi.hoisted(() => ({
  handler: null as ((event: object, message: unknown) => Promise<unknown>) | null,
}));
vi.mock('electron', () => ({
  app: {},
  session: {},
  protocol: {},
  BrowserWindow: { fromWebContents: () => null },
  ipcMain: {
    handle: (_channel: string, handler: NonNullable<typeof electron.handler>) => {
      electron.handler = handler;
    },
  },
}));
const { answerPages } = await import('../../main/shell/ipc.ts');

const session = { login: 'alice', database: null } as unknown as Session;
const own = { url: 'tenantkeep-app://app/#/runs', parent: null };
let asked: unknown[];

beforeEach(() => {
  asked = [];
  answerPages({
    opening: Promise.resolve({
      session,
      router: {
        dispatch: (who, given) => {
          asked.push([who.login, given]);
          return Promise.resolve({ ok: true, value: 'answer' });
        },
      },
    }),
    hostCalls: new Map([['host.do', () => Promise.resolve({ ok: true, value: 'done' })]]),
    log: { ...silentLog, close: () => undefined },
  });
});

const send = (senderFrame: object | null, message: unknown): Promise<Answer> =>
  electron.handler!({ senderFrame, sender: {} }, message) as Promise<Answer>;

it('hands name and input of our own top frame to the router, as the person', async () => {
  expect(await send(own, { name: 'session.me', input: {} })).toEqual({ ok: true, value: 'answer' });
  expect(asked).toEqual([['alice', { name: 'session.me', input: {} }]]);
  expect(await send(own, { name: 'host.do', input: {} })).toEqual({ ok: true, value: 'done' });
});

it.each([
  ['a frame that is gone', null],
  ['a foreign page', { url: 'https://example.com/', parent: null }],
  ['a page that only looks like ours', { url: 'tenantkeep-app://app.evil/', parent: null }],
  ['our page inside of another frame', { ...own, parent: own }],
  ['an address that is none', { url: '', parent: null }],
])('refuses %s with a typed error', async (_who, frame) => {
  expect(await send(frame, { name: 'host.do', input: {} })).toMatchObject({
    error: { code: 'sender_refused' },
  });
  expect(asked).toEqual([]);
});

it.each([
  ['nothing', undefined],
  ['a text', 'session.me'],
  ['a call with more than name and input', { name: 'session.me', input: {}, session: { login: 'bob' } }],
  ['a call without a name', { input: {} }],
])('refuses %s with a typed error', async (_what, message) => {
  expect(await send(own, message)).toMatchObject({ ok: false, error: { code: 'message_invalid' } });
  expect(asked).toEqual([]);
});
