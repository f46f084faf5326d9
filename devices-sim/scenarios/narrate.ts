import type { Clock } from '../../platform/clock.ts';
import type { Board, SeenAlert } from '../people/board.ts';
import type { World } from '../world/population.ts';

const KINDS: Record<SeenAlert['kind'], string> = {
  sos: '一键呼叫',
  fall: '跌倒',
  vitals: '体征异常',
  wandering: '走失',
  inactivity: '长时间无活动',
  overstay: '滞留过久',
  service_request: '服务请求',
  device_offline: '设备离线',
  device_fault: '设备故障',
  low_battery: '电量低',
  outage: '片区断线',
};
const ALERT_STATES: Record<SeenAlert['state'], string> = {
  pending: '正在询问老人',
  open: '待接警',
  acknowledged: '已接警',
  resolved: '已结案',
};
const ORDER_STATES: Partial<Record<string, string>> = {
  offered: '已派单',
  accepted: '已接单',
  en_route: '已出发',
  on_scene: '已到达',
  completed: '已完成',
  cancelled: '已取消',
};

/** Tells a terminal what the operator's stream shows, one line per change of state. */
export function narrate(board: Board, world: World, clock: Clock, say: (line: string) => void): void {
  const startedAt = clock.now();
  const elapsed = (): string => `${((clock.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`;
  const residents = new Map(world.homes.map(({ home, resident }) => [home.id, resident.name]));
  const told = new Map<string, string>();
  const once = (id: string, state: string, line: () => string): void => {
    if (told.get(id) === state) return;
    told.set(id, state);
    say(`${elapsed()}  ${line()}`);
  };
  board.onAlert((alert) =>
    once(
      alert.id,
      `${alert.state} ${alert.priority}`,
      () =>
        `P${alert.priority} ${KINDS[alert.kind]} ${alert.street}街道 ${residents.get(alert.homeId) ?? alert.homeId} ` +
        `${ALERT_STATES[alert.state]} ${alert.disposition ?? ''}`.trimEnd(),
    ),
  );
  board.onOrder((order) => {
    const state = ORDER_STATES[order.state];
    if (state !== undefined)
      once(order.id, order.state, () => `   ${state} ${residents.get(order.homeId) ?? order.homeId}`);
  });
}
