import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOOK_EVERY_MS, RevocationFile } from '../platform/crypto/revocation-file.ts';
import { silentLog } from '../platform/log.ts';
import { ManualClock } from '../platform/manual-clock.ts';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import { eventually } from './testing/eventually.ts';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
if (!hasOpenssl) process.stderr.write('left out: revoked certificates (no openssl to make them with)\n');

const CONFIG = `
[ca]
default_ca=here
[here]
dir=.
database=index.txt
new_certs_dir=.
certificate=ca.crt
private_key=ca.key
serial=serial
default_md=sha256
default_days=2
default_crl_days=2
policy=anybody
[anybody]
commonName=supplied
`;

describe.skipIf(!hasOpenssl)('a certificate that its authority has taken back', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const read = (name: string): Buffer => readFileSync(file(name));
  const openssl = (line: string) =>
    execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'ignore' });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'yinling-crl-'));
    writeFileSync(file('ca.cnf'), CONFIG);
    writeFileSync(file('index.txt'), '');
    writeFileSync(file('serial'), '1A2B');
    openssl(`req -x509 ${key} -days 2 -subj /CN=ca -keyout ca.key -out ca.crt`);
    openssl(
      `req -x509 ${key} -days 2 -subj /CN=server -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.crt`,
    );
    for (const name of ['d1', 'd2']) {
      openssl(`req ${key} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
      openssl(`ca -batch -config ca.cnf -in ${name}.csr -out ${name}.crt -notext`);
    }
    openssl('ca -config ca.cnf -gencrl -out none.crl');
    openssl('ca -config ca.cnf -revoke d1.crt');
    openssl('ca -config ca.cnf -gencrl -out d1.crl');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  let broker: BrokerHarness;
  let revoked: RevocationFile;
  afterEach(async () => {
    revoked.stop();
    await broker.stop();
  });

  it('ends its device’s live connection, and lets it in no more, not with the secret either; others are not touched', async () => {
    copyFileSync(file('none.crl'), file('now.crl'));
    const clock = new ManualClock(Date.now());
    revoked = new RevocationFile({
      file: file('now.crl'),
      authoritiesFile: file('ca.crt'),
      clock,
      log: silentLog(),
      onChange: () => broker?.broker.certificatesRevoked(),
    });
    await revoked.start();
    broker = await BrokerHarness.start({
      tls: {
        port: 0,
        cert: read('server.crt'),
        key: read('server.key'),
        clientCa: read('ca.crt'),
        isRevoked: (certificate) => revoked.isRevoked(certificate),
      },
    });
    const url = `mqtts://127.0.0.1:${broker.broker.addresses.tls?.port}`;
    const as = (name: string, more: object = {}) =>
      mqtt.connectAsync(url, {
        ca: read('server.crt'),
        cert: read(`${name}.crt`),
        key: read(`${name}.key`),
        reconnectPeriod: 0,
        clientId: name,
        ...more,
      });
    const [d1, d2] = await Promise.all([as('d1'), as('d2')]);
    const closed = new Promise<void>((resolve) => d1.once('close', () => resolve()));
    const look = () => clock.advance(LOOK_EVERY_MS);

    writeFileSync(file('now.crl'), read('none.crl').subarray(0, 200));
    look();
    // The former list holds; looked into again once that has been found
    await eventually(() => clock.pending).toBe(1);
    copyFileSync(file('d1.crl'), file('now.crl'));
    look();
    await closed;
    expect(broker.count('closed:revoked')).toBe(1);
    expect(revoked.size).toBe(1);
    await expect(as('d1')).rejects.toMatchObject({ code: 5 });
    await expect(as('d1', { username: 'd1', password: SECRET })).rejects.toMatchObject({ code: 5 });
    expect(broker.count('connect:revoked_certificate')).toBe(2);
    expect(d2.connected).toBe(true);
    await d2.publishAsync('care/v1/h1/d2/sos', '{"action":"press"}', { qos: 1 });
    await d2.endAsync();

    // Nonsense gives nobody back what was taken from them
    await eventually(() => clock.pending).toBe(1);
    writeFileSync(file('now.crl'), 'nonsense');
    look();
    await eventually(() => clock.pending).toBe(1);
    await expect(as('d1')).rejects.toMatchObject({ code: 5 });
  });
});
