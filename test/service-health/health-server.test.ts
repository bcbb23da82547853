import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, startHealthServer } from '../../main/service-health/health-server.ts';
import type { Liveness } from '../../main/service-health/liveness.ts';
import { silentLog } from '../support/silent-log.ts';

const opened: HealthServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

async function aServer(
  liveness: Liveness,
  metrics = async () => ({ contentType: 'text/plain', text: 'a 1\n' }),
) {
  const server = await startHealthServer({ port: 0, judge: () => liveness, metrics, log: silentLog });
  opened.push(server);
  return server;
}

/** A request with headers that `fetch` would not let through. */
function ask(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

describe('health over HTTP', () => {
  it.each([
    ['well', 200],
    ['waiting', 503],
    ['troubled', 503],
    ['stuck', 503],
    ['outdated', 503],
    ['stopping', 503],
  ] as const)('answers %s with %i', async (state, status) => {
    const { port } = await aServer({ state, sentence: 'A sentence.' });
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ state, sentence: 'A sentence.' });
  });

  it('answers metrics, and 500 in plain words when they cannot be read', async () => {
    const well = { state: 'well', sentence: '' } as const;
    const good = await aServer(well);
    expect(await (await fetch(`http://127.0.0.1:${good.port}/metrics`)).text()).toBe('a 1\n');
    const bad = await aServer(well, () => Promise.reject(new Error('CANARY')));
    const response = await fetch(`http://127.0.0.1:${bad.port}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('CANARY');
  });

  it('refuses other names for this computer, other sites, other methods and other paths', async () => {
    const { port } = await aServer({ state: 'well', sentence: '' });
    const host = `127.0.0.1:${port}`;
    expect(await ask(port, '/metrics', { host: 'rebound.example' })).toBe(403);
    expect(await ask(port, '/metrics', { host, origin: 'https://evil.example' })).toBe(403);
    expect(await ask(port, '/metrics', { host, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask(port, '/metrics', { host }, 'DELETE')).toBe(403);
    expect(await ask(port, '/else', { host })).toBe(404);
    expect(await ask(port, '/healthz', { host }, 'HEAD')).toBe(200);
  });

  it('says in one sentence that the port is taken', async () => {
    const { port } = await aServer({ state: 'well', sentence: '' });
    const second = startHealthServer({
      port,
      judge: () => ({ state: 'well', sentence: '' }),
      metrics: async () => ({ contentType: '', text: '' }),
      log: silentLog,
    });
    await expect(second).rejects.toMatchObject({
      code: 'port_taken',
      nextStep: expect.stringContaining('--metrics-port'),
    });
  });
});
