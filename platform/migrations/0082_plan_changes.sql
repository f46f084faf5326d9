-- What a plan wanted when its visit was booked, so that a change of the plan reaches what is booked already.
alter table visit_plan_bookings add column wanted text;
create index orders_scheduled on orders (scheduled_at)
  where scheduled_at is not null and state in ('requested', 'offered', 'accepted');
