import pg from 'pg';

/**
 * A month's visits, with ratings, and open alerts, over the homes that there are; made by SQL, as the dispatcher would have left them.
 * Alerts are acknowledged calls of technicians' kind with a deadline far ahead, so that no engine begins to work on them.
 */
export async function monthsWork(url: string, visits: number, openAlerts: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const homes = `(select id, street, row_number() over (order by no) - 1 as i, count(*) over () as n from homes) h`;
    await client.query(
      `insert into orders (id, home_id, street, service, emergency, state, caregiver_id, created_at, version, doc)
       select 'made-o-' || g, h.id, h.street, (array['meal', 'bath', 'clean', 'care'])[1 + g % 4], false, 'completed',
              'made-c-' || g % 100, now() - interval '30 days' * (g::float8 / $1), 1, '{}'
       from generate_series(1, $1::int) g join ${homes} on h.i = g % h.n`,
      [visits],
    );
    await client.query(
      `insert into visits (order_id, service, home_id, caregiver_id, provider, street, began_at, ended_at, minutes)
       select id, service, home_id, caregiver_id, 'provider ' || right(caregiver_id, 1), street,
              created_at, created_at + interval '45 minutes', 45
       from orders where id like 'made-o-%'`,
    );
    await client.query(
      `insert into ratings (order_id, score, rated_at, rated_by)
       select order_id, 7 + minutes % 4, ended_at, 'made' from visits where order_id like 'made-o-%'`,
    );
    await client.query(
      `insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at, opened_at, deadline_at,
                           version, doc)
       select 'made-a-' || g, 'made-' || g || ':low_battery', 'low_battery', 4, 'open', h.id, h.street, now(), now(),
              now() + interval '30 days', 1,
              jsonb_build_object('id', 'made-a-' || g, 'kind', 'low_battery', 'priority', 4, 'state', 'open',
                'disposition', null, 'dedupKey', 'made-' || g || ':low_battery', 'version', 1, 'homeId', h.id,
                'residentId', null, 'deviceIds', jsonb_build_array(h.id || '-sos'), 'street', h.street,
                'occurredAt', '2026-01-12T08:00:00.000Z', 'receivedAt', '2026-01-12T08:00:00.000Z',
                'committedAt', '2026-01-12T08:00:00.000Z', 'openedAt', '2026-01-12T08:00:00.000Z',
                'acknowledgedAt', null, 'acknowledgedBy', null, 'resolvedAt', null, 'resolvedBy', null,
                'deadlineAt', '2027-01-12T08:00:00.000Z', 'evidence', '[]'::jsonb, 'timeline', '[]'::jsonb,
                'previousAlertId', null, 'orderIds', '[]'::jsonb, 'test', false, 'synthetic', false)
       from generate_series(1, $1::int) g join ${homes} on h.i = g % h.n`,
      [openAlerts],
    );
    for (const table of ['orders', 'visits', 'ratings', 'alerts']) await client.query(`analyze ${table}`);
  } finally {
    await client.end();
  }
}
