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
  /** End a recorded relation */
  'DELETE /ledger/{accountId}/relatives/{residentId}': {
    params: { accountId: string; residentId: string };
    answer: undefined;
  };
  /** Log in without a code again */
  'DELETE /me/second-factor': { body: { password: string }; answer: undefined };
  /** Log out */
  'DELETE /session': { answer: undefined };
  /** End a session, wherever it is used; another’s: administrators of the whole district only */
  'DELETE /sessions/{id}': { params: { id: string }; answer: undefined };
  /** Take the second factor off a user who has lost telephone and recovery codes */
  'DELETE /users/{id}/second-factor': { params: { id: string }; answer: undefined };
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
  /** What was handed to 120 about it, oldest first, each as it stood then */
  'GET /alerts/{id}/ambulance-records': {
    params: { id: string };
    query?: { as?: 'json' | 'page' | 'text'; record?: number };
    answer: {
      items: {
        id: number;
        alertId: string;
        at: string;
        by: string;
        reference: string | null;
        sheet: {
          format: 'yinling-ambulance-sheet-1';
          alertId: string;
          at: string;
          where: {
            homeId: string;
            street: string;
            community: string;
            address: string;
            accessNotes: string;
            wgs84: { lat: number; lon: number } | null;
            gcj02: { lat: number; lon: number } | null;
            keyHolders: { caregiverId: string; name: string; phone: string | null }[];
          };
          people: {
            residentId: string;
            subject: boolean;
            name: string;
            age: number | null;
            gender: string | null;
            phone: string | null;
            languages: string[];
            careLevel: number;
            conditions: string[];
            medications: string[];
            allergies: string[];
            spo2Scale: number;
            contacts: { name: string; relation: string | null; phone: string | null; keyHolder: boolean }[];
          }[];
          what: {
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
            calls: number;
            calledBy: { deviceId: string; kind: string; zone: string | null }[];
            evidence: { at: string; text: string; for: boolean }[];
            notes: { at: string; by: string; text: string }[];
          };
          vitals: { measure: string; value: number | string | boolean; at: string }[];
          times: {
            occurredAt: string;
            openedAt: string;
            acknowledgedAt: string | null;
            acknowledgedBy: string | null;
          };
          sent: {
            orderId: string;
            caregiverId: string;
            name: string;
            phone: string | null;
            role: string;
            state: string;
            arrivedAt: string | null;
          }[];
        };
      }[];
    };
  };
  /** What the ambulance service needs to know, as it is now */
  'GET /alerts/{id}/ambulance-sheet': {
    params: { id: string };
    query?: { as?: 'json' | 'page' | 'text' };
    answer: {
      format: 'yinling-ambulance-sheet-1';
      alertId: string;
      at: string;
      where: {
        homeId: string;
        street: string;
        community: string;
        address: string;
        accessNotes: string;
        wgs84: { lat: number; lon: number } | null;
        gcj02: { lat: number; lon: number } | null;
        keyHolders: { caregiverId: string; name: string; phone: string | null }[];
      };
      people: {
        residentId: string;
        subject: boolean;
        name: string;
        age: number | null;
        gender: string | null;
        phone: string | null;
        languages: string[];
        careLevel: number;
        conditions: string[];
        medications: string[];
        allergies: string[];
        spo2Scale: number;
        contacts: { name: string; relation: string | null; phone: string | null; keyHolder: boolean }[];
      }[];
      what: {
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
        calls: number;
        calledBy: { deviceId: string; kind: string; zone: string | null }[];
        evidence: { at: string; text: string; for: boolean }[];
        notes: { at: string; by: string; text: string }[];
      };
      vitals: { measure: string; value: number | string | boolean; at: string }[];
      times: {
        occurredAt: string;
        openedAt: string;
        acknowledgedAt: string | null;
        acknowledgedBy: string | null;
      };
      sent: {
        orderId: string;
        caregiverId: string;
        name: string;
        phone: string | null;
        role: string;
        state: string;
        arrivedAt: string | null;
      }[];
    };
  };
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
  /** Check the whole audit log: every entry is in its hash-chained block, unchanged */
  'GET /audit/verify': {
    answer: {
      ok: boolean;
      blocks: number;
      entries: number;
      waiting: number;
      head: string | null;
      problems: string[];
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
  /** A caregiver's day: shifts, visits in order, the ways between */
  'GET /caregivers/{id}/day': {
    params: { id: string };
    query?: { date?: string };
    answer: {
      caregiverId: string;
      date: string;
      shifts: { from: string; to: string }[];
      visits: {
        orderId: string;
        homeId: string;
        service: string;
        state: string;
        tentative: boolean;
        means: 'visit' | 'call';
        title: string | null;
        from: string;
        to: string;
        minutes: number;
        travelMinutes: number;
        slackMinutes: number | null;
      }[];
      visitMinutes: number;
    };
  };
  /** One codec */
  'GET /codecs/{id}': {
    params: { id: string };
    answer: {
      id: string;
      title?: string | null;
      topic: string;
      each?: string | null;
      device?: string | null;
      messages: {
        when?: {
          path: string;
          equals?: string | number | boolean;
          oneOf?: (string | number | boolean)[];
          exists?: boolean;
          above?: number;
          below?: number;
        }[];
        channel: 'sos' | 'presence' | 'fall' | 'motion' | 'vitals' | 'location' | 'status' | 'reply';
        fields: Record<
          string,
          | { value: string | number | boolean }
          | { registered: 'zone' }
          | {
              path: string;
              map?: Record<string, string | number | boolean>;
              scale?: number;
              offset?: number;
              otherwise?: string | number | boolean;
            }
        >;
      }[];
      otherwise?: ('dead_letter' | 'ignore') | null;
      version: number;
      createdAt: string;
    };
  };
  /** When the family is told, by kind of alarm */
  'GET /contact-rules': {
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
        rule: { tell: 'at_once' } | { tell: 'after_step'; step: number } | { tell: 'never' } | null;
        version: number;
        changedBy: string | null;
        changedAt: string | null;
      }[];
      nextCursor: string | null;
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
  /** The anchors of the days, published by themselves, the newest first; no login */
  'GET /ledger/anchors': {
    query?: { before?: string; limit?: number };
    answer: {
      items: {
        format: 'yinling-anchor-1';
        no: number;
        hash: string;
        sealedAt: string;
        transactions: number;
        date: string;
      }[];
      next: string | null;
    };
  };
  /** Points and the honours list: hours, quality, mutual help */
  'GET /ledger/honours': {
    query?: { from?: string; to?: string; limit?: number };
    answer: {
      from: string;
      to: string;
      items: {
        rank: number;
        accountId: string;
        minutes: number;
        visits: number;
        households: number;
        emergencies: number;
        satisfaction: number | null;
        points: number;
      }[];
      awards: { hours: string[]; quality: string[]; mutualHelp: string[] };
    };
  };
  /** Check the whole ledger; no login */
  'GET /ledger/verify': {
    answer: {
      ok: boolean;
      blocks: number;
      transactions: number;
      entries: number;
      waiting: number;
      head: string | null;
      problems: string[];
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
  /** For whom an account may be drawn on, besides the volunteer */
  'GET /ledger/{accountId}/relatives': {
    params: { accountId: string };
    answer: {
      items: {
        residentId: string;
        relation:
          'self' | 'spouse' | 'parent' | 'child' | 'parent_in_law' | 'grandparent' | 'grandchild' | 'sibling';
        recordedAt: string;
        recordedBy: string;
      }[];
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
  /** Whether one’s logins need a code, and how many recovery codes are left */
  'GET /me/second-factor': { answer: { on: boolean; recoveryCodesLeft: number | null } };
  /** Notices to people outside the pages, the newest first */
  'GET /notices': {
    query?: { state?: string | string[]; alertId?: string; cursor?: string; limit?: number };
    answer: {
      items: {
        id: string;
        alertId: string | null;
        orderId: string | null;
        caregiverId: string | null;
        step: string;
        target: '120' | 'contacts' | 'supervisor' | 'caregiver';
        channel: string;
        attempt: number;
        state: string;
        tries: number;
        nextAt: string | null;
        error: string | null;
        createdAt: string;
        endedAt: string | null;
        receivedAt: string | null;
        answer: string | null;
        answeredAt: string | null;
      }[];
      nextCursor: string | null;
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
  /** One order */
  'GET /orders/{id}': { params: { id: string }; answer: Order };
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
  /** Devices that were replaced, the newest first */
  'GET /replacements': {
    query?: { homeId?: string; deviceId?: string };
    answer: {
      items: {
        oldId: string;
        newId: string;
        homeId: string;
        kind: string;
        zone: string | null;
        at: string;
        by: string;
        reason: string;
        orderId: string | null;
      }[];
    };
  };
  /** Ratings by caregiver or provider, with the prior by which one score decides little */
  'GET /reports/ratings': {
    query?: { from?: string; to?: string; groupBy?: 'caregiver' | 'provider' };
    answer: {
      from: string;
      to: string;
      groupBy: 'caregiver' | 'provider';
      prior: { priorMean: number; priorWeight: number };
      rows: {
        group: string;
        visits: number;
        rated: number;
        mean: number | null;
        standing: number;
        low: number;
      }[];
    };
  };
  /** A month's settlement by provider and service; every line names its visits */
  'GET /reports/settlement': {
    query?: { month: string; provider?: string; detail?: 'lines' | 'visits' };
    answer: {
      month: string;
      closed: { at: string; by: string } | null;
      lines: {
        provider: string;
        month: string;
        service: string;
        visits: number;
        minutes: number;
        grossFen: number;
        subsidyFen: number;
        voucherFen: number;
        residentFen: number;
        payableFen: number;
        untariffed: number;
        orderIds: string[];
        reversedIds?: string[];
      }[];
      total: {
        visits: number;
        minutes: number;
        grossFen: number;
        subsidyFen: number;
        voucherFen: number;
        residentFen: number;
        payableFen: number;
        untariffed: number;
      };
      bills: {
        grossFen: number;
        subsidies: { name: string; fen: number }[];
        vouchers: { id: string; fen: number }[];
        residentFen: number;
      }[];
    };
  };
  /** Months that are closed, the newest first */
  'GET /reports/settlement/months': {
    answer: {
      items: {
        month: string;
        closedAt: string;
        closedBy: string;
        visits: number;
        payableFen: number;
        sha256: string;
      }[];
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
  /** How long each kind of data is kept, how old the oldest is, what the last run removed */
  'GET /retention': {
    answer: {
      items: {
        kind: 'readings' | 'positions' | 'dead-letters' | 'handovers' | 'notices' | 'visit-notes' | 'prompts';
        of: string;
        days: number | null;
        oldestAt: string | null;
        ranAt: string | null;
        removed: number | null;
        removedInAll: number | null;
      }[];
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
  /** Rules in force and to come, the newest of each name first */
  'GET /rules': {
    query?: { name?: 'rest' | 'familyBed' | 'timeBank' | 'rating' | 'settlement' | 'planning' };
    answer: {
      items: {
        name: 'rest' | 'familyBed' | 'timeBank' | 'rating' | 'settlement' | 'planning';
        from: string | null;
        body: Record<string, unknown>;
        setAt: string | null;
        setBy: string | null;
      }[];
    };
  };
  /** Open sessions: one’s own; an administrator of the whole district sees everybody’s */
  'GET /sessions': {
    query?: { username?: string };
    answer: {
      items: {
        id: string;
        username: string;
        createdAt: string;
        expiresAt: string;
        address: string;
        means: 'password' | 'totp' | 'recovery' | 'oidc';
        current: boolean;
      }[];
    };
  };
  /** Server-sent events: alert, order, device; reset when Last-Event-ID is too old */
  'GET /stream': {
    query?: { lastEventId?: string; synthetic?: 'true' | 'false' | 'only' };
    answer: undefined;
  };
  /** Settings of the ten streets, those within the caller’s reach */
  'GET /street-settings': {
    answer: {
      items: {
        street: string;
        settings: {
          bathroomDayMin?: number;
          bathroomNightMin?: number;
          bedroomMin?: number;
          inactivityMin?: number;
          outOfBedNightMin?: number;
          wakingHours?: [string, string];
          verifyWindowS?: number;
        };
        version: number;
        changedBy: string | null;
        changedAt: string | null;
      }[];
      nextCursor: string | null;
    };
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
  /** Say that 120 has it; the sheet is kept as it was handed over, and the timeline says so */
  'POST /alerts/{id}/hand-to-120': {
    params: { id: string };
    body: { expectedVersion?: number; reference?: string; note?: string };
    answer: {
      id: number;
      alertId: string;
      at: string;
      by: string;
      reference: string | null;
      sheet: {
        format: 'yinling-ambulance-sheet-1';
        alertId: string;
        at: string;
        where: {
          homeId: string;
          street: string;
          community: string;
          address: string;
          accessNotes: string;
          wgs84: { lat: number; lon: number } | null;
          gcj02: { lat: number; lon: number } | null;
          keyHolders: { caregiverId: string; name: string; phone: string | null }[];
        };
        people: {
          residentId: string;
          subject: boolean;
          name: string;
          age: number | null;
          gender: string | null;
          phone: string | null;
          languages: string[];
          careLevel: number;
          conditions: string[];
          medications: string[];
          allergies: string[];
          spo2Scale: number;
          contacts: { name: string; relation: string | null; phone: string | null; keyHolder: boolean }[];
        }[];
        what: {
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
          calls: number;
          calledBy: { deviceId: string; kind: string; zone: string | null }[];
          evidence: { at: string; text: string; for: boolean }[];
          notes: { at: string; by: string; text: string }[];
        };
        vitals: { measure: string; value: number | string | boolean; at: string }[];
        times: {
          occurredAt: string;
          openedAt: string;
          acknowledgedAt: string | null;
          acknowledgedBy: string | null;
        };
        sent: {
          orderId: string;
          caregiverId: string;
          name: string;
          phone: string | null;
          role: string;
          state: string;
          arrivedAt: string | null;
        }[];
      };
    };
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
  /** What would become of a sample message under this mapping; nothing is stored */
  'POST /codecs/try': {
    body: {
      codec: {
        id: string;
        title?: string;
        topic: string;
        each?: string;
        device?: string;
        messages: {
          when?: {
            path: string;
            equals?: string | number | boolean;
            oneOf?: (string | number | boolean)[];
            exists?: boolean;
            above?: number;
            below?: number;
          }[];
          channel: 'sos' | 'presence' | 'fall' | 'motion' | 'vitals' | 'location' | 'status' | 'reply';
          fields: Record<
            string,
            | { value: string | number | boolean }
            | { registered: 'zone' }
            | {
                path: string;
                map?: Record<string, string | number | boolean>;
                scale?: number;
                offset?: number;
                otherwise?: string | number | boolean;
              }
          >;
        }[];
        otherwise?: 'dead_letter' | 'ignore';
      };
      topic: string;
      payload: string;
      device: {
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
        zone?: string;
      };
    };
    answer: {
      result: 'events' | 'dead_letter' | 'ignored';
      reason?: string;
      events: {
        externalId: string;
        channel: 'sos' | 'presence' | 'fall' | 'motion' | 'vitals' | 'location' | 'status' | 'reply';
        payload: Record<string, unknown>;
        occurredAt: string;
        marks: string[];
      }[];
    };
  };
  /** Put a new device in the place of this one, which is retired */
  'POST /devices/{id}/replace': {
    params: { id: string };
    body: {
      id?: string;
      externalId?: string;
      reason: 'broken' | 'battery' | 'lost' | 'upgrade' | 'other';
      orderId?: string;
    };
    answer: {
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
      secret: string;
      replaces: string;
    };
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
  /** Import homes from CSV */
  'POST /import/homes': {
    query?: { mode?: 'all' | 'skip'; check?: 'true' | 'false'; existing?: 'refuse' | 'update' };
    answer: {
      rows: number;
      imported: number;
      created: number;
      updated: number;
      unchanged: number;
      kept: boolean;
      badRows: number;
      errors: { line: number; column: string | null; message: string }[];
      items: { line: number; id: string; what: 'created' | 'updated' | 'unchanged'; secret?: string }[];
    };
  };
  /** Draw minutes from an account */
  'POST /ledger/redeem': {
    body: {
      accountId: string;
      minutes: number;
      for: string;
      relation?: string;
      residentId?: string;
      id?: string;
    };
    answer: { transactionId: string; accountId: string; minutes: number; balance: number };
  };
  /** Take a transaction back by its mirror image; nothing is ever edited */
  'POST /ledger/reverse': {
    body: { transactionId: string; reason: string };
    answer: { transactionId: string; accountId: string; minutes: number };
  };
  /** Record a direct relative of the volunteer */
  'POST /ledger/{accountId}/relatives': {
    params: { accountId: string };
    body: {
      residentId: string;
      relation:
        'self' | 'spouse' | 'parent' | 'child' | 'parent_in_law' | 'grandparent' | 'grandchild' | 'sibling';
    };
    answer: {
      residentId: string;
      relation:
        'self' | 'spouse' | 'parent' | 'child' | 'parent_in_law' | 'grandparent' | 'grandchild' | 'sibling';
      recordedAt: string;
      recordedBy: string;
    };
  };
  /** Begin: a secret for an authenticator app, shown once; logins go on without it until confirmed */
  'POST /me/second-factor': { body: { password: string }; answer: { secret: string; otpauthUri: string } };
  /** Turn it on with a code of the app: ten recovery codes, shown once, each good once */
  'POST /me/second-factor/confirm': { body: { code: string }; answer: { recoveryCodes: string[] } };
  /** Try a notice that was given up once more */
  'POST /notices/{id}/retry': {
    params: { id: string };
    answer: {
      id: string;
      alertId: string | null;
      orderId: string | null;
      caregiverId: string | null;
      step: string;
      target: '120' | 'contacts' | 'supervisor' | 'caregiver';
      channel: string;
      attempt: number;
      state: string;
      tries: number;
      nextAt: string | null;
      error: string | null;
      createdAt: string;
      endedAt: string | null;
      receivedAt: string | null;
      answer: string | null;
      answeredAt: string | null;
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
  /** A whole day anew: who could make the visits that nobody has, or cannot make any more */
  'POST /planning/replan': {
    body: { date: string; awayId?: string; apply?: boolean };
    answer: {
      date: string;
      visits: number;
      moves: {
        orderId: string;
        homeId: string;
        service: string;
        scheduledAt: string;
        from: string | null;
        to: string | null;
        reasons: string[];
        applied: boolean;
      }[];
    };
  };
  /** Make a policy */
  'POST /policies': {
    body: {
      id?: string;
      name: string;
      kinds: (
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
        | 'outage'
      )[];
      steps: {
        afterS: number;
        to: '120' | 'recommended' | 'shift' | 'person' | 'role' | 'contacts' | 'supervisor';
        acceptWithinS?: number;
        repeat?: number;
        caregiverId?: string;
        role?: string;
        ring?: 'post' | 'community' | 'street' | 'district';
      }[];
      priorities?: (1 | 2 | 3 | 4)[];
      quiet?: { from: string; to: string };
    };
    answer: {
      id: string;
      name: string;
      kinds: (
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
        | 'outage'
      )[];
      steps: {
        afterS: number;
        to: '120' | 'recommended' | 'shift' | 'person' | 'role' | 'contacts' | 'supervisor';
        acceptWithinS?: number;
        repeat?: number;
        caregiverId?: string;
        role?: string;
        ring?: 'post' | 'community' | 'street' | 'district';
      }[];
      priorities?: (1 | 2 | 3 | 4)[] | null;
      quiet?: { from: string; to: string } | null;
      version: number;
      createdAt: string;
    };
  };
  /** Who would be asked and told, and when, if nobody answered */
  'POST /policies/preview': {
    body: {
      homeId: string;
      kind?:
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
      priority?: 1 | 2 | 3 | 4;
      at?: string;
      attended?: boolean;
      steps?: {
        afterS: number;
        to: '120' | 'recommended' | 'shift' | 'person' | 'role' | 'contacts' | 'supervisor';
        acceptWithinS?: number;
        repeat?: number;
        caregiverId?: string;
        role?: string;
        ring?: 'post' | 'community' | 'street' | 'district';
      }[];
      priorities?: (1 | 2 | 3 | 4)[];
      quiet?: { from: string; to: string };
    };
    answer: {
      policyId: string;
      version: number;
      steps: {
        at: string;
        step: number;
        attempt: number;
        to: string;
        who: { id: string; name: string; reasons: string[]; travelMinutes: number | null }[];
        shortfalls: string[];
      }[];
    };
  };
  /** Put a visit right: of a closed month by a reversal in this one, of an open month in its place */
  'POST /reports/settlement/corrections': {
    body: {
      orderId: string;
      reason: string;
      instead?: {
        minutes?: number;
        service?:
          'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      };
    };
    answer: {
      reversal: { grossFen: number; residentFen: number };
      instead: { grossFen: number; residentFen: number } | null;
    };
  };
  /** Close a month that is over: its figures and its settlement change no more */
  'POST /reports/settlement/months': {
    body: { month: string };
    answer: {
      month: string;
      closedAt: string;
      closedBy: string;
      visits: number;
      payableFen: number;
      sha256: string;
    };
  };
  /** Ask the resident through the screens and robots of the home */
  'POST /residents/{id}/prompt': {
    params: { id: string };
    body: { text?: string; answerWithinMs?: number };
    answer: { promptId: string; deviceIds: string[]; text: string; expiresAt: string };
  };
  /** Set a rule from a local date on */
  'POST /rules': {
    body:
      | {
          name: 'rest';
          from: string;
          body: {
            maxMinutesPerDay: number;
            minRestMinutes: number;
            breakAfterMinutes: number;
            breakMinutes: number;
          };
        }
      | {
          name: 'familyBed';
          from: string;
          body: {
            bundle: {
              name: string;
              anyOf: (
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
                | 'gateway'
              )[];
            }[];
          };
        }
      | {
          name: 'timeBank';
          from: string;
          body: {
            expiresAfterMonths: number | null;
            rewards: { everyMinutes: number; bonusMinutes: number }[];
            relations: (
              | 'self'
              | 'spouse'
              | 'parent'
              | 'child'
              | 'parent_in_law'
              | 'grandparent'
              | 'grandchild'
              | 'sibling'
            )[];
            points: {
              perHour: number;
              goodScore: number;
              perGoodVisit: number;
              perEmergency: number;
              perHousehold: number;
            };
          };
        }
      | { name: 'rating'; from: string; body: { priorMean: number; priorWeight: number } }
      | {
          name: 'settlement';
          from: string;
          body: {
            tariffs: {
              provider?: string;
              services?: (
                'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair'
              )[];
              perVisitFen?: number;
              perHourFen?: number;
            }[];
            subsidies: {
              name: string;
              services?: (
                'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair'
              )[];
              careLevelAtLeast?: number;
              familyBedOnly?: boolean;
              share: number;
              maxFenPerResidentMonth?: number;
            }[];
          };
        }
      | {
          name: 'planning';
          from: string;
          body: {
            durationMin: Record<string, number>;
            otherwiseMin: number;
            bufferMin: number;
            checkInMin?: number;
            horizonDays: number;
            repairsBooked: boolean;
            servicesBooked?: (
              'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair'
            )[];
          };
        };
    answer: {
      name: 'rest' | 'familyBed' | 'timeBank' | 'rating' | 'settlement' | 'planning';
      from: string | null;
      body: Record<string, unknown>;
      setAt: string | null;
      setBy: string | null;
    };
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
  /** Another rule for this kind, for alerts that open from now on */
  'PUT /contact-rules/{kind}': {
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
      rule: { tell: 'at_once' } | { tell: 'after_step'; step: number } | { tell: 'never' };
      expectedVersion?: number;
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
      rule: { tell: 'at_once' } | { tell: 'after_step'; step: number } | { tell: 'never' } | null;
      version: number;
      changedBy: string | null;
      changedAt: string | null;
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
  /** Other settings for this street; they take the place of those that were */
  'PUT /street-settings/{street}': {
    params: { street: string };
    body: {
      settings: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        wakingHours?: [string, string];
        verifyWindowS?: number;
      };
      expectedVersion?: number;
    };
    answer: {
      street: string;
      settings: {
        bathroomDayMin?: number;
        bathroomNightMin?: number;
        bedroomMin?: number;
        inactivityMin?: number;
        outOfBedNightMin?: number;
        wakingHours?: [string, string];
        verifyWindowS?: number;
      };
      version: number;
      changedBy: string | null;
      changedAt: string | null;
    };
  };
}
