/** What a process runs. In the order of the flow. */
export const ROLES = ['broker', 'ingest', 'dispatcher'] as const;
export type Role = (typeof ROLES)[number];

/** Which of the connections to the outside are configured. */
export interface Given {
  readonly database: boolean;
  readonly redis: boolean;
  readonly mqtt: boolean;
}

/**
 * Legal process splits (contract.md): all roles in one process; `dispatcher` apart from `broker,ingest` on one
 * DATABASE_URL; `broker` and `ingest` apart only with REDIS_URL; `ingest` without the broker with MQTT_URL. With
 * MQTT_URL the built-in broker is not run: who has its role consumes that broker for the ingests.
 */
export function splitProblems(
  roles: readonly Role[],
  given: Given,
): { problems: string[]; warnings: string[] } {
  const has = (role: Role) => roles.includes(role);
  const problems: string[] = [];
  const warnings: string[] = [];
  if (has('broker') && !has('ingest') && !given.redis)
    problems.push(
      given.mqtt
        ? 'ROLES, MQTT_URL, REDIS_URL: broker without ingest, here to consume MQTT_URL, needs REDIS_URL'
        : 'ROLES, REDIS_URL: broker without ingest needs REDIS_URL',
    );
  if (has('ingest') && !has('broker') && !given.mqtt && !given.redis)
    problems.push(
      'ROLES, MQTT_URL, REDIS_URL: ingest without broker needs MQTT_URL (an external broker) or REDIS_URL',
    );

  if (roles.length < ROLES.length && !given.database) {
    const ingestAlone = roles.length === 1 && has('ingest') && given.mqtt;
    if (has('ingest') && has('dispatcher') && given.mqtt) return { problems, warnings };
    if (ingestAlone)
      warnings.push(
        'DATABASE_URL: absent, so ingest stores in its own embedded database, which no dispatcher can reach',
      );
    else
      problems.push(
        `ROLES, DATABASE_URL: ${roles.join(',')} apart from the other roles needs the same DATABASE_URL as they (an embedded PostgreSQL serves one process)`,
      );
  }
  return { problems, warnings };
}
