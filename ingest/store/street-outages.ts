import type { Queryable } from '../../platform/database.ts';
import type { StreetOutage } from '../detectors/detector.ts';

/** Those that went on after `since`, ascending by their begin. */
export async function streetOutagesSince(
  db: Queryable,
  since: number,
): Promise<(StreetOutage & { homes: number })[]> {
  const { rows } = await db.query<{
    street: string;
    from_at: Date;
    begins_at: Date;
    ends_at: Date | null;
    homes: number;
  }>({
    text: `select street, from_at, begins_at, ends_at, homes from street_outages
      where ends_at is null or ends_at > $1 order by begins_at`,
    values: [new Date(since)],
  });
  return rows.map(({ street, from_at, begins_at, ends_at, homes }) => ({
    street,
    homes,
    from: from_at.getTime(),
    beginsAt: begins_at.getTime(),
    endsAt: ends_at?.getTime() ?? Infinity,
  }));
}

export async function beginStreetOutage(db: Queryable, outage: StreetOutage, homes: number): Promise<void> {
  await db.query({
    text: 'insert into street_outages (street, from_at, begins_at, homes) values ($1, $2, $3, $4)',
    values: [outage.street, new Date(outage.from), new Date(outage.beginsAt), homes],
  });
}

/** `endsAt`: Infinity while it goes on. */
export async function changeStreetOutage(
  db: Queryable,
  street: string,
  homes: number,
  endsAt: number,
): Promise<void> {
  await db.query({
    text: `update street_outages set homes = greatest(homes, $2), ends_at = $3
      where street = $1 and ends_at is null`,
    values: [street, homes, endsAt === Infinity ? null : new Date(endsAt)],
  });
}
