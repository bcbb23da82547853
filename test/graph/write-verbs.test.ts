import { describe, expect, it } from 'vitest';
import type { GraphClient, ReadContext, ReadTarget } from '../../main/graph/graph-client.ts';
import type { BatchEntry, GraphRequest } from '../../main/graph/graph-exchange.ts';
import type { TransportRequest } from '../../main/graph/http-transport.ts';

/** Compiled, never called: each line marked must not type-check, or `npm run types` fails. */
export function attemptsToWrite(client: GraphClient, context: ReadContext): unknown[] {
  const path = '/deviceManagement/deviceConfigurations';
  // @ts-expect-error a read has no method to choose
  const method: ReadTarget = { version: 'beta', path, method: 'PATCH' };
  // @ts-expect-error a read has no body
  const body: ReadTarget = { version: 'beta', path, body: {} };
  // @ts-expect-error a request is a path, a link, a batch of reads or a naming of ids
  const verb: GraphRequest = { kind: 'write', version: 'beta', path };
  // @ts-expect-error a path has no method
  const request: GraphRequest = { kind: 'path', version: 'beta', path, method: 'DELETE' };
  // @ts-expect-error a member of a batch is a GET
  const entry: BatchEntry = { id: '1', method: 'POST', url: path, headers: {} };
  // @ts-expect-error a member of a batch has no body
  const filled: BatchEntry = { id: '1', method: 'GET', url: path, headers: {}, body: {} };
  // @ts-expect-error the line knows reading, and POST for batches, ids and tokens
  const sent: TransportRequest = { method: 'PUT', url: new URL('https://graph.example'), headers: {} };
  return [
    method,
    body,
    verb,
    request,
    entry,
    filled,
    sent,
    // @ts-expect-error there is no such call
    () => client.post({ version: 'beta', path }, context),
    // @ts-expect-error there is no such call
    () => client.patch({ version: 'beta', path }, context),
    // @ts-expect-error there is no such call
    () => client.delete({ version: 'beta', path }, context),
  ];
}

describe('the Graph client', () => {
  it('has three calls, all of them reads', () => {
    const calls: Record<keyof GraphClient, true> = { get: true, batchGet: true, getByIds: true };
    expect(Object.keys(calls)).toHaveLength(3);
    const kinds: Record<GraphRequest['kind'], true> = { path: true, link: true, batch: true, ids: true };
    expect(Object.keys(kinds)).toHaveLength(4);
  });
});
