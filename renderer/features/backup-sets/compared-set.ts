/** One side of a comparison. */
export interface ComparedSet {
  tenantId: string;
  backupSetId: string;
}

/** True while a key belongs to a field or to the browser. */
export function isTyping(event: globalThis.KeyboardEvent): boolean {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
