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
  /** Retire a bridge */
  'DELETE /bridges/{id}': { params: { id: string }; answer: undefined };
  /** Retire a caregiver */
  'DELETE /caregivers/{id}': { params: { id: string }; answer: undefined };
  /** Retire a codec */
  'DELETE /codecs/{id}': { params: { id: string }; answer: undefined };
  /** Retire a device */
  'DELETE /devices/{id}': { params: { id: string }; answer: undefined };
  /** Retire a duty */
  'DELETE /duties/{id}': { params: { id: string }; answer: undefined };
  /** Retire a home */
  'DELETE /homes/{id}': { params: { id: string }; answer: undefined };
  /** End a recorded relation */
  'DELETE /ledger/{accountId}/relatives/{residentId}': {
    params: { accountId: string; residentId: string };
    answer: undefined;
  };
  /** Log in without a code again */
  'DELETE /me/second-factor': { body: { password: string }; answer: undefined };
  /** Retire a organisation */
  'DELETE /organisations/{id}': { params: { id: string }; answer: undefined };
  /** Retire a policy */
  'DELETE /policies/{id}': { params: { id: string }; answer: undefined };
  /** Retire a resident */
  'DELETE /residents/{id}': { params: { id: string }; answer: undefined };
  /** Log out */
  'DELETE /session': { answer: undefined };
  /** End a session, wherever it is used; another’s: administrators of the whole district only */
  'DELETE /sessions/{id}': { params: { id: string }; answer: undefined };
  /** Retire a shift */
  'DELETE /shifts/{id}': { params: { id: string }; answer: undefined };
  /** Retire a user */
  'DELETE /users/{id}': { params: { id: string }; answer: undefined };
  /** Take the second factor off a user who has lost telephone and recovery codes */
  'DELETE /users/{id}/second-factor': { params: { id: string }; answer: undefined };
  /** Retire a visit plan */
  'DELETE /visit-plans/{id}': { params: { id: string }; answer: undefined };
  /** Retire a voucher */
  'DELETE /vouchers/{id}': { params: { id: string }; answer: undefined };
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
  /** Everything for and against it, oldest first, however much it is */
  'GET /alerts/{id}/evidence': {
    params: { id: string };
    query?: { cursor?: string; limit?: number };
    answer: {
      items: {
        at: string;
        kind: string;
        deviceId: string | null;
        messageId: string | null;
        text: string;
        data: Record<string, unknown>;
        for: boolean;
      }[];
      nextCursor: string | null;
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
  /** Who did what, to what, when, from where; the newest first */
  'GET /audit': {
    query?: {
      who?: string;
      action?: string;
      object?: string;
      from?: string;
      to?: string;
      cursor?: string;
      limit?: number;
    };
    answer: {
      items: {
        id: number;
        at: string;
        who: string;
        role: string;
        address: string;
        action: string;
        object: string;
        detail: Record<string, unknown>;
      }[];
      nextCursor: string | null;
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
  /** List of bridges */
  'GET /bridges': {
    query?: { cursor?: string; limit?: number; q?: string; homeId?: string };
    answer: {
      items: { id: string; name?: string | null; homes: string[]; version: number; createdAt: string }[];
      nextCursor: string | null;
    };
  };
  /** One bridge */
  'GET /bridges/{id}': {
    params: { id: string };
    answer: { id: string; name?: string | null; homes: string[]; version: number; createdAt: string };
  };
  /** List of caregivers */
  'GET /caregivers': {
    query?: {
      cursor?: string;
      limit?: number;
      q?: string;
      phone?: string;
      role?: string;
      skill?: string;
      provider?: string;
      postId?: string;
    };
    answer: {
      items: {
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
      }[];
      nextCursor: string | null;
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
  /** List of codecs */
  'GET /codecs': {
    query?: { cursor?: string; limit?: number; q?: string };
    answer: {
      items: {
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
      }[];
      nextCursor: string | null;
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
  /** Messages that could not be taken, with their reasons, the newest first */
  'GET /dead-letters': {
    query?: {
      reason?: string | string[];
      homeId?: string;
      deviceId?: string;
      credential?: string;
      from?: string;
      to?: string;
      cursor?: string;
      limit?: number;
    };
    answer: {
      items: {
        id: number;
        receivedAt: string;
        reason: string;
        detail: string;
        credential: string | null;
        homeId: string | null;
        deviceId: string | null;
        topic: string;
        size: number;
        sha256: string;
        body: string | null;
        bodyBase64: string | null;
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
  /** One device */
  'GET /devices/{id}': {
    params: { id: string };
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
    };
  };
  /** List of duties */
  'GET /duties': {
    query?: { cursor?: string; limit?: number; q?: string; username?: string };
    answer: {
      items: {
        id: string;
        username: string;
        from?: string | null;
        to?: string | null;
        weekly?: {
          days: number[];
          start: string;
          end: string;
          except?: string[];
          since?: string;
          until?: string;
        } | null;
        off?: boolean | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One duty */
  'GET /duties/{id}': {
    params: { id: string };
    answer: {
      id: string;
      username: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
    };
  };
  /** Export caregivers as CSV that can be imported again */
  'GET /export/caregivers': { answer: undefined };
  /** Export devices as CSV that can be imported again */
  'GET /export/devices': { answer: undefined };
  /** Export homes as CSV that can be imported again */
  'GET /export/homes': { answer: undefined };
  /** Export organisations as CSV that can be imported again */
  'GET /export/organisations': { answer: undefined };
  /** Export residents as CSV that can be imported again */
  'GET /export/residents': { answer: undefined };
  /** Export shifts as CSV that can be imported again */
  'GET /export/shifts': { answer: undefined };
  /** Export visit-plans as CSV that can be imported again */
  'GET /export/visit-plans': { answer: undefined };
  /** Export vouchers as CSV that can be imported again */
  'GET /export/vouchers': { answer: undefined };
  /** Hand-over notes, the newest first */
  'GET /handovers': {
    query?: { cursor?: string; limit?: number };
    answer: {
      items: { id: number; at: string; by: string; streets: string[]; text: string }[];
      nextCursor: string | null;
    };
  };
  /** List of homes */
  'GET /homes': {
    query?: {
      cursor?: string;
      limit?: number;
      q?: string;
      phone?: string;
      street?: string;
      community?: string;
    };
    answer: {
      items: {
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
      }[];
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
  /** Readings by event time, oldest first; with bucket, min/avg/max of every number */
  'GET /homes/{id}/readings': {
    params: { id: string };
    query?: {
      from?: string;
      to?: string;
      channel?: string | string[];
      deviceId?: string;
      bucket?: string;
      cursor?: string;
      limit?: number;
    };
    answer: {
      items: (
        | {
            messageId: string;
            deviceId: string | null;
            channel: 'sos' | 'presence' | 'fall' | 'motion' | 'vitals' | 'location' | 'status' | 'reply';
            occurredAt: string;
            receivedAt: string;
            payload: Record<string, unknown>;
            marks: string[];
          }
        | {
            at: string;
            deviceId: string | null;
            channel: 'sos' | 'presence' | 'fall' | 'motion' | 'vitals' | 'location' | 'status' | 'reply';
            count: number;
            fields: Record<string, { min: number; avg: number; max: number; count: number }>;
          }
      )[];
      nextCursor: string | null;
    };
  };
  /** The chain's head at the end of a local day, to be kept elsewhere; no login */
  'GET /ledger/anchor': {
    query?: { date?: string };
    answer: { format: 'yinling-anchor-1'; no: number; hash: string; sealedAt: string; transactions: number };
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
  /** The chain, by digests, for anyone to check; no login */
  'GET /ledger/blocks': {
    query?: { after?: number; limit?: number };
    answer: {
      items: { no: number; sealedAt: string; prevHash: string; hash: string; digests: string[] }[];
      next: number | null;
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
  /** List of organisations */
  'GET /organisations': {
    query?: {
      cursor?: string;
      limit?: number;
      q?: string;
      level?: string;
      parentId?: string;
      street?: string;
    };
    answer: {
      items: {
        id: string;
        level: 'district' | 'street' | 'community' | 'post';
        parentId?: string | null;
        name: string;
        community?: string | null;
        lat?: number | null;
        lon?: number | null;
        phone?: string | null;
        street: string | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One organisation */
  'GET /organisations/{id}': {
    params: { id: string };
    answer: {
      id: string;
      level: 'district' | 'street' | 'community' | 'post';
      parentId?: string | null;
      name: string;
      community?: string | null;
      lat?: number | null;
      lon?: number | null;
      phone?: string | null;
      street: string | null;
      version: number;
      createdAt: string;
    };
  };
  /** List of policies */
  'GET /policies': {
    query?: { cursor?: string; limit?: number; q?: string; kind?: string };
    answer: {
      items: {
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
      }[];
      nextCursor: string | null;
    };
  };
  /** One policy */
  'GET /policies/{id}': {
    params: { id: string };
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
  /** Households, visits, hours, satisfaction */
  'GET /reports/kpi': {
    query?: { from?: string; to?: string; groupBy?: 'month' | 'street' | 'service' | 'provider' };
    answer: {
      from: string;
      to: string;
      groupBy: 'month' | 'street' | 'service' | 'provider';
      rows: {
        group: string;
        households: number;
        visits: number;
        hours: number;
        satisfaction: number | null;
      }[];
      total: {
        group: string;
        households: number;
        visits: number;
        hours: number;
        satisfaction: number | null;
      };
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
  /** How fast help was */
  'GET /reports/response': {
    query?: { from?: string; to?: string };
    answer: {
      from: string;
      to: string;
      answered: {
        calls: number;
        within10S: { count: number; share: number | null };
        within60S: { count: number; share: number | null };
        within180S: { count: number; share: number | null };
        over180S: { alertId: string; waitedS: number }[];
      };
      arrived: {
        arrivals: number;
        within15Min: { count: number; share: number | null };
        within45Min: { count: number; share: number | null };
        within60Min: { count: number; share: number | null };
      };
      latencyMs: { count: number; p50: number | null; p99: number | null };
      falseAlarms: { resolved: number; count: number; share: number | null };
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
  /** Which ways to log in there are, for a page to show them */
  'GET /session/methods': { answer: { password: true; oidc: boolean } };
  /** Log in at the identity provider: sends the browser there */
  'GET /session/oidc': { answer: unknown };
  /** The way back from the identity provider: opens a session for a user of that name */
  'GET /session/oidc/callback': { answer: unknown };
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
  /** List of shifts */
  'GET /shifts': {
    query?: { cursor?: string; limit?: number; q?: string; caregiverId?: string; off?: string };
    answer: {
      items: {
        id: string;
        caregiverId: string;
        from?: string | null;
        to?: string | null;
        weekly?: {
          days: number[];
          start: string;
          end: string;
          except?: string[];
          since?: string;
          until?: string;
        } | null;
        off?: boolean | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One shift */
  'GET /shifts/{id}': {
    params: { id: string };
    answer: {
      id: string;
      caregiverId: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
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
  /** List of users */
  'GET /users': {
    query?: { cursor?: string; limit?: number; q?: string; role?: string };
    answer: {
      items: {
        username: string;
        role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
        streets?: unknown[] | null;
        caregiverId?: string | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One user */
  'GET /users/{id}': {
    params: { id: string };
    answer: {
      username: string;
      role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets?: unknown[] | null;
      caregiverId?: string | null;
      version: number;
      createdAt: string;
    };
  };
  /** List of visit-plans */
  'GET /visit-plans': {
    query?: {
      cursor?: string;
      limit?: number;
      q?: string;
      homeId?: string;
      caregiverId?: string;
      street?: string;
    };
    answer: {
      items: {
        id: string;
        homeId: string;
        residentId?: string | null;
        title?: string | null;
        service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
        means?: ('visit' | 'call') | null;
        role?:
          | (
              | 'care_worker'
              | 'nurse'
              | 'doctor'
              | 'social_worker'
              | 'volunteer'
              | 'property_staff'
              | 'community_officer'
              | 'technician'
            )
          | null;
        caregiverId?: string | null;
        days: number[];
        at: string;
        everyWeeks?: number | null;
        durationMin?: number | null;
        since: string;
        until?: string | null;
        except?: string[] | null;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One visit plan */
  'GET /visit-plans/{id}': {
    params: { id: string };
    answer: {
      id: string;
      homeId: string;
      residentId?: string | null;
      title?: string | null;
      service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      means?: ('visit' | 'call') | null;
      role?:
        | (
            | 'care_worker'
            | 'nurse'
            | 'doctor'
            | 'social_worker'
            | 'volunteer'
            | 'property_staff'
            | 'community_officer'
            | 'technician'
          )
        | null;
      caregiverId?: string | null;
      days: number[];
      at: string;
      everyWeeks?: number | null;
      durationMin?: number | null;
      since: string;
      until?: string | null;
      except?: string[] | null;
      version: number;
      createdAt: string;
    };
  };
  /** List of vouchers */
  'GET /vouchers': {
    query?: { cursor?: string; limit?: number; q?: string; residentId?: string };
    answer: {
      items: {
        id: string;
        residentId: string;
        name: string;
        services?:
          | ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair')[]
          | null;
        valueFen: number;
        from: string;
        to: string;
        version: number;
        createdAt: string;
      }[];
      nextCursor: string | null;
    };
  };
  /** One voucher */
  'GET /vouchers/{id}': {
    params: { id: string };
    answer: {
      id: string;
      residentId: string;
      name: string;
      services?:
        | ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair')[]
        | null;
      valueFen: number;
      from: string;
      to: string;
      version: number;
      createdAt: string;
    };
  };
  /** Change a bridge; null takes a field away */
  'PATCH /bridges/{id}': {
    params: { id: string };
    body: { id?: string | null; name?: string | null; homes?: string[]; expectedVersion?: number };
    answer: { id: string; name?: string | null; homes: string[]; version: number; createdAt: string };
  };
  /** A new secret for a bridge; the old one is void, at once or after `overlapS` */
  'PATCH /bridges/{id}/secret': {
    params: { id: string };
    body: { overlapS?: number } | null;
    answer: {
      id: string;
      name?: string | null;
      homes: string[];
      version: number;
      createdAt: string;
      secret: string;
      previousUntil: string | null;
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
  /** Change a codec; null takes a field away */
  'PATCH /codecs/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      title?: string | null;
      topic?: string;
      each?: string | null;
      device?: string | null;
      messages?: {
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
      expectedVersion?: number;
    };
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
  /** Change a device; null takes a field away */
  'PATCH /devices/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      homeId?: string;
      kind?:
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
      expectedVersion?: number;
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
    };
  };
  /** A new secret for a device; the old one is void, at once or after `overlapS` */
  'PATCH /devices/{id}/secret': {
    params: { id: string };
    body: { overlapS?: number } | null;
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
      previousUntil: string | null;
    };
  };
  /** Change a duty; null takes a field away */
  'PATCH /duties/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      username?: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      username: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a home; null takes a field away */
  'PATCH /homes/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      street?: string;
      community?: string | null;
      address?: string | null;
      lat?: number | null;
      lon?: number | null;
      datum?: ('wgs84' | 'gcj02' | 'bd09') | null;
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
      expectedVersion?: number;
    };
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
  /** Change a organisation; null takes a field away */
  'PATCH /organisations/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      level?: 'district' | 'street' | 'community' | 'post';
      parentId?: string | null;
      name?: string;
      street?: string | null;
      community?: string | null;
      lat?: number | null;
      lon?: number | null;
      datum?: ('wgs84' | 'gcj02' | 'bd09') | null;
      phone?: string | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      level: 'district' | 'street' | 'community' | 'post';
      parentId?: string | null;
      name: string;
      community?: string | null;
      lat?: number | null;
      lon?: number | null;
      phone?: string | null;
      street: string | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a policy; null takes a field away */
  'PATCH /policies/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      name?: string;
      kinds?: (
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
      steps?: {
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
      expectedVersion?: number;
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
  /** Change a shift; null takes a field away */
  'PATCH /shifts/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      caregiverId?: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      caregiverId: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a user; null takes a field away */
  'PATCH /users/{id}': {
    params: { id: string };
    body: {
      username?: string;
      password?: string | null;
      role?: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets?: string[] | null;
      caregiverId?: string | null;
      expectedVersion?: number;
    };
    answer: {
      username: string;
      role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets?: unknown[] | null;
      caregiverId?: string | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a visit plan; null takes a field away */
  'PATCH /visit-plans/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      homeId?: string;
      residentId?: string | null;
      title?: string | null;
      service?: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      means?: ('visit' | 'call') | null;
      role?:
        | (
            | 'care_worker'
            | 'nurse'
            | 'doctor'
            | 'social_worker'
            | 'volunteer'
            | 'property_staff'
            | 'community_officer'
            | 'technician'
          )
        | null;
      caregiverId?: string | null;
      days?: number[];
      at?: string;
      everyWeeks?: number | null;
      durationMin?: number | null;
      since?: string;
      until?: string | null;
      except?: string[] | null;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      homeId: string;
      residentId?: string | null;
      title?: string | null;
      service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      means?: ('visit' | 'call') | null;
      role?:
        | (
            | 'care_worker'
            | 'nurse'
            | 'doctor'
            | 'social_worker'
            | 'volunteer'
            | 'property_staff'
            | 'community_officer'
            | 'technician'
          )
        | null;
      caregiverId?: string | null;
      days: number[];
      at: string;
      everyWeeks?: number | null;
      durationMin?: number | null;
      since: string;
      until?: string | null;
      except?: string[] | null;
      version: number;
      createdAt: string;
    };
  };
  /** Change a voucher; null takes a field away */
  'PATCH /vouchers/{id}': {
    params: { id: string };
    body: {
      id?: string | null;
      residentId?: string;
      name?: string;
      services?:
        | ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair')[]
        | null;
      valueFen?: number;
      from?: string;
      to?: string;
      expectedVersion?: number;
    };
    answer: {
      id: string;
      residentId: string;
      name: string;
      services?:
        | ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair')[]
        | null;
      valueFen: number;
      from: string;
      to: string;
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
  /** Make a bridge */
  'POST /bridges': {
    body: { id?: string; name?: string; homes: string[] };
    answer: {
      id: string;
      name?: string | null;
      homes: string[];
      version: number;
      createdAt: string;
      secret: string;
    };
  };
  /** A new secret for a bridge; the old one is void, at once or after `overlapS` */
  'POST /bridges/{id}/secret': {
    params: { id: string };
    body: { overlapS?: number } | null;
    answer: {
      id: string;
      name?: string | null;
      homes: string[];
      version: number;
      createdAt: string;
      secret: string;
      previousUntil: string | null;
    };
  };
  /** Make a caregiver */
  'POST /caregivers': {
    body: {
      id?: string;
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
      skills?: string[];
      stars?: number;
      languages?: string[];
      gender?: 'female' | 'male' | 'other';
      postId?: string;
      provider?: string;
      lat?: number;
      lon?: number;
      datum?: 'wgs84' | 'gcj02' | 'bd09';
      phone?: string;
      vehicle?: 'foot' | 'bicycle' | 'e_bike' | 'car';
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
  /** Make a codec */
  'POST /codecs': {
    body: {
      id?: string;
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
  /** Make a device */
  'POST /devices': {
    body: {
      id?: string;
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
      zone?: string;
      codec?: string;
      externalId?: string;
      model?: string;
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
  /** A new secret for a device; the old one is void, at once or after `overlapS` */
  'POST /devices/{id}/secret': {
    params: { id: string };
    body: { overlapS?: number } | null;
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
      previousUntil: string | null;
    };
  };
  /** Make a duty */
  'POST /duties': {
    body: {
      id?: string;
      username: string;
      from?: string;
      to?: string;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      };
      off?: boolean;
    };
    answer: {
      id: string;
      username: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
    };
  };
  /** Leave a note to the next shift */
  'POST /handovers': {
    body: { text: string };
    answer: { id: number; at: string; by: string; streets: string[]; text: string };
  };
  /** Make a home */
  'POST /homes': {
    body: {
      id?: string;
      street: string;
      community?: string;
      address?: string;
      lat?: number;
      lon?: number;
      datum?: 'wgs84' | 'gcj02' | 'bd09';
      accessNotes?: string;
      keyHolders?: string[];
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
      };
    };
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
  /** Import caregivers from CSV */
  'POST /import/caregivers': {
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
  /** Import devices from CSV */
  'POST /import/devices': {
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
  /** Import organisations from CSV */
  'POST /import/organisations': {
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
  /** Import residents from CSV */
  'POST /import/residents': {
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
  /** Import shifts from CSV */
  'POST /import/shifts': {
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
  /** Import visit-plans from CSV */
  'POST /import/visit-plans': {
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
  /** Import past visits, with their ratings, from CSV */
  'POST /import/visits': {
    query?: { mode?: 'all' | 'skip'; check?: 'true' | 'false' };
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
  /** Import vouchers from CSV */
  'POST /import/vouchers': {
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
  /** Messages of devices, from a bridge: its secret as bearer token */
  'POST /ingest': {
    body: { homeId: string; deviceId?: string; channel?: string; topic?: string; payload: unknown }[];
    answer: {
      result: 'reading' | 'duplicate' | 'dead_letter' | 'ignored' | 'refused';
      messageId?: string;
      reason?: string;
    }[];
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
  /** What became of a notice: it was received, it failed, a key was pressed */
  'POST /notices/receipts': {
    body: { noticeId: string; event: 'received' | 'failed' | 'key'; key?: string; detail?: string };
    answer: { result: string; detail?: string };
  };
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
  /** Ask for a service */
  'POST /orders': {
    body: {
      homeId: string;
      service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      scheduledAt?: string;
      note?: string;
      residentId?: string;
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
      caregiverId?: string;
      alertId?: string;
    };
    answer: Order;
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
  /** Given back: another is asked */
  'POST /orders/{id}/hand-over': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; reason: string; to?: string };
    answer: Order;
  };
  /** Satisfaction, 0 to 10 */
  'POST /orders/{id}/rating': {
    params: { id: string };
    body: { expectedVersion?: number; caregiverId?: string; score: number; comment?: string };
    answer: Order;
  };
  /** Make a organisation */
  'POST /organisations': {
    body: {
      id?: string;
      level: 'district' | 'street' | 'community' | 'post';
      parentId?: string;
      name: string;
      street?: string;
      community?: string;
      lat?: number;
      lon?: number;
      datum?: 'wgs84' | 'gcj02' | 'bd09';
      phone?: string;
    };
    answer: {
      id: string;
      level: 'district' | 'street' | 'community' | 'post';
      parentId?: string | null;
      name: string;
      community?: string | null;
      lat?: number | null;
      lon?: number | null;
      phone?: string | null;
      street: string | null;
      version: number;
      createdAt: string;
    };
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
  /** Make a resident */
  'POST /residents': {
    body: {
      id?: string;
      homeId: string;
      name: string;
      birthDate?: string;
      gender?: 'female' | 'male' | 'other';
      phone?: string;
      languages?: string[];
      careLevel?: number;
      conditions?: string[];
      medications?: string[];
      allergies?: string[];
      spo2Scale?: 1 | 2;
      contacts?: { name: string; relation?: string; phone?: string; keyHolder?: boolean }[];
      mode?: 'home' | 'leave' | 'hospital' | 'maintenance' | 'test';
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
      };
      consents?: { kind: 'camera' | 'location'; date: string; given?: boolean }[];
      assessments?: { date: string; level: number; score?: number; by?: string; note?: string }[];
      wishes?: {
        gender?: 'female' | 'male' | 'other';
        languages?: string[];
        preferred?: string[];
        avoided?: string[];
        note?: string;
      };
      familyBed?: { since: string };
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
  /** Make a shift */
  'POST /shifts': {
    body: {
      id?: string;
      caregiverId: string;
      from?: string;
      to?: string;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      };
      off?: boolean;
    };
    answer: {
      id: string;
      caregiverId: string;
      from?: string | null;
      to?: string | null;
      weekly?: {
        days: number[];
        start: string;
        end: string;
        except?: string[];
        since?: string;
        until?: string;
      } | null;
      off?: boolean | null;
      version: number;
      createdAt: string;
    };
  };
  /** Make a user */
  'POST /users': {
    body: {
      username: string;
      password: string;
      role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets?: string[];
      caregiverId?: string;
    };
    answer: {
      username: string;
      role: 'operator' | 'supervisor' | 'caregiver' | 'technician' | 'auditor' | 'admin';
      streets?: unknown[] | null;
      caregiverId?: string | null;
      version: number;
      createdAt: string;
    };
  };
  /** Make a visit plan */
  'POST /visit-plans': {
    body: {
      id?: string;
      homeId: string;
      residentId?: string;
      title?: string;
      service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      means?: 'visit' | 'call';
      role?:
        | 'care_worker'
        | 'nurse'
        | 'doctor'
        | 'social_worker'
        | 'volunteer'
        | 'property_staff'
        | 'community_officer'
        | 'technician';
      caregiverId?: string;
      days: number[];
      at: string;
      everyWeeks?: number;
      durationMin?: number;
      since: string;
      until?: string;
      except?: string[];
    };
    answer: {
      id: string;
      homeId: string;
      residentId?: string | null;
      title?: string | null;
      service: 'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair';
      means?: ('visit' | 'call') | null;
      role?:
        | (
            | 'care_worker'
            | 'nurse'
            | 'doctor'
            | 'social_worker'
            | 'volunteer'
            | 'property_staff'
            | 'community_officer'
            | 'technician'
          )
        | null;
      caregiverId?: string | null;
      days: number[];
      at: string;
      everyWeeks?: number | null;
      durationMin?: number | null;
      since: string;
      until?: string | null;
      except?: string[] | null;
      version: number;
      createdAt: string;
    };
  };
  /** Make a voucher */
  'POST /vouchers': {
    body: {
      id?: string;
      residentId: string;
      name: string;
      services?: (
        'meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair'
      )[];
      valueFen: number;
      from: string;
      to: string;
    };
    answer: {
      id: string;
      residentId: string;
      name: string;
      services?:
        | ('meal' | 'bath' | 'clean' | 'urgent' | 'mobility' | 'medical' | 'care' | 'errand' | 'repair')[]
        | null;
      valueFen: number;
      from: string;
      to: string;
      version: number;
      createdAt: string;
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
