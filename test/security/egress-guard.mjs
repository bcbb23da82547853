/**
 * Loaded before a process of the product (`node --import`): writes down every outgoing connection and every request of
 * the HTTP client, one JSON line each, to the file that TENANTKEEP_EGRESS_FILE names. Product code knows nothing of it.
 */
import dgram from 'node:dgram';
import diagnostics from 'node:diagnostics_channel';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const file = process.env.TENANTKEEP_EGRESS_FILE;
const note = (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connectNoted(...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const target =
    typeof first === 'object' && first !== null
      ? first
      : typeof first === 'number'
        ? { port: first, host: typeof given[1] === 'string' ? given[1] : 'localhost' }
        : { path: first };
  note({ kind: 'connect', host: target.host ?? null, port: target.port ?? null, path: target.path ?? null });
  return connect.apply(this, given);
};
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function sendNoted(...given) {
  note({ kind: 'datagram', to: given.slice(1).filter((value) => typeof value !== 'function') });
  return send.apply(this, given);
};
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  const original = dns[name];
  dns[name] = function lookupNoted(host, ...rest) {
    note({ kind: 'lookup', host });
    return original.call(this, host, ...rest);
  };
}
const httpRequest = http.ClientRequest.prototype.end;
http.ClientRequest.prototype.end = function endNoted(...given) {
  note({ kind: 'request', method: this.method, origin: this.host, path: this.path, body: null });
  return httpRequest.apply(this, given);
};
diagnostics.subscribe('undici:request:create', ({ request }) => {
  const body =
    typeof request.body === 'string'
      ? request.body
      : request.body instanceof Uint8Array
        ? Buffer.from(request.body).toString('utf8')
        : null;
  note({
    kind: 'request',
    method: request.method,
    origin: String(request.origin),
    path: request.path,
    body: body === null ? null : body.slice(0, 200_000),
  });
});
