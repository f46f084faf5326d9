/**
 * What an alert may rest on, and its name on an English desk; the Chinese sentence for the operator comes with each piece.
 * One line a kind. On the wire and in the database it is any text: there are kinds of former versions, too.
 */
export const EVIDENCE = {
  press: 'Call button pressed',
  press_cancel: 'Call cancelled on the button',
  reply: 'Resident answered',
  service_request: 'Service requested',

  fall_suspected: 'Suspected fall reported',
  fall_confirmed: 'Fall confirmed',
  fall_cleared: 'Fall cleared on the device',
  stillness: 'No movement afterwards',
  movement: 'Movement afterwards',

  vitals_score: 'Vitals out of range',
  vitals_normal: 'Vitals back to normal',
  baseline: 'Far from this person’s usual values',
  baseline_normal: 'Back to this person’s usual values',

  no_movement: 'At home, and no activity for too long',
  silent_sensors: 'Sensors without a signal: nobody can be seen there',
  bathroom: 'In the bathroom for too long',
  bedroom: 'In the bedroom for too long',
  kitchen_night: 'In the kitchen at night for too long',
  out_of_bed: 'Out of bed at night for too long',
  not_risen: 'Not up at the usual hour',
  not_back: 'Not back at the usual hour',
  night_exit: 'Left home at night and is not back',
  home_again: 'Activity at home again',
  pacing: 'Walks to and fro at night',
  fence_exit: 'Left the safe area',
  fence_return: 'Back in the safe area',
  position: 'Position at the time of the call',

  connection_lost: 'Device’s connection lost',
  said_offline: 'Device said that it goes offline',
  silence: 'Device silent for too long',
  back_online: 'Device online again',
  device_fault: 'Device fault',
  device_repaired: 'Device fault gone',
  self_test_missing: 'Weekly self-test missing',
  self_test_done: 'Self-test made up for',
  low_battery: 'Battery low',
  battery_recovered: 'Battery well again',

  street_silent: 'Many homes of the street without a signal',
  street_back: 'Most homes of the street are back',
  model_silent: 'Many gateways of one model without a signal',
  model_back: 'Most gateways of the model are back',
} as const;
export type EvidenceKind = keyof typeof EVIDENCE;
