import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright';
import { startBrowser } from './browser.ts';
import type { DesktopDriver, DesktopView, RunningDesktop, StartOptions } from './desktop-driver.ts';
import type { StandInOrder, StandInReport, StandInStart } from './orders.ts';

const here = import.meta.dirname;
const windowBudgetMs = 30_000;

type WithoutId<Order> = Order extends { id: number } ? Omit<Order, 'id'> : never;

/** Runs a built main bundle on the stand-in, with its windows as pages of a Chromium of our own. */
export async function createStandInDriver(entry: string, entryBudgetMs = 30_000): Promise<DesktopDriver> {
  const browser = await startBrowser();
  const running = new Set<RunningDesktop>();
  return {
    runtime: 'stand-in',
    async start(options) {
      const desktop = startChild(
        { entry, devToolsAddress: browser.devToolsAddress, entryBudgetMs },
        options,
        findWindow,
      );
      running.add(desktop);
      return desktop;
    },
    async close() {
      await Promise.all([...running].map((desktop) => desktop.kill()));
      await browser.close();
    },
  };

  async function findWindow(): Promise<Page> {
    const deadline = performance.now() + windowBudgetMs;
    while (performance.now() < deadline) {
      for (const context of browser.playwright.contexts()) {
        for (const page of context.pages())
          if (!page.isClosed() && page.url().includes('.invalid/')) return page;
      }
      await sleep(30);
    }
    throw new Error('The desktop showed no window within 30 s.');
  }
}

function startChild(
  facts: Omit<StandInStart, 'firstInstance' | 'answers' | 'openedFile' | 'resources'>,
  options: StartOptions,
  findWindow: () => Promise<Page>,
): RunningDesktop {
  const { firstInstance = true, answers = [], openedFile = null, resources = null } = options;
  const start: StandInStart = { ...facts, firstInstance, answers, openedFile, resources };
  const child = fork(join(here, 'runner.ts'), [`--home=${options.home}`, ...(options.words ?? [])], {
    execArgv: ['--import', join(here, 'register.ts'), '--no-warnings=ExperimentalWarning'],
    env: { ...process.env, ...options.environment, STAND_IN_START: JSON.stringify(start) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const waiting = new Map<number, (report: StandInReport) => void>();
  let nextId = 1;
  let lastWords: ReturnType<RunningDesktop['lastWords']> = { dialogs: [], life: [], relaunches: [] };
  child.on('message', (report: StandInReport) => {
    if (report.id === 0 && report.ok) lastWords = report.value as DesktopView;
    waiting.get(report.id)?.(report);
    waiting.delete(report.id);
  });

  async function order(what: WithoutId<StandInOrder>): Promise<unknown> {
    const id = nextId;
    nextId += 1;
    const answered = new Promise<StandInReport>((resolve) => waiting.set(id, resolve));
    child.send({ ...what, id });
    const report = await Promise.race([
      answered,
      exited.then((code) => {
        throw new Error(`The desktop has ended with code ${code}: ${output}`);
      }),
    ]);
    if (!report.ok) throw new Error(report.message);
    return report.value;
  }

  const view = async (): Promise<DesktopView> => (await order({ do: 'look' })) as DesktopView;
  return {
    window: () =>
      Promise.race([
        findWindow(),
        exited.then((code) => {
          throw new Error(`The desktop has ended with code ${code}: ${output}`);
        }),
      ]),
    address: async () => (await view()).windows[0]?.address ?? '',
    answerSaveDialog: async (answer) =>
      void (await order({ do: 'answer-dialog', kind: 'showSaveDialog', answer })),
    answerMessageBox: async (button) => {
      const answer = { response: button, checkboxChecked: false };
      await order({ do: 'answer-dialog', kind: 'showMessageBox', answer });
    },
    power: async (event) => void (await order({ do: 'power', event })),
    answerStandingBox: async (button) => void (await order({ do: 'answer-standing', button })),
    answerOpenDialog: async (filePaths) => {
      const answer = { canceled: filePaths.length === 0, filePaths };
      await order({ do: 'answer-dialog', kind: 'showOpenDialog', answer });
    },
    openFile: async (path) => void (await order({ do: 'open-file', path })),
    secondStart: async (words) => void (await order({ do: 'second-start', words })),
    closeWindow: async () => {
      const page = await findWindow();
      const closed = page.isClosed() ? null : page.waitForEvent('close');
      await order({ do: 'close-window' });
      await closed;
    },
    quit: async () => void (await order({ do: 'quit' })),
    choose: async (menu, ...labels) => void (await order({ do: 'choose', menu, labels })),
    view,
    exited,
    lastWords: () => lastWords,
    errorOutput: () => output,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}
