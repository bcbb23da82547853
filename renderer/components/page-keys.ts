import { useEffect, useRef } from 'react';

/** Something that a page, drawer or dialog can do by a key and from the command palette. */
export interface PageKey {
  /** A letter or sign such as `n`, `/`, `[` or `Shift+N`, or a chord such as `Ctrl+S` (Cmd on a Mac). */
  key: string;
  /** Verb and object, as a button would say it. */
  name: string;
  act: () => void;
  /** Why it cannot be done now; it then stays in the lists with this sentence. */
  unavailable?: string | null;
  /** Asks for a second Enter in the palette; such a thing should have no single letter. */
  destructive?: boolean;
}

interface Layer {
  /** Opened above the page: while a drawer or dialog is open, only its own keys act. */
  above: boolean;
  current: readonly PageKey[];
}

const layers: Layer[] = [];
/**
 * Gives keys to what is mounted, for as long as it is. The names appear in the list of keys (`?`) and in the command
 * palette by themselves. `above` is for drawers and dialogs: they come before the page below them.
 */
export function usePageKeys(keys: readonly PageKey[], options: { above?: boolean } = {}): void {
  const layer = useRef<Layer>(null);
  const above = options.above === true;
  useEffect(() => {
    const own: Layer = { above, current: [] };
    layer.current = own;
    layers.push(own);
    return () => {
      layers.splice(layers.indexOf(own), 1);
    };
  }, [above]);
  useEffect(() => {
    // The newest closures; the lists read them when they open.
    if (layer.current !== null) layer.current.current = keys;
  });
}

/** The keys that act now, the topmost first; a key that is given twice belongs to the topmost. */
export function activePageKeys(): PageKey[] {
  const isModal = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
  const acting = layers.filter((layer) => !isModal || layer.above).toReversed();
  const found = new Map<string, PageKey>();
  for (const { current } of acting) {
    for (const key of current) if (!found.has(key.key)) found.set(key.key, key);
  }
  return [...found.values()];
}

/** True while what is typed goes into a field. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)) return true;
  // A tick box takes the space bar and no letters.
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

/** The name of a pressed key as `PageKey.key` writes it, and whether it is a chord, which acts in fields too. */
export function pressedKey(event: KeyboardEvent): { key: string; chord: boolean } {
  const chord = event.ctrlKey || event.metaKey;
  if (chord || event.altKey)
    return { key: `${chord ? 'Ctrl+' : 'Alt+'}${event.key.toUpperCase()}`, chord: true };
  const isLetter = /^[a-z]$/i.test(event.key);
  return {
    key: isLetter && event.shiftKey ? `Shift+${event.key.toUpperCase()}` : event.key.toLowerCase(),
    chord: false,
  };
}

/** Puts the cursor into the field that filters this page by text: the one marked `data-filter-text`. */
export function focusFilterText(): void {
  document.querySelector<HTMLInputElement>('[data-filter-text]')?.focus();
}
