import type { Config } from './config.ts';

/** Why we could not listen, naming the variable that would mend it; undefined: the trouble is another. */
export function portTrouble(
  error: unknown,
  config: Pick<Config, 'host' | 'httpPort' | 'mqttPort' | 'mqttTls' | 'mqttWsPort'>,
): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const { code, syscall } = error;
  const port = 'port' in error ? error.port : undefined;
  const ports = {
    HTTP_PORT: config.httpPort,
    MQTT_PORT: config.mqttPort,
    MQTT_TLS_PORT: config.mqttTls?.port,
    MQTT_WS_PORT: config.mqttWsPort,
  };
  const name = Object.entries(ports).find(([, configured]) => configured === port)?.[0];
  if (syscall === 'listen' && name !== undefined) {
    if (code === 'EADDRINUSE') return `${name}: the port ${String(port)} is in use`;
    if (code === 'EACCES') return `${name}: the port ${String(port)} is not ours to open`;
  }
  const noAddress = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL';
  const ofHost =
    (syscall === 'listen' && noAddress) ||
    (syscall === 'getaddrinfo' && 'hostname' in error && error.hostname === config.host);
  return ofHost ? `HOST: ${config.host} is no address of this machine (${String(code)})` : undefined;
}
