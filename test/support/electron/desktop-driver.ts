import type { Page } from 'playwright';

/** One way of running the built desktop; the scenarios are written against this, never against a runtime. */
export interface DesktopDriver {
  /** Which runtime it is, for the report of a test run. */
  readonly runtime: string;
  start(options: StartOptions): Promise<RunningDesktop>;
  close(): Promise<void>;
}

export interface StartOptions {
  home: string;
  /** Words on the command line of the app. */
  words?: string[];
  environment?: Record<string, string>;
  /** False: another desktop holds the lock of this home. */
  firstInstance?: boolean;
}

export interface RunningDesktop {
  /** The window's page, once it shows something of ours. */
  window(): Promise<Page>;
  /** The address of the window as the app knows it. */
  address(): Promise<string>;
  answerSaveDialog(answer: { canceled: boolean; filePath: string }): Promise<void>;
  answerMessageBox(button: number): Promise<void>;
  power(event: 'suspend' | 'resume' | 'shutdown'): Promise<void>;
  secondStart(words: string[]): Promise<void>;
  closeWindow(): Promise<void>;
  quit(): Promise<void>;
  choose(menu: 'application' | 'tray', ...labels: string[]): Promise<void>;
  view(): Promise<DesktopView>;
  /** Resolves with the exit code when the app has ended. */
  exited: Promise<number | null>;
  /** What was recorded when it ended by itself; for looking at its last steps. */
  lastWords(): Pick<DesktopView, 'dialogs' | 'life'>;
  /** What it wrote to stderr so far. */
  errorOutput(): string;
  /** Ends it at once, if it still runs. */
  kill(): Promise<void>;
}

export interface DesktopView {
  dialogs: { kind: string; options: unknown }[];
  notifications: { title: string; body: string }[];
  foreignRequests: string[];
  life: string[];
  tray: { toolTip: string; items: { label: string; enabled: boolean }[] };
  windows: { address: string; visible: boolean; focused: boolean }[];
}
