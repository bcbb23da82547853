import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesktopDriver, RunningDesktop } from '../support/electron/desktop-driver.ts';
import { decodeWire, encodeWire } from '../support/electron/stand-in/wire.ts';
import { createStandInDriver } from '../support/electron/stand-in-driver.ts';

/**
 * The stand-in is only worth something if it refuses what it does not play. Each case is a small app whose entry
 * does one thing wrong; what it prints is the refusal, by name.
 */
let directory: string;
let driver: DesktopDriver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-stand-in-'));
  driver = await createStandInDriver(join(directory, 'main.mjs'), 2_000);
});

afterAll(async () => {
  await driver?.close();
  await rm(directory, { recursive: true, force: true });
});

async function startApp(main: string, preload = ''): Promise<RunningDesktop> {
  await writeFile(join(directory, 'preload.cjs'), preload);
  await writeFile(join(directory, 'main.mjs'), main);
  return driver.start({ home: directory });
}

/** Runs an entry module and answers what it wrote; each of them ends by itself. */
async function outputOf(main: string): Promise<string> {
  const app = await startApp(main);
  await app.exited;
  return app.errorOutput();
}

const imports = `import electron, { app, BrowserWindow, dialog, ipcMain, Notification, powerMonitor, protocol, session, Tray }
  from 'electron';`;

/** Statements that each try one thing; what was thrown is written as one line for each, in their order. */
const attempts = (bodies: readonly string[]): string =>
  bodies
    .map(
      (body) =>
        `try { ${body}; process.stderr.write('nothing was thrown\\n'); }
         catch (error) { process.stderr.write(String(error).replaceAll('\\n', ' ') + '\\n'); }`,
    )
    .join('\n');

const late = [
  ['an unknown member', 'app.setBadgeCount(3)', 'app.setBadgeCount is not played'],
  ['an unknown member that is set', 'app.badge = true', 'setting app.badge is not played'],
  ['a part that is not played', 'electron.desktopCapturer', 'electron.desktopCapturer is not played'],
  ['an unknown static', 'BrowserWindow.getFocusedWindow()', 'BrowserWindow.getFocusedWindow is not played'],
  ['a foreign path', "app.getPath('desktop')", "app.getPath('desktop') is not played"],
  ['an unknown event', "app.on('gpu-info-update', () => {})", 'the event "gpu-info-update" of app'],
  ['an unknown power event', "powerMonitor.on('on-ac', () => {})", 'the event "on-ac" of powerMonitor'],
  ['an unknown window option', 'new BrowserWindow({ kiosk: true })', 'the option kiosk of BrowserWindow'],
  [
    'an unknown preference',
    'new BrowserWindow({ webPreferences: { webviewTag: true } })',
    'the option webviewTag',
  ],
  ['a window with Node', 'new BrowserWindow({ webPreferences: { nodeIntegration: true } })', 'without Node'],
  [
    'a window without sandbox',
    'new BrowserWindow({ webPreferences: { sandbox: false } })',
    'must be sandboxed',
  ],
  ['a dialog without an answer', 'await dialog.showSaveDialog({})', 'no answer for dialog.showSaveDialog'],
  ['a late scheme', 'protocol.registerSchemesAsPrivileged([])', 'must be called before the app is ready'],
  [
    'a scheme of nobody',
    "protocol.handle('other', () => new Response())",
    'the scheme other was not registered',
  ],
  ['a second handler', "ipcMain.handle('x', () => 1); ipcMain.handle('x', () => 2)", 'second handler'],
  ['an option of a notification', "new Notification({ sound: 'x' })", 'the option sound of Notification'],
] as const;

const early = [
  ['a window', 'new BrowserWindow()', 'BrowserWindow cannot be used before the app is ready'],
  ['the session', 'session.defaultSession', 'session.defaultSession cannot be used before'],
  ['a handler of a scheme', "protocol.handle('toy', () => new Response())", 'protocol.handle cannot be used'],
  ['a tray', "new Tray('icon.png')", 'Tray cannot be used before the app is ready'],
] as const;

describe('the stand-in for electron refuses by name', () => {
  it(`once it is ready: ${late.map(([what]) => what).join(', ')}`, async () => {
    const bodies = attempts(late.map(([, body]) => body));
    const output = await outputOf(
      `${imports} void app.whenReady().then(async () => { ${bodies}; app.exit(0); });`,
    );
    const lines = output.trim().split('\n');
    expect(lines).toEqual(late.map(([, , refusal]) => expect.stringContaining(refusal)));
  });

  it(`before it is ready: ${early.map(([what]) => what).join(', ')}`, async () => {
    const output = await outputOf(`${imports} ${attempts(early.map(([, body]) => body))} app.exit(0);`);
    const lines = output.trim().split('\n');
    expect(lines).toEqual(early.map(([, , refusal]) => expect.stringContaining(refusal)));
  });

  it('a name that it does not export, when the bundle is linked', async () => {
    expect(await outputOf("import { crashReporter } from 'electron'; crashReporter.start();")).toContain(
      'crashReporter',
    );
  });

  it('an entry that waits for ready at its top level, and says why', async () => {
    expect(await outputOf("import { app } from 'electron'; await app.whenReady();")).toContain(
      'Does it wait for ready at its top level?',
    );
  });
});

const toyPreload = `const { contextBridge, ipcRenderer } = require('electron');
  contextBridge.exposeInMainWorld('toy', { ask: (value) => ipcRenderer.invoke('ask', value) });`;

function toyApp(handler: string): string {
  return `import { app, BrowserWindow, ipcMain, protocol } from 'electron';
    protocol.registerSchemesAsPrivileged([{ scheme: 'toy', privileges: { standard: true, secure: true } }]);
    void app.whenReady().then(() => {
      protocol.handle('toy', () => new Response('<h1>toy</h1>', { headers: { 'content-type': 'text/html' } }));
      ipcMain.handle('ask', ${handler});
      const window = new BrowserWindow({ webPreferences: { preload: ${JSON.stringify(join(directory, 'preload.cjs'))} } });
      void window.loadURL('toy://box/');
    });`;
}

describe('the stand-in plays', () => {
  it('messages with what structured clone carries, and loses the code of a thrown error', async () => {
    const app = await startApp(
      toyApp(`(event, given) => {
        if (given === 'throw') throw Object.assign(new Error('refused'), { code: 'E_CODE' });
        return { when: new Date(5), more: new Map([[1n, new Set(['a'])]]), nothing: undefined, given,
                 sender: event.senderFrame.url };
      }`),
      toyPreload,
    );
    const page = await app.window();
    await page.waitForFunction(() => 'toy' in window);
    const seen = await page.evaluate(async () => {
      const { ask } = (window as any).toy;
      const answer = await ask({ bytes: new Uint8Array([1, 2]) });
      const failed = await ask('throw').catch((error: any) => [error.message, error.code]);
      const uncloneable = await ask(() => 1).catch(() => 'not cloned');
      return [
        answer.when instanceof Date && answer.when.getTime(),
        answer.more.get(1n).has('a'),
        'nothing' in answer,
        [...answer.given.bytes],
        answer.sender,
        failed,
        uncloneable,
      ];
    });
    expect(seen).toEqual([
      5,
      true,
      true,
      [1, 2],
      'toy://box/',
      ["Error invoking remote method 'ask': Error: refused", undefined],
      'not cloned',
    ]);
    await app.closeWindow();
    // Nobody listens for the last window, so its end is the end of the app.
    expect(await app.exited).toBe(0);
    expect(app.lastWords().life).toEqual([
      'ready',
      'close',
      'closed',
      'window-all-closed',
      'before-quit',
      'will-quit',
      'quit',
    ]);
  });

  it('a page that breaks its prototypes, whose bridge goes on working', async () => {
    const app = await startApp(toyApp('(_event, given) => given'), toyPreload);
    const page = await app.window();
    await page.waitForFunction(() => 'toy' in window);
    const answer = await page.evaluate(async () => {
      Object.assign(Array.prototype, { map: () => [] });
      EventTarget.prototype.dispatchEvent = () => false;
      try {
        (window as any).toy = 'replaced';
      } catch {
        return 'threw';
      }
      return (window as any).toy.ask(['x']);
    });
    expect(answer).toEqual(['x']);
    await app.kill();
  });
});

describe('the wire', () => {
  it('carries what structured clone carries, unchanged', () => {
    const value = [
      undefined,
      null,
      -0,
      Number.NaN,
      2n ** 70n,
      new Date(7),
      /x/gi,
      new Map<unknown, unknown>([[{ a: 1 }, new Set([undefined])]]),
      new Float64Array([1.5]),
      { ['__proto__']: 1, 'ü \u2028': ['number', 'x'] },
    ];
    expect(decodeWire(encodeWire(value))).toEqual(value);
  });

  it('refuses what structured clone refuses, and cycles', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => encodeWire(() => 1)).toThrow(/could not be cloned/);
    expect(() => encodeWire(cycle)).toThrow('a value with a cycle is not played');
  });
});
