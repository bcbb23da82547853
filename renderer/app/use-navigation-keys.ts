import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { usePreferences } from '../state/preferences.ts';
import { pages } from './pages.ts';

const chordMs = 1500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}

/** G followed by a page's letter opens the page; only while nobody types, and only if single keys are wanted. */
export function useNavigationKeys(): void {
  const navigate = useNavigate();
  const singleKeys = usePreferences((state) => state.singleKeys);
  useEffect(() => {
    if (!singleKeys) return undefined;
    let chordUntil = 0;
    function onKey(event: KeyboardEvent): void {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const page =
        event.timeStamp < chordUntil ? pages.find((candidate) => candidate.key === key) : undefined;
      chordUntil = key === 'g' ? event.timeStamp + chordMs : 0;
      if (page) void navigate({ to: page.path });
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, singleKeys]);
}
