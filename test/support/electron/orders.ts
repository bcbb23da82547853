/** What the runner is started with. */
export interface StandInStart {
  /** The built main bundle. */
  entry: string;
  devToolsAddress: string;
  firstInstance: boolean;
  /** Folder of resources of an app that counts as packed; null: it runs from its sources. */
  resources: string | null;
  /** How long the entry module may take to come to its end; the runtime would wait for ever. */
  entryBudgetMs: number;
  /** What the system says before `ready`. */
  openedFile: string | null;
  /** Answers that are there before the app is. */
  answers: number[];
}

/** What a test tells the child to do, as a person or the system would. */
export type StandInOrder = { id: number } & (
  | { do: 'answer-dialog'; kind: string; answer: unknown }
  | { do: 'power'; event: 'suspend' | 'resume' | 'shutdown' }
  | { do: 'second-start'; words: string[] }
  | { do: 'open-file'; path: string }
  | { do: 'answer-standing'; button: number }
  | { do: 'choose'; menu: 'application' | 'tray'; labels: string[] }
  | { do: 'close-window' | 'quit' | 'look' }
);

/** The answer to an order; the one with id 0 comes unasked, at the end. */
export type StandInReport =
  { id: number; ok: true; value: unknown } | { id: number; ok: false; message: string };
