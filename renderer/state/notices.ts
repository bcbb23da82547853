import { create } from 'zustand';
import { persist } from 'zustand/middleware';

/** One thing that was told, kept for the bell. */
export interface Notice {
  id: string;
  at: string;
  intent: 'success' | 'info' | 'warning' | 'error';
  text: string;
  /** Where it is to be seen. */
  link: { to: string; search: Record<string, string> } | null;
}

interface Notices {
  notices: readonly Notice[];
  /** Up to when the person has looked. */
  seenAt: string;
  notify: (notice: Omit<Notice, 'id' | 'at' | 'link'> & { link?: Notice['link'] }) => void;
  markSeen: () => void;
}

const most = 50;

/** What happened while this page was open, newest first; kept on this computer. `notify` also shows a toast. */
export const useNotices = create<Notices>()(
  persist(
    (set) => ({
      notices: [],
      seenAt: new Date().toISOString(),
      notify: ({ intent, text, link = null }) =>
        set(({ notices }) => ({
          notices: [
            { id: crypto.randomUUID(), at: new Date().toISOString(), intent, text, link },
            ...notices,
          ].slice(0, most),
        })),
      markSeen: () => set({ seenAt: new Date().toISOString() }),
    }),
    { name: 'tenantkeep-notices' },
  ),
);
