import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { MAX_CODEC_PAYLOAD_BYTES } from '../schemas/channels.ts';
import { certificateNames } from './certificate-names.ts';
import type { Peer, Wire } from './framing/connection-types.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly mqttPort: number;
  readonly tls?: TlsOptions | undefined;
  readonly wsPort?: number | undefined;
}

export interface TlsOptions {
  readonly port: number;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /**
   * With it a client must show a certificate that this authority has signed: beside its secret, or, where it shows no
   * secret, as the device that the certificate names.
   */
  readonly clientCa?: string | Buffer | undefined;
  /** Whether that authority has taken this certificate back; asked at every CONNECT, and again on `certificatesRevoked`. */
  readonly isRevoked?: ((certificate: X509Certificate) => boolean) | undefined;
}

export interface Addresses {
  readonly mqtt: AddressInfo;
  readonly tls?: AddressInfo;
  readonly ws?: AddressInfo;
}

export interface Listeners {
  readonly addresses: Addresses;
  /** Nobody new is let in; resolves without waiting for who is there. */
  close(): void;
}

const HANDSHAKE_WITHIN_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 60_000;
/** The largest packet there is, and some: a WebSocket message is buffered whole before we see any of it. */
const MOST_WS_BYTES = MAX_CODEC_PAYLOAD_BYTES + 128 * 1024;

/** Listens on TCP, and on TLS and WebSocket where asked; rejects, with nothing left open, if one cannot be had. */
export async function listenForMqtt(
  options: ListenerOptions,
  onWire: (wire: Wire, peer: Peer) => void,
): Promise<Listeners> {
  const socketOptions = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    // A client that has ended its side ends ours, once what we owe is written.
    allowHalfOpen: false,
  };
  const tcp = createServer(socketOptions, (socket) =>
    onWire(socket, { address: socket.remoteAddress ?? '', certified: undefined, isRevoked: never }),
  );
  const tls = options.tls && tlsServer(options.tls, socketOptions, onWire);
  const ws = options.wsPort === undefined ? undefined : webSocketServer(onWire);
  const servers = [tcp, tls, ws?.http].filter((server) => server !== undefined);
  const close = (): void => {
    for (const server of servers) server.close();
    ws?.sockets.close();
  };
  try {
    const mqtt = await listening(tcp, options.mqttPort, options.host);
    const tlsAddress = tls && options.tls && (await listening(tls, options.tls.port, options.host));
    const wsAddress = ws && (await listening(ws.http, options.wsPort ?? 0, options.host));
    return {
      addresses: { mqtt, ...(tlsAddress && { tls: tlsAddress }), ...(wsAddress && { ws: wsAddress }) },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function tlsServer(tls: TlsOptions, socketOptions: object, onWire: (wire: Wire, peer: Peer) => void): Server {
  const { cert, key, clientCa, isRevoked } = tls;
  const server = createTlsServer(
    {
      ...socketOptions,
      cert,
      key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_WITHIN_MS,
      ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    },
    (socket) =>
      onWire(socket, {
        address: socket.remoteAddress ?? '',
        certified: clientCa === undefined ? undefined : namesOf(socket),
        isRevoked: isRevoked === undefined ? never : () => certificatesOf(socket).some(isRevoked),
      }),
  );
  // A failed handshake is the other side's affair; the socket is closed already.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Also of a resumed session, where the certificate is not shown anew but remembered. */
const namesOf = (socket: TLSSocket): readonly string[] | undefined =>
  socket.authorized ? certificateNames(socket.getPeerCertificate()) : undefined;

/** What the client has shown, its own first; of a resumed session its own is remembered. */
function certificatesOf(socket: TLSSocket): X509Certificate[] {
  const shown: X509Certificate[] = [];
  let certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true);
  while (certificate.raw !== undefined && shown.length < LONGEST_CHAIN) {
    shown.push(new X509Certificate(certificate.raw));
    const above: Partial<DetailedPeerCertificate> = certificate.issuerCertificate ?? {};
    // The root is its own issuer
    if (above.fingerprint256 === certificate.fingerprint256) break;
    certificate = above;
  }
  return shown;
}
const LONGEST_CHAIN = 8;
const never = (): boolean => false;

/** MQTT over WebSocket: binary frames, sub-protocol `mqtt` (or `mqttv3.1`) [MQTT-6.0.0-1 to 6.0.0-4]. */
function webSocketServer(onWire: (wire: Wire, peer: Peer) => void): {
  http: HttpServer;
  sockets: WebSocketServer;
} {
  const http = createHttpServer({ headersTimeout: HANDSHAKE_WITHIN_MS }, (_request, response) =>
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end(),
  );
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: MOST_WS_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => ['mqtt', 'mqttv3.1'].find((name) => offered.has(name)) ?? false,
  });
  sockets.on('connection', (socket: WebSocket, request) => {
    socket.on('message', (_data, isBinary) => {
      if (!isBinary) socket.terminate();
    });
    onWire(createWebSocketStream(socket), {
      address: request.socket.remoteAddress ?? '',
      certified: undefined,
      isRevoked: never,
    });
  });
  // A port that cannot be had is reported by the HTTP server itself.
  sockets.on('error', () => undefined);
  return { http, sockets };
}

function listening(server: Server | HttpServer, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // What goes wrong with one socket while it is being accepted (too many open files) must not end the process.
      server.on('error', () => undefined);
      resolve(server.address() as AddressInfo);
    });
  });
}
