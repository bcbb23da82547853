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
  /** It counts as packed, with this as its folder of resources. Electron's own runtime cannot play that. */
  resources?: string;
  /** False: another desktop holds the lock of this home. */
  firstInstance?: boolean;
  /** A file that was opened to start the app, as macOS tells it: before `ready`. */
  openedFile?: string;
  /** Buttons for the message boxes that come before a test can answer; `boxStands` leaves one standing. */
  answers?: number[];
}

/** The answer that lets a message box stand until `answerStandingBox`. */
export const boxStands = -1;

export interface RunningDesktop {
  /** The window's page, once it shows something of ours. */
  window(): Promise<Page>;
  /** The address of the window as the app knows it. */
  address(): Promise<string>;
  answerSaveDialog(answer: { canceled: boolean; filePath: string }): Promise<void>;
  answerMessageBox(button: number): Promise<void>;
  /** Presses a button of the oldest box that stands. */
  answerStandingBox(button: number): Promise<void>;
  power(event: 'suspend' | 'resume' | 'shutdown'): Promise<void>;
  answerOpenDialog(filePaths: string[]): Promise<void>;
  secondStart(words: string[]): Promise<void>;
  /** What macOS does when a person opens a file. */
  openFile(path: string): Promise<void>;
  closeWindow(): Promise<void>;
  quit(): Promise<void>;
  choose(menu: 'application' | 'tray', ...labels: string[]): Promise<void>;
  view(): Promise<DesktopView>;
  /** Resolves with the exit code when the app has ended. */
  exited: Promise<number | null>;
  /** What was recorded when it ended by itself; for looking at its last steps. */
  lastWords(): Pick<DesktopView, 'dialogs' | 'life' | 'relaunches'>;
  /** What it wrote to stderr so far. */
  errorOutput(): string;
  /** Ends it at once, if it still runs. */
  kill(): Promise<void>;
}

export interface DesktopView {
  dialogs: { kind: string; options: unknown }[];
  notifications: { title: string; body: string }[];
  foreignRequests: string[];
  /** The words of each start that was asked for after this one. */
  relaunches: string[][];
  life: string[];
  tray: { toolTip: string; items: { label: string; enabled: boolean }[] };
  windows: { address: string; visible: boolean; focused: boolean }[];
}
