import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { chromium } from 'playwright';
import { openWorkspace } from '../../main/composition.ts';
import { openArena } from '../support/arena.ts';
import { openArenaConsole } from '../support/arena-console.ts';
import { builtApp } from '../support/built-app.ts';
import { chromiumOptions } from '../support/chromium.ts';
import { measured } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

/** P13: the script that Chromium has loaded from the console by the time the first screen shows its content. */
export const firstLoad: MeasurementCase = {
  id: 'P13',
  what: 'first load of the renderer: script before the first screen',
  async measure() {
    const { renderer } = await builtApp();
    const arena = await openArena({});
    const home = await mkdtemp(join(tmpdir(), 'tenantkeep-first-'));
    const workspace = await openWorkspace({ home, logName: 'bench' });
    const browser = await chromium.launch(chromiumOptions({ whole: true }));
    try {
      await arena.addTenant('Tenant');
      const console_ = await openArenaConsole(arena, workspace, renderer);
      try {
        const page = await browser.newPage();
        const scripts = new Map<string, Promise<Buffer>>();
        page.on('response', (response) => {
          if (response.request().resourceType() !== 'script') return;
          scripts.set(new URL(response.url()).pathname, response.body());
        });
        await page.goto(console_.link);
        // The overview with its first answer, not the frame around it.
        await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
        const bodies = await Promise.all(scripts.values());
        const kilobytes = (sizeOf: (body: Buffer) => number) =>
          Math.round(bodies.reduce((sum, body) => sum + sizeOf(body), 0) / 1000);
        return [
          measured(
            'P13',
            'compressed script before the first screen',
            kilobytes((body) => gzipSync(body, { level: 9 }).length),
            'KB gzip',
            { atMost: 500 },
            {
              brotliKB: kilobytes((body) => brotliCompressSync(body).length),
              uncompressedKB: kilobytes((body) => body.length),
              files: [...scripts.keys()],
            },
          ),
        ];
      } finally {
        await console_.close();
      }
    } finally {
      await browser.close();
      workspace.log.close();
      await arena.close();
      await rm(home, { recursive: true, force: true });
    }
  },
};
