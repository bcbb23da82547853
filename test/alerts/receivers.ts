import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A receiver of alerts that keeps what it was given, and can be told to refuse. */
export interface Receiver<Taken> {
  port: number;
  taken: Taken[];
  /** Answers everything with this status or code; null: takes it. */
  refuseWith: number | null;
  attempts: number;
  close(): Promise<void>;
}

export interface TakenPost {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export async function startHttpReceiver(): Promise<Receiver<TakenPost>> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      receiver.attempts += 1;
      if (receiver.refuseWith === null) {
        receiver.taken.push({
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      }
      response.writeHead(receiver.refuseWith ?? 202, { 'content-type': 'text/plain' });
      response.end('the secret address is echoed here');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const receiver: Receiver<TakenPost> = {
    port: (server.address() as AddressInfo).port,
    taken: [],
    refuseWith: null,
    attempts: 0,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}

/** A mail server with one login, `alerts` / `mail-password`. */
export async function startMailReceiver(): Promise<Receiver<string>> {
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth(auth, _session, callback) {
      if (auth.username === 'alerts' && auth.password === 'mail-password') callback(null, { user: 'alerts' });
      else callback(new Error(`Wrong password ${auth.password}`));
    },
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        receiver.attempts += 1;
        if (receiver.refuseWith !== null) {
          callback(Object.assign(new Error('Not now'), { responseCode: receiver.refuseWith }));
          return;
        }
        receiver.taken.push(Buffer.concat(chunks).toString('utf8'));
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const receiver: Receiver<string> = {
    port: (server.server.address() as AddressInfo).port,
    taken: [],
    refuseWith: null,
    attempts: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
  return receiver;
}
