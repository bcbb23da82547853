import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { activePageKeys, focusFilterText, isTyping, pressedKey } from '../components/page-keys.ts';
import { usePreferences } from '../state/preferences.ts';
import { useShownPages } from './use-shown-pages.ts';

const chordMs = 1500;

/**
 * The one listener for keys: Ctrl/Cmd+K and `?` for what is everywhere, G and a letter for the pages, `/` for the
 * filter, and what the mounted parts gave with `usePageKeys`. Single keys act only while nobody types and only if
 * they are wanted; chords act in fields, too.
 */
export function useKeyboard(open: { palette: () => void; keys: () => void }): void {
  const navigate = useNavigate();
  const singleKeys = usePreferences((state) => state.singleKeys);
  const pages = useShownPages();
  const { palette, keys: keyList } = open;
  useEffect(() => {
    let chordUntil = 0;
    function act(event: KeyboardEvent): boolean {
      const { key, chord } = pressedKey(event);
      if (key === 'Ctrl+K') {
        palette();
        return true;
      }
      if (!chord && (!singleKeys || isTyping(event.target))) return false;
      const inChord = !chord && event.timeStamp < chordUntil;
      chordUntil = 0;
      const isModal = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
      if (inChord) {
        const page = pages.find((candidate) => candidate.key === key);
        if (page !== undefined) {
          void navigate({
            to: page.path,
            search: (previous: Record<string, unknown>) => ({ tenantId: previous.tenantId }),
          } as never);
          return true;
        }
      }
      const own = activePageKeys().find((candidate) => candidate.key.toLowerCase() === key.toLowerCase());
      if (own !== undefined) {
        if ((own.unavailable ?? null) === null) own.act();
        return true;
      }
      if (key === '?') {
        keyList();
        return true;
      }
      if (isModal || chord) return false;
      if (key === 'g') {
        chordUntil = event.timeStamp + chordMs;
        return true;
      }
      if (key === '/') {
        focusFilterText();
        return true;
      }
      return false;
    }
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.repeat) return;
      if (act(event)) event.preventDefault();
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, singleKeys, pages, palette, keyList]);
}
