import { describe, expect, it } from 'vitest';
import { portTrouble } from './port-trouble.ts';

const config = { host: '127.0.0.1', httpPort: 8080, mqttPort: 1883, mqttTls: undefined, mqttWsPort: 9001 };
const failed = (more: object): Error => Object.assign(new Error('no'), more);

describe('trouble in listening', () => {
  it.each([
    [{ syscall: 'listen', code: 'EADDRINUSE', port: 8080 }, /^HTTP_PORT: the port 8080 is in use$/],
    [{ syscall: 'listen', code: 'EADDRINUSE', port: 1883 }, /^MQTT_PORT:/],
    [{ syscall: 'listen', code: 'EACCES', port: 9001 }, /^MQTT_WS_PORT:/],
    [{ syscall: 'listen', code: 'EADDRNOTAVAIL', port: 8080 }, /^HOST:/],
    [{ syscall: 'getaddrinfo', code: 'ENOTFOUND', hostname: '127.0.0.1' }, /^HOST:/],
  ])('names its variable: %o', (more, told) => {
    expect(portTrouble(failed(more), config)).toMatch(told);
  });

  it('is told from other trouble', () => {
    expect(
      portTrouble(failed({ syscall: 'connect', code: 'ECONNREFUSED', port: 8080 }), config),
    ).toBeUndefined();
    expect(
      portTrouble(failed({ syscall: 'getaddrinfo', code: 'ENOTFOUND', hostname: 'db' }), config),
    ).toBeUndefined();
    expect(portTrouble('no', config)).toBeUndefined();
  });
});
