import { screen, type BrowserWindow, type Rectangle } from 'electron';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { errorText } from '../../shared/errors.ts';
import type { ProcessLog } from '../logging/log.ts';

const defaultSize = { width: 1280, height: 800 };

const windowStateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(400),
  height: z.number().int().min(300),
  maximized: z.boolean(),
});
type WindowState = z.output<typeof windowStateSchema>;

/** Where a window stood when it was closed last. A file that is missing or damaged means the default place. */
export function readWindowState(path: string): {
  bounds: Partial<Rectangle> & typeof defaultSize;
  maximized: boolean;
} {
  const state = parseState(path);
  if (state === null) return { bounds: defaultSize, maximized: false };
  const { maximized, ...bounds } = state;
  return isOnScreen(bounds) ? { bounds, maximized } : { bounds: defaultSize, maximized };
}

/** Notes where the window stands; losing the note is no reason to disturb anybody. */
export function writeWindowState(path: string, window: BrowserWindow, log: ProcessLog): void {
  try {
    writeFileSync(path, JSON.stringify({ ...window.getNormalBounds(), maximized: window.isMaximized() }));
  } catch (error) {
    log.warn({ error: errorText(error) }, 'The place of the window could not be noted');
  }
}

function parseState(path: string): WindowState | null {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const known =
      error instanceof SyntaxError ||
      error instanceof z.ZodError ||
      (error as { code?: unknown }).code === 'ENOENT';
    if (!known) throw error;
    return null;
  }
}

/** True while the title bar lies on some display: a screen that was unplugged must not swallow the window. */
function isOnScreen(bounds: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const middle = bounds.x + bounds.width / 2;
    return (
      middle >= workArea.x &&
      middle <= workArea.x + workArea.width &&
      bounds.y >= workArea.y &&
      bounds.y < workArea.y + workArea.height - 40
    );
  });
}
