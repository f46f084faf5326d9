import type { Api } from './api.ts';

export interface TestHome {
  homeId: string;
  residentId: string;
  /** Secret by device id. */
  secrets: Record<string, string>;
}

let made = 0;

/** Registers a home with a resident and devices, through the API. Ids are unique in this process. */
export async function registerHome(
  admin: Api,
  devices: readonly { kind: string; zone?: string; codec?: string; externalId?: string }[],
  more: { resident?: Record<string, unknown>; home?: Record<string, unknown> } = {},
): Promise<TestHome & { deviceIds: string[] }> {
  const n = (made += 1);
  const homeId = `home-${process.pid}-${n}`;
  await created(
    admin('POST', '/homes', {
      id: homeId,
      street: '莲花',
      address: '莲花路 1 号',
      lat: 22.5571,
      lon: 114.0592,
      ...more.home,
    }),
  );
  const resident = await created(
    admin('POST', '/residents', {
      homeId,
      name: '王桂兰',
      birthDate: '1943-05-01',
      phone: '13800000000',
      ...more.resident,
    }),
  );
  const secrets: Record<string, string> = {};
  const deviceIds: string[] = [];
  for (const [i, device] of devices.entries()) {
    const id = `${homeId}-d${i}`;
    const answer = await created(admin('POST', '/devices', { id, homeId, ...device }));
    secrets[id] = answer['secret'] as string;
    deviceIds.push(id);
  }
  return { homeId, residentId: resident['id'] as string, secrets, deviceIds };
}

async function created(answer: ReturnType<Api>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status !== 201) throw new Error(`not created: ${status} ${JSON.stringify(body)}`);
  return body as Record<string, unknown>;
}
