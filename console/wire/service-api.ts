// Made of the service’s OpenAPI document: npx vitest run tests/client-drift.it.test.ts -u

export type Alert = {
  id: string;
  kind:
    | 'sos'
    | 'fall'
    | 'vitals'
    | 'wandering'
    | 'inactivity'
    | 'overstay'
    | 'service_request'
    | 'device_offline'
    | 'device_fault'
    | 'low_battery'
    | 'outage';
  priority: 1 | 2 | 3 | 4;
  state: 'pending' | 'open' | 'acknowledged' | 'resolved';
  disposition:
    | (
        | 'assisted'
        | 'hospital'
        | 'handed_to_120'
        | 'false_alarm'
        | 'test'
        | 'resident_ok'
        | 'duplicate'
        | 'device_repaired'
        | 'service_done'
      )
    | null;
  dedupKey: string;
  version: number;
  homeId: string;
  residentId: string | null;
  deviceIds: string[];
  street: string;
  occurredAt: string;
  receivedAt: string;
  committedAt: string | null;
  openedAt: string;
  publishedAt: string | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  resolvedAt: string | null;
  resolvedBy: string | null;
  deadlineAt: string | null;
  evidence: {
    at: string;
    kind: string;
    deviceId: string | null;
    messageId: string | null;
    text: string;
    data: Record<string, unknown>;
    for: boolean;
  }[];
  timeline: { at: string; what: string; by: string; note: string | null }[];
  previousAlertId: string | null;
  orderIds: string[];
  test: boolean;
  synthetic: boolean;
  calls: number;
  escalationStep: number;
  service:
    ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair') | null;
  omitted?: { evidence?: Record<string, number>; timeline?: Record<string, number> };
};

export type Order = {
  id: string;
  alertId: string | null;
  homeId: string;
  residentId: string | null;
  service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
  state: 'requested' | 'offered' | 'accepted' | 'en_route' | 'on_scene' | 'completed' | 'cancelled';
  caregiverId: string | null;
  offers: {
    id: string;
    caregiverId: string;
    offeredAt: string;
    expiresAt: string;
    outcome: ('accepted' | 'declined' | 'expired' | 'withdrawn') | null;
    endedAt: string | null;
    reason: string | null;
  }[];
  scheduledAt: string | null;
  durationMin?: number;
  role?:
    | 'care_worker'
    | 'nurse'
    | 'doctor'
    | 'social_worker'
    | 'volunteer'
    | 'property_staff'
    | 'community_officer'
    | 'technician';
  means?: 'visit' | 'call';
  planId?: string;
  createdAt: string;
  acceptedAt: string | null;
  departedAt: string | null;
  arrivedAt: string | null;
  completedAt: string | null;
  cancelledAt: string | null;
  cancelReason: string | null;
  note: string | null;
  visit: {
    beganAt: string;
    endedAt: string | null;
    minutes: number | null;
    place: { lat: number; lon: number; accuracyM: number | null; offByM: number | null } | null;
  } | null;
  checkInDueAt?: string | null;
  overdue?: { what: 'arrival' | 'check_in'; since: string; times: number } | null;
  rating: { score: number; comment: string | null; at: string } | null;
  emergency: boolean;
  street: string;
  version: number;
};

export interface ServiceApi {
  /** Log out */
  'DELETE /session': { answer: undefined };
  /** List of alerts, by priority and age */
  'GET /alerts': {
    query?: {
      state?: string | string[];
      kind?: string | string[];
      priority?: string | string[];
      street?: string | string[];
      homeId?: string;
      from?: string;
      to?: string;
      cursor?: string;
      limit?: number;
    };
    answer: { items: Alert[]; nextCursor: string | null; streamId: string };
  };
  /** One alert */
  'GET /alerts/{id}': { params: { id: string }; answer: Alert };
  /** Who could go, ranked, with reasons; who could not, and why */
  'GET /alerts/{id}/recommendations': {
    params: { id: string };
    answer: {
      candidates: {
        caregiverId: string;
        name: string;
        role: string;
        reasons: string[];
        stars: number;
        distanceM: number | null;
        travelMinutes: number | null;
        cost: number;
      }[];
      rejected: { caregiverId: string; name: string; role: string; reasons: string[] }[];
      shortfalls: string[];
    };
  };
  /** One caregiver */
  'GET /caregivers/{id}': {
    params: { id: string };
    answer: {
      id: string;
      name: string;
      role:
        | 'care_worker'
        | 'nurse'
        | 'doctor'
        | 'social_worker'
        | 'volunteer'
        | 'property_staff'
        | 'community_officer'
        | 'technician';
      skills?: string[] | null;
      stars?: number | null;
      languages?: string[] | null;
      gender?: ('female' | 'male' | 'other') | null;
      postId?: string | null;
      provider?: string | null;
      lat?: number | null;
      lon?: number | null;
      phone?: string | null;
      vehicle?: ('foot' | 'bicycle' | 'e_bike' | 'car') | null;
      version: number;
      createdAt: string;
    };
  };
  /** List of devices */
  'GET /devices': {
    query?: { cursor?: string; limit?: number; q?: string; homeId?: string; street?: string; kind?: string };
    answer: {
      items: {
        id: string;
        homeId: string;
        kind:
          | 'sos_button'
          | 'pir'
          | 'camera'
          | 'mmwave'
          | 'door'
          | 'bed'
          | 'fall_detector'
          | 'health_monitor'
          | 'locator'
          | 'wearable'
          | 'smart_screen'
          | 'robot'
          | 'gateway';
        zone?: string | null;
        codec?: string | null;
        externalId?: string | null;
        model?: string | null;
        lastSeenAt: string | null;
        online: boolean | null;
        battery: number | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** Hand-over notes, the newest first */
  'GET /handovers': {
    query?: { cursor?: string; limit?: number };
    answer: {
      items: { id: number; at: string; by: string; streets: string[]; text: string }[];
      nextCursor: string | null;
    };
  };
  /** One home */
  'GET /homes/{id}': {
    params: { id: string };
    answer: {
      id: string;
      community?: string | null;
      address?: string | null;
      lat?: number | null;
      lon?: number | null;
      accessNotes?: string | null;
      keyHolders?: string[] | null;
      settings?: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        fence?: {
          lat: number;
          lon: number;
          radiusM: number;
          bufferM?: number;
          datum?: 'wgs84' | 'gcj02' | 'bd09';
        };
        wakingHours?: [string, string];
        verifyWindowS?: number;
      } | null;
      street: string;
      version: number;
      createdAt: string;
    };
  };
  /** An account: balance and entries in minutes, the newest first */
  'GET /ledger/{accountId}': {
    params: { accountId: string };
    query?: { cursor?: string; limit?: number };
    answer: {
      accountId: string;
      balance: number;
      deposited: number;
      redeemed: number;
      entries: {
        transactionId: string;
        kind: string;
        at: string;
        minutes: number;
        orderId: string | null;
        for: string | null;
        relation: string | null;
        residentId: string | null;
        reverses: string | null;
        by: string;
        block: number | null;
      }[];
      nextCursor: string | null;
    };
  };
  /** Where map tiles come from; null: maps are drawn without */
  'GET /map': {
    answer: { tiles: { url: string; attribution: string; datum: 'wgs84' | 'gcj02'; maxZoom: number } | null };
  };
  /** Who am I */
  'GET /me': {
    answer: {
      username: string;
      role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets: string[];
      caregiverId: string | null;
    };
  };
  /** List of orders, the newest first */
  'GET /orders': {
    query?: {
      state?: string | string[];
      service?: string | string[];
      street?: string | string[];
      homeId?: string;
      alertId?: string;
      caregiverId?: string;
      overdue?: 'true' | 'false';
      from?: string;
      to?: string;
      cursor?: string;
      limit?: number;
    };
    answer: { items: Order[]; nextCursor: string | null; streamId: string };
  };
  /** Questions by kind of alarm */
  'GET /protocols': {
    answer: {
      items: {
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        questions: {
          id: string;
          zh: string;
          en: string;
          yes: 'ambulance' | 'dispatch' | 'calm' | 'none';
          no: 'ambulance' | 'dispatch' | 'calm' | 'none';
        }[];
        version: number;
        changedBy: string | null;
        changedAt: string | null;
      }[];
      nextCursor: string | null;
    };
  };
  /** List of residents */
  'GET /residents': {
    query?: {
      cursor?: string;
      limit?: number;
      q?: string;
      phone?: string;
      homeId?: string;
      street?: string;
      familyBed?: string;
      mode?: string;
    };
    answer: {
      items: {
        id: string;
        homeId: string;
        name: string;
        birthDate?: string | null;
        gender?: ('female' | 'male' | 'other') | null;
        phone?: string | null;
        languages?: string[] | null;
        careLevel?: number | null;
        conditions?: string[] | null;
        medications?: string[] | null;
        allergies?: string[] | null;
        spo2Scale?: 1 | 2 | null;
        contacts?: { name: string; relation?: string; phone?: string; keyHolder?: boolean }[] | null;
        mode?: ('home' | 'leave' | 'hospital' | 'maintenance' | 'test') | null;
        modeUntil?: string | null;
        settings?: {
          bathroomDayMin?: number;
          bathroomNightMin?: number;
          bedroomMin?: number;
          inactivityMin?: number;
          outOfBedNightMin?: number;
          fence?: {
            lat: number;
            lon: number;
            radiusM: number;
            bufferM?: number;
            datum?: 'wgs84' | 'gcj02' | 'bd09';
          };
          wakingHours?: [string, string];
          verifyWindowS?: number;
        } | null;
        consents?: { kind: 'camera' | 'location'; date: string; given?: boolean }[] | null;
        assessments?: { date: string; level: number; score?: number; by?: string; note?: string }[] | null;
        wishes?: {
          gender?: 'female' | 'male' | 'other';
          languages?: string[];
          preferred?: string[];
          avoided?: string[];
          note?: string;
        } | null;
        familyBed?: { since: string } | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One resident */
  'GET /residents/{id}': {
    params: { id: string };
    answer: {
      id: string;
      homeId: string;
      name: string;
      birthDate?: string | null;
      gender?: ('female' | 'male' | 'other') | null;
      phone?: string | null;
      languages?: string[] | null;
      careLevel?: number | null;
      conditions?: string[] | null;
      medications?: string[] | null;
      allergies?: string[] | null;
      spo2Scale?: 1 | 2 | null;
      contacts?: { name: string; relation?: string; phone?: string; keyHolder?: boolean }[] | null;
      mode?: ('home' | 'leave' | 'hospital' | 'maintenance' | 'test') | null;
      modeUntil?: string | null;
      settings?: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        fence?: {
          lat: number;
          lon: number;
          radiusM: number;
          bufferM?: number;
          datum?: 'wgs84' | 'gcj02' | 'bd09';
        };
        wakingHours?: [string, string];
        verifyWindowS?: number;
      } | null;
      consents?: { kind: 'camera' | 'location'; date: string; given?: boolean }[] | null;
      assessments?: { date: string; level: number; score?: number; by?: string; note?: string }[] | null;
      wishes?: {
        gender?: 'female' | 'male' | 'other';
        languages?: string[];
        preferred?: string[];
        avoided?: string[];
        note?: string;
      } | null;
      familyBed?: { since: string } | null;
      version: number;
      createdAt: string;
    };
  };
  /** Who is on duty now, and who comes next: operators by their duties, caregivers by their shifts */
  'GET /roster': {
    query?: { hours?: number };
    answer: {
      at: string;
      items: {
        kind: 'operator' | 'caregiver';
        id: string;
        name: string | null;
        phone: string | null;
        role: string;
        streets: string[];
        loggedIn: boolean | null;
        from: string;
        to: string;
        now: boolean;
      }[];
    };
  };
  /** Server-sent events: alert, order, device; reset when Last-Event-ID is too old */
  'GET /stream': {
    query?: { lastEventId?: string; synthetic?: 'true' | 'false' | 'only' };
    answer: undefined;
  };
  /** Change a caregiver; null takes a field away */
  'PATCH /caregivers/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      name?: string;
      role?:
        | 'care_worker'
        | 'nurse'
        | 'doctor'
        | 'social_worker'
        | 'volunteer'
        | 'property_staff'
        | 'community_officer'
        | 'technician';
      skills?: string[] | null;
      stars?: number | null;
      languages?: string[] | null;
      gender?: ('female' | 'male' | 'other') | null;
      postId?: string | null;
      provider?: string | null;
      lat?: number | null;
      lon?: number | null;
      datum?: ('wgs84' | 'gcj02' | 'bd09') | null;
      phone?: string | null;
      vehicle?: ('foot' | 'bicycle' | 'e_bike' | 'car') | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      name: string;
      role:
        | 'care_worker'
        | 'nurse'
        | 'doctor'
        | 'social_worker'
        | 'volunteer'
        | 'property_staff'
        | 'community_officer'
        | 'technician';
      skills?: string[] | null;
      stars?: number | null;
      languages?: string[] | null;
      gender?: ('female' | 'male' | 'other') | null;
      postId?: string | null;
      provider?: string | null;
      lat?: number | null;
      lon?: number | null;
      phone?: string | null;
      vehicle?: ('foot' | 'bicycle' | 'e_bike' | 'car') | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a resident; null takes a field away */
  'PATCH /residents/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      homeId?: string;
      name?: string;
      birthDate?: string | null;
      gender?: ('female' | 'male' | 'other') | null;
      phone?: string | null;
      languages?: string[] | null;
      careLevel?: number | null;
      conditions?: string[] | null;
      medications?: string[] | null;
      allergies?: string[] | null;
      spo2Scale?: 1 | 2 | null;
      contacts?: { name: string; relation?: string; phone?: string; keyHolder?: boolean }[] | null;
      mode?: ('home' | 'leave' | 'hospital' | 'maintenance' | 'test') | null;
      modeUntil?: string | null;
      settings?: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        fence?: {
          lat: number;
          lon: number;
          radiusM: number;
          bufferM?: number;
          datum?: 'wgs84' | 'gcj02' | 'bd09';
        };
        wakingHours?: [string, string];
        verifyWindowS?: number;
      } | null;
      consents?: { kind: 'camera' | 'location'; date: string; given?: boolean }[] | null;
      assessments?: { date: string; level: number; score?: number; by?: string; note?: string }[] | null;
      wishes?: {
        gender?: 'female' | 'male' | 'other';
        languages?: string[];
        preferred?: string[];
        avoided?: string[];
        note?: string;
      } | null;
      familyBed?: { since: string } | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      homeId: string;
      name: string;
      birthDate?: string | null;
      gender?: ('female' | 'male' | 'other') | null;
      phone?: string | null;
      languages?: string[] | null;
      careLevel?: number | null;
      conditions?: string[] | null;
      medications?: string[] | null;
      allergies?: string[] | null;
      spo2Scale?: 1 | 2 | null;
      contacts?: { name: string; relation?: string; phone?: string; keyHolder?: boolean }[] | null;
      mode?: ('home' | 'leave' | 'hospital' | 'maintenance' | 'test') | null;
      modeUntil?: string | null;
      settings?: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        fence?: {
          lat: number;
          lon: number;
          radiusM: number;
          bufferM?: number;
          datum?: 'wgs84' | 'gcj02' | 'bd09';
        };
        wakingHours?: [string, string];
        verifyWindowS?: number;
      } | null;
      consents?: { kind: 'camera' | 'location'; date: string; given?: boolean }[] | null;
      assessments?: { date: string; level: number; score?: number; by?: string; note?: string }[] | null;
      wishes?: {
        gender?: 'female' | 'male' | 'other';
        languages?: string[];
        preferred?: string[];
        avoided?: string[];
        note?: string;
      } | null;
      familyBed?: { since: string } | null;
      version: number;
      createdAt: string;
    };
  };
  /** Take it in hand */
  'POST /alerts/{id}/acknowledge': {
    params: { id: string };
    body: { expectedVersion?: number; note?: string };
    answer: Alert;
  };
  /** Make the order and offer it */
  'POST /alerts/{id}/dispatch': {
    params: { id: string };
    body: {
      expectedVersion?: number;
      caregiverId?: string;
      service?: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      note?: string;
    };
    answer: Order;
  };
  /** To the next step of its policy, or a chosen one */
  'POST /alerts/{id}/escalate': {
    params: { id: string };
    body: { expectedVersion?: number; step?: number; note?: string };
    answer: Alert;
  };
  /** Write something down */
  'POST /alerts/{id}/note': {
    params: { id: string };
    body: { expectedVersion?: number; text: string };
    answer: Alert;
  };
  /** Take a resolve back */
  'POST /alerts/{id}/reopen': {
    params: { id: string };
    body: { expectedVersion?: number; note?: string };
    answer: Alert;
  };
  /** Close it with a disposition */
  'POST /alerts/{id}/resolve': {
    params: { id: string };
    body: {
      expectedVersion?: number;
      disposition:
        | 'assisted'
        | 'hospital'
        | 'handed_to_120'
        | 'false_alarm'
        | 'test'
        | 'resident_ok'
        | 'duplicate'
        | 'device_repaired'
        | 'service_done';
      note?: string;
    };
    answer: Alert;
  };
  /** Leave a note to the next shift */
  'POST /handovers': {
    body: { text: string };
    answer: { id: number; at: string; by: string; streets: string[]; text: string };
  };
  /** What would have alerted in this home under other settings, beside what did */
  'POST /homes/{id}/replay': {
    params: { id: string };
    body: {
      from?: string;
      to?: string;
      settings: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        fence?: {
          lat: number;
          lon: number;
          radiusM: number;
          bufferM?: number;
          datum?: 'wgs84' | 'gcj02' | 'bd09';
        };
        wakingHours?: [string, string];
        verifyWindowS?: number;
      };
    };
    answer: {
      from: string;
      to: string;
      did: {
        id: string;
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        priority: number;
        openedAt: string;
        disposition: string | null;
        because: string[];
      }[];
      before: {
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        priority: number;
        openedAt: string;
        occurredAt: string;
        because: string[];
        deviceIds: string[];
      }[];
      tried: {
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        priority: number;
        openedAt: string;
        occurredAt: string;
        because: string[];
        deviceIds: string[];
      }[];
      both: {
        before: {
          kind:
            | 'sos'
            | 'fall'
            | 'vitals'
            | 'wandering'
            | 'inactivity'
            | 'overstay'
            | 'service_request'
            | 'device_offline'
            | 'device_fault'
            | 'low_battery'
            | 'outage';
          priority: number;
          openedAt: string;
          occurredAt: string;
          because: string[];
          deviceIds: string[];
        };
        tried: {
          kind:
            | 'sos'
            | 'fall'
            | 'vitals'
            | 'wandering'
            | 'inactivity'
            | 'overstay'
            | 'service_request'
            | 'device_offline'
            | 'device_fault'
            | 'low_battery'
            | 'outage';
          priority: number;
          openedAt: string;
          occurredAt: string;
          because: string[];
          deviceIds: string[];
        };
      }[];
      added: {
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        priority: number;
        openedAt: string;
        occurredAt: string;
        because: string[];
        deviceIds: string[];
      }[];
      gone: {
        kind:
          | 'sos'
          | 'fall'
          | 'vitals'
          | 'wandering'
          | 'inactivity'
          | 'overstay'
          | 'service_request'
          | 'device_offline'
          | 'device_fault'
          | 'low_battery'
          | 'outage';
        priority: number;
        openedAt: string;
        occurredAt: string;
        because: string[];
        deviceIds: string[];
      }[];
      items: number;
    };
  };
  /** Accept the offer */
  'POST /orders/{id}/accept': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string };
    answer: Order;
  };
  /** On scene */
  'POST /orders/{id}/arrive': {
    params: { id: string };
    body: {
      expectedVersion?: number;
      caregiverId?: string;
      lat?: number;
      lon?: number;
      accuracyM?: number;
      at?: string;
    };
    answer: Order;
  };
  /** Call it off, with a reason */
  'POST /orders/{id}/cancel': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; reason: string };
    answer: Order;
  };
  /** All is well on scene */
  'POST /orders/{id}/check-in': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; at?: string };
    answer: Order;
  };
  /** Done: the visit is recorded */
  'POST /orders/{id}/complete': {
    params: { id: string };
    body: {
      expectedVersion?: number;
      caregiverId?: string;
      at?: string;
      service?: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      notes?: string;
    };
    answer: Order;
  };
  /** Decline the offer, with a reason */
  'POST /orders/{id}/decline': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; reason: string };
    answer: Order;
  };
  /** On the way */
  'POST /orders/{id}/depart': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; at?: string };
    answer: Order;
  };
  /** Satisfaction, 0 to 10 */
  'POST /orders/{id}/rating': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; score: number; comment?: string };
    answer: Order;
  };
  /** Ask the resident through the screens and robots of the home */
  'POST /residents/{id}/prompt': {
    params: { id: string };
    body: { text?: string; answerWithinMs?: number };
    answer: { promptId: string; deviceIds: string[]; text: string; expiresAt: string };
  };
  /** Log in: a token, and the same as a cookie */
  'POST /session': {
    body: { username: string; password: string; code?: string };
    answer: {
      token: string;
      user: {
        username: string;
        role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
        streets: string[];
        caregiverId: string | null;
      };
      expiresAt: string;
    };
  };
  /** Other questions for this kind, from the next alarm on screen on */
  'PUT /protocols/{kind}': {
    params: {
      kind:
        | 'sos'
        | 'fall'
        | 'vitals'
        | 'wandering'
        | 'inactivity'
        | 'overstay'
        | 'service_request'
        | 'device_offline'
        | 'device_fault'
        | 'low_battery'
        | 'outage';
    };
    body: {
      expectedVersion?: number;
      questions: {
        id: string;
        zh: string;
        en: string;
        yes: 'ambulance' | 'dispatch' | 'calm' | 'none';
        no: 'ambulance' | 'dispatch' | 'calm' | 'none';
      }[];
    };
    answer: {
      kind:
        | 'sos'
        | 'fall'
        | 'vitals'
        | 'wandering'
        | 'inactivity'
        | 'overstay'
        | 'service_request'
        | 'device_offline'
        | 'device_fault'
        | 'low_battery'
        | 'outage';
      questions: {
        id: string;
        zh: string;
        en: string;
        yes: 'ambulance' | 'dispatch' | 'calm' | 'none';
        no: 'ambulance' | 'dispatch' | 'calm' | 'none';
      }[];
      version: number;
      changedBy: string | null;
      changedAt: string | null;
    };
  };
}
